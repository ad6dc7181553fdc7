import DepthNumerics
import Foundation

/// Errors of one scheme against its number of blocks, and the slope of their logarithms where it means something.
public struct ConvergenceOrder: Equatable, Sendable {
  public let blocks: [Int]
  public let errors: [Double]
  /// Least-squares slope of ln error against ln L over `usedBlocks`; minus the order in the limit. NaN with fewer than two.
  public let slope: Double
  /// The block counts that the slope was fitted on.
  public let usedBlocks: [Int]

  /// Uses errors above `floor` (the reference's own error) of the largest three L >= `asymptoticFrom`, if there are two, else of
  /// the largest two L whose errors lie above it.
  public init(blocks: [Int], errors: [Double], floor: Double, asymptoticFrom: Int = 256) {
    precondition(blocks.count == errors.count, "\(blocks.count) block counts, \(errors.count) errors")
    self.blocks = blocks
    self.errors = errors
    let usable = blocks.indices.filter { errors[$0] > floor && errors[$0].isFinite }
    let asymptotic = usable.filter { blocks[$0] >= asymptoticFrom }
    let used = asymptotic.count >= 2 ? Array(asymptotic.suffix(3)) : Array(usable.suffix(2))
    usedBlocks = used.map { blocks[$0] }
    slope = used.count < 2 ? .nan : Self.slope(used.map { log(Double(blocks[$0])) }, used.map { log(errors[$0]) })
  }

  private static func slope(_ x: [Double], _ y: [Double]) -> Double {
    let (meanX, meanY) = (Statistics.mean(x), Statistics.mean(y))
    let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    return covariance / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
  }
}
