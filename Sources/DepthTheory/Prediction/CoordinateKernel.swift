import DepthNumerics
import DepthRuns
public import DepthStopping

/// The empirical Markov kernel of a coordinate, with Bellman's recursion on `U = V - g` and the law of tau on its bins.
///
/// Per exit the coordinate is cut into bins by quantiles; transition counts between the bins of successive exits, g_k per bin
/// the mean loss in it. A reduced coordinate is not Markov: treated as such it redraws a sample's difficulty at every block,
/// and the predicted objective comes out too good (the optimism gap). O(L n + L bins^2).
public struct CoordinateKernel: Equatable, Sendable {
  public let coordinate: String
  /// Inner bin edges per exit.
  public let edges: [[Double]]
  /// Per block: bins of exit k x bins of exit k + 1, rows sum to one.
  public let transition: [[Double]]
  /// g_k per exit and bin.
  public let stoppingLoss: [[Double]]
  /// Mean of `g_k - g_{k+1}` per block and bin, sample by sample: a difference of binned means would mix samples, because
  /// neighbouring exits are binned differently.
  public let gain: [[Double]]
  /// Share of the samples per bin at exit 0.
  public let initialLaw: [Double]

  /// - Throws: `InputError.usage` for an unknown coordinate.
  public init(fitting paths: StoppingPaths, coordinate: String, bins: Int = 20) throws {
    let feature = try paths.featureIndex(coordinate)
    let n = paths.sampleCount
    // at least 15 samples a bin, so that a bin's mean loss means something
    let count = max(1, min(bins, n / 15))
    var edges: [[Double]] = []
    var cells: [[Int]] = []
    for exit in 0..<paths.exitCount {
      let values = (0..<n).map { paths.feature($0, exit, feature) }
      let quantiles = QuantileBins(values, count: count)
      edges.append(quantiles.edges)
      cells.append(values.map(quantiles.bin))
    }
    self.coordinate = coordinate
    self.edges = edges
    stoppingLoss = (0..<paths.exitCount).map { exit in
      Self.means(cells[exit], (0..<n).map { paths.loss($0, exit) }, bins: edges[exit].count + 1)
    }
    gain = (0..<paths.blockCount).map { block in
      Self.means(
        cells[block], (0..<n).map { paths.loss($0, block) - paths.loss($0, block + 1) }, bins: edges[block].count + 1)
    }
    transition = (0..<paths.blockCount).map { block in
      Self.kernel(cells[block], cells[block + 1], edges[block].count + 1, edges[block + 1].count + 1)
    }
    var initial = [Double](repeating: 0, count: edges[0].count + 1)
    for cell in cells[0] { initial[cell] += 1 / Double(n) }
    initialLaw = initial
  }

  /// Bellman's recursion on the bins, then absorption: the prediction, with no fitted threshold.
  public func predict(runningCost: Double) -> DepthPrediction {
    let exits = stoppingLoss.count
    var surplus = [Double](repeating: 0, count: stoppingLoss[exits - 1].count)
    var stops = [[Bool]](repeating: [], count: exits)
    stops[exits - 1] = surplus.map { _ in true }
    for exit in stride(from: exits - 2, through: 0, by: -1) {
      let width = stoppingLoss[exit + 1].count
      surplus = stoppingLoss[exit].indices.map { bin in
        let row = transition[exit][(bin * width)..<((bin + 1) * width)]
        return min(0, zip(row, surplus).reduce(runningCost - gain[exit][bin]) { $0 + $1.0 * $1.1 })
      }
      stops[exit] = surplus.map { $0 == 0 }
    }
    let (law, objective) = propagate(stops, runningCost)
    return DepthPrediction(
      level: .kernel, coordinate: coordinate, law: law, objective: objective,
      intervals: stops.indices.map { intervals(stops[$0], edges[$0]) })
  }

  private func propagate(_ stops: [[Bool]], _ runningCost: Double) -> (law: [Double], objective: Double) {
    var mass = initialLaw
    var law = [Double](repeating: 0, count: stops.count)
    var objective = 0.0
    for exit in stops.indices {
      for bin in mass.indices where stops[exit][bin] {
        law[exit] += mass[bin]
        objective += mass[bin] * (stoppingLoss[exit][bin] + runningCost * Double(exit))
        mass[bin] = 0
      }
      guard exit + 1 < stops.count else { break }
      let width = stoppingLoss[exit + 1].count
      var next = [Double](repeating: 0, count: width)
      for bin in mass.indices where mass[bin] > 0 {
        for other in 0..<width { next[other] += mass[bin] * transition[exit][bin * width + other] }
      }
      mass = next
    }
    return (law, objective)
  }

  /// Runs of stopping bins as intervals, half-open at the upper edge as the bins are.
  private func intervals(_ stops: [Bool], _ inner: [Double]) -> [StateInterval] {
    var result: [StateInterval] = []
    for bin in stops.indices where stops[bin] {
      let lower = bin == 0 ? -Double.infinity : inner[bin - 1]
      let upper = bin == inner.count ? Double.infinity : inner[bin].nextDown
      if let last = result.last, bin > 0, stops[bin - 1] {
        result[result.count - 1] = StateInterval(lower: last.lower, upper: upper)
      } else {
        result.append(StateInterval(lower: lower, upper: upper))
      }
    }
    return result
  }

  private static func means(_ cells: [Int], _ values: [Double], bins: Int) -> [Double] {
    var (sums, counts) = ([Double](repeating: 0, count: bins), [Double](repeating: 0, count: bins))
    for (cell, value) in zip(cells, values) {
      sums[cell] += value
      counts[cell] += 1
    }
    let overall = Statistics.mean(values)
    return zip(sums, counts).map { $1 > 0 ? $0 / $1 : overall }
  }

  private static func kernel(_ from: [Int], _ to: [Int], _ rows: Int, _ columns: Int) -> [Double] {
    var counts = [Double](repeating: 0, count: rows * columns)
    for (a, b) in zip(from, to) { counts[a * columns + b] += 1 }
    for row in 0..<rows {
      let total = counts[(row * columns)..<((row + 1) * columns)].reduce(0, +)
      for column in 0..<columns {
        counts[row * columns + column] = total > 0 ? counts[row * columns + column] / total : 1 / Double(columns)
      }
    }
    return counts
  }
}
