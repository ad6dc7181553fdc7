import DepthNumerics
public import DepthRuns

/// What an ensemble of paths shows: moments at the saved depths, kept paths, and how far the steps can be trusted.
public struct Ensemble: Equatable, Sendable {
  public let dimension: Int
  public let depths: [Double]
  /// N.
  public let pathCount: Int
  /// Mean, variance, covariance and standard error of the states, one a saved depth.
  public let moments: [RunningMoments]
  /// Exact moments where they are known.
  public let exact: [DiffusionMoments?]
  /// What the step size does to the moments; nil where half the steps could not be compared.
  public let stepError: StepError?
  /// Whether the method has no time-discretisation error.
  public let isExact: Bool
  /// States that steps left outside the state space, which were put back on its edge.
  public let confinedCount: Int
  /// How many of the first paths are kept.
  public let keptPathCount: Int
  /// Kept paths x depths x d.
  public let paths: [Double]

  /// The time-discretisation error by comparison with half the steps on the same Brownian paths.
  ///
  /// The scheme's bias is `C Delta^p + ...`, so that `(m_(2 Delta) - m_Delta) / (2^p - 1)` estimates it, p the weak order.
  /// An estimate: it trusts the leading term.
  public struct StepError: Equatable, Sendable {
    /// Estimated bias of the means with its standard error, a row of d for each saved depth.
    public let meanBias: [[Double]]
    public let meanStandardError: [[Double]]
    /// Estimated bias of the variances.
    public let varianceBias: [[Double]]

    /// The largest bias of a mean over depths and components, with two standard errors on top.
    public var bound: Double {
      zip(meanBias, meanStandardError).flatMap { zip($0, $1).map { abs($0) + 2 * $1 } }.max() ?? 0
    }

    /// The largest bias of a variance.
    public var varianceBound: Double { varianceBias.flatMap { $0.map { abs($0) } }.max() ?? 0 }
  }

  init(
    simulation: EnsembleSimulation, dimension: Int, depths: [Double], part: EnsemblePart, paths: [Double],
    exact: [DiffusionMoments?]
  ) {
    self.dimension = dimension
    self.depths = depths
    pathCount = simulation.paths
    moments = part.moments
    self.exact = exact
    isExact = simulation.method.weakOrder == .infinity
    confinedCount = part.confined
    keptPathCount = simulation.keptPaths
    self.paths = paths
    guard part.isCompared else {
      stepError = nil
      return
    }
    // 2^p - 1 for p = 1
    precondition(simulation.method.weakOrder == 1, "weak order \(simulation.method.weakOrder)")
    stepError = StepError(
      meanBias: part.differences.map(\.mean), meanStandardError: part.differences.map(\.standardError),
      varianceBias: zip(part.halved, part.moments).map { zip($0.variance, $1.variance).map { $0 - $1 } })
  }

  /// The states of a kept path, a row a saved depth.
  public func path(_ index: Int) -> [[Double]] {
    precondition((0..<keptPathCount).contains(index), "path \(index) of \(keptPathCount) kept")
    return depths.indices.map { saved in
      let start = (index * depths.count + saved) * dimension
      return Array(paths[start..<(start + dimension)])
    }
  }

  /// Tidy: `depth`, `component`, `mean`, `standard_error`, `variance`, where known `exact_mean` and `exact_variance`,
  /// where estimated `mean_bias` and `variance_bias`.
  public func table(name: String = "moments") -> Table {
    var table = Table(name: name)
    let cells = depths.indices.flatMap { i in (0..<dimension).map { (i, $0) } }
    func column(_ rows: [[Double]]) -> [Double] { cells.map { rows[$0.0][$0.1] } }
    table.add("depth", cells.map { depths[$0.0] })
    table.add("component", cells.map(\.1))
    table.add("mean", column(moments.map(\.mean)))
    table.add("standard_error", column(moments.map(\.standardError)))
    table.add("variance", column(moments.map(\.variance)))
    if exact.contains(where: { $0 != nil }) {
      table.add("exact_mean", cells.map { exact[$0.0]?.mean[$0.1] ?? .nan })
      table.add("exact_variance", cells.map { exact[$0.0]?.variance?[$0.1] ?? .nan })
    }
    if let stepError {
      table.add("mean_bias", column(stepError.meanBias))
      table.add("variance_bias", column(stepError.varianceBias))
    }
    return table
  }
}
