import DepthNumerics
public import DepthStopping

/// The empirical Markov kernel of a coordinate on cells, with Bellman's recursion on `U = V - g` and the law of tau: a prediction with
/// no fitted threshold.
///
/// Transition counts between the cells of successive exits, g_k per cell the mean loss in it. For a martingale coordinate every row is
/// tilted to be one. A coordinate that is not Markov enters in one of two ways:
/// - *marginal* kernel: counted over all samples. It redraws a sample's difficulty at every block, so the predicted objective comes
///   out too good (the optimism gap);
/// - *stopped* kernel: counted over the samples that the predicted rule itself has not stopped yet. By Gyöngy's mimicking theorem the
///   chain with these transitions has the one-exit laws of the process killed at tau, whatever its memory: law of tau and objective of
///   that rule are predicted without the redrawing. The rule is a fixed point: optimal for the kernel of the samples that it
///   leaves. Found by iteration; should it cycle, the last rule counts.
///
/// O(L n) a count, O(L cells^2) a recursion. Sources: Gyöngy, Probab. Th. Rel. Fields 71 (1986); Brunick and Shreve, Ann. Appl.
/// Probab. 23 (2013).
public struct CoordinateKernel: Sendable {
  public let coordinate: PredictionCoordinate
  public let cells: CoordinateCells
  /// The marginal kernel.
  let marginal: CellKernel
  let paths: CellPaths
  /// For choices out of fold.
  let folds: SampleFolds
  private let members: [Int]
  /// Mean of the first number per exit and cell where it is a martingale, else empty.
  private let centers: [[Double]]

  /// What the recursion says at one cost.
  struct Solution {
    let stops: [[Bool]]
    let law: [Double]
    let objective: Double
    let isFixedPoint: Bool
  }

  /// - Parameters:
  ///   - paths: those that the coordinate was fitted on.
  ///   - bins: of a coordinate of one number; two numbers have 14 x 6 cells.
  public init(_ coordinate: PredictionCoordinate, on paths: StoppingPaths, bins: Int = 20) {
    let shape = coordinate.isScalar ? (first: bins, second: 1) : (first: 14, second: 6)
    let cells = CoordinateCells(coordinate.fitted, bins: shape)
    self.init(
      coordinate, cells, CellPaths(cells, coordinate.fitted, losses: paths.stoppingLoss),
      SampleFolds(paths, count: CoordinateChoice.folds), members: Array(0..<paths.sampleCount))
  }

  /// - Throws: `InputError.usage` for an unknown feature.
  public init(fitting paths: StoppingPaths, coordinate: String, bins: Int = 20) throws {
    self.init(try PredictionCoordinate(feature: coordinate, of: paths), on: paths, bins: bins)
  }

  private init(
    _ coordinate: PredictionCoordinate, _ cells: CoordinateCells, _ paths: CellPaths, _ folds: SampleFolds,
    members: [Int]
  ) {
    (self.coordinate, self.cells, self.paths, self.folds, self.members) = (coordinate, cells, paths, folds, members)
    centers = coordinate.isMartingale ? Self.centers(coordinate.fitted, paths, members) : []
    var kernel = CellKernel(paths, members: members)
    if !centers.isEmpty { kernel.enforceMartingale(centers) }
    marginal = kernel
  }

  /// The same cells, counted over some of the samples only.
  func counted(over members: [Int]) -> CoordinateKernel {
    CoordinateKernel(coordinate, cells, paths, folds, members: members)
  }

  public func predict(runningCost: Double, level: DepthPrediction.Level = .kernel) -> DepthPrediction {
    let solution = solve(runningCost: runningCost, level: level)
    let intervals = solution.stops.indices.dropLast().compactMap { cells.intervals(solution.stops[$0], exit: $0) }
    let everywhere = [StateInterval(lower: -.infinity, upper: .infinity)]
    return DepthPrediction(
      level: level, coordinate: coordinate.name, law: solution.law, objective: solution.objective,
      intervals: intervals.isEmpty ? [] : intervals + [everywhere])
  }

  /// The predicted region as a rule of the network.
  public func rule(runningCost: Double, level: DepthPrediction.Level, name: String) -> CoordinateRule {
    CoordinateRule(
      coordinate, cells: cells, stops: solve(runningCost: runningCost, level: level).stops, name: name)
  }

  func solve(runningCost c: Double, level: DepthPrediction.Level) -> Solution {
    let stops = marginal.stops(runningCost: c)
    guard level == .stoppedKernel else {
      let (law, objective) = marginal.propagate(stops, runningCost: c)
      return Solution(stops: stops, law: law, objective: objective, isFixedPoint: true)
    }
    var rule = stops
    for _ in 0..<Self.rounds {
      let kernel = stopped(rule)
      let next = kernel.stops(runningCost: c)
      if next == rule {
        let (law, objective) = kernel.propagate(rule, runningCost: c)
        return Solution(stops: rule, law: law, objective: objective, isFixedPoint: true)
      }
      rule = next
    }
    let (law, objective) = stopped(rule).propagate(rule, runningCost: c)
    return Solution(stops: rule, law: law, objective: objective, isFixedPoint: false)
  }

  private static let rounds = 12

  private func stopped(_ rule: [[Bool]]) -> CellKernel {
    var kernel = CellKernel(paths, members: members, until: paths.depths(rule), prior: marginal)
    if !centers.isEmpty { kernel.enforceMartingale(centers) }
    return kernel
  }

  private static func centers(_ values: CoordinateValues, _ paths: CellPaths, _ members: [Int]) -> [[Double]] {
    (0..<paths.blockCount).map { exit in
      var (sums, held) = (
        [Double](repeating: 0, count: paths.counts[exit]), [Double](repeating: 0, count: paths.counts[exit])
      )
      for sample in members {
        let cell = Int(paths.cells[exit * paths.sampleCount + sample])
        sums[cell] += values.value(sample, exit)
        held[cell] += 1
      }
      return zip(sums, held).map { $1 > 0 ? $0 / $1 : .nan }
    }
  }
}
