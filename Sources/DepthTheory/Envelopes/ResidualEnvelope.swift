public import DepthNumerics
import DepthRuns
public import DepthStopping

/// `eps_k = ||f_k(h_k)||` along depth: mean with interval, 95 % quantile, maximum, and which decay law fits the mean better.
public struct ResidualEnvelope: Equatable, Sendable {
  public let mean: [Interval]
  public let upperQuantile: [Double]
  public let maximum: [Double]
  public let fit: DecayFit?
  public let otherFit: DecayFit?

  /// nil when the paths carry no residual norms.
  public init?(_ paths: StoppingPaths) {
    guard !paths.residualNorm.isEmpty else { return nil }
    let blocks = paths.blockCount
    let columns = (0..<blocks).map { block in
      (0..<paths.sampleCount).map { paths.residualNorm[$0 * blocks + block] }.sorted()
    }
    mean = columns.map { Interval(meanOf: $0) }
    upperQuantile = columns.map { Statistics.quantile(sorted: $0, 0.95) }
    maximum = columns.map { $0.last! }
    let fits = DecayFit.best(mean.map(\.value))
    fit = fits?.best
    otherFit = fits?.other
  }

  /// Columns `block`, `residual_norm`, `residual_norm_lower`, `residual_norm_upper`, `residual_norm_quantile`,
  /// `residual_norm_maximum`.
  public var table: Table {
    var table = Table(name: "residual-envelope")
    table.add("block", Array(0..<mean.count))
    table.add("residual_norm", mean.map(\.value))
    table.add("residual_norm_lower", mean.map(\.lower))
    table.add("residual_norm_upper", mean.map(\.upper))
    table.add("residual_norm_quantile", upperQuantile)
    table.add("residual_norm_maximum", maximum)
    return table
  }
}
