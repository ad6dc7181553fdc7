import DepthNumerics
import Foundation

/// A sample's hidden difficulty, filtered from the path of a feature: the log-odds that it is hard given what it has shown.
///
/// Hard are the samples whose loss, averaged over exits, is above the mean; on the fit part that is known, elsewhere hidden. Given
/// the class the feature is a Markov chain on quantile bins, each row of a class shrunk to that of both; Bayes' rule along the
/// path: `l_k = l_{k-1} + ln P_1(b_k | b_{k-1}) - ln P_0(b_k | b_{k-1})`. Feature and log-odds together are Markov under this
/// model. O(L n + L bins^2).
struct DifficultyFilter: Equatable, Sendable {
  let feature: Int
  /// Log-odds of the prior.
  private let prior: Double
  /// Inner edges per exit below L.
  private let edges: [[Double]]
  /// Per exit below L: bins of the exit before x bins, what a step adds to the log-odds; one row at exit 0.
  private let evidence: [[Double]]

  static let bins = 12
  /// Weight of the pooled row, in samples.
  private static let shrinkage = 5.0
  private static let clip = 20.0
  /// The bin at the exit before, and the log-odds.
  static let memoryCount = 2

  /// - Parameter members: the samples to fit on.
  init(_ paths: StoppingPaths, feature: Int, members: [Int]) {
    let exits = paths.exitCount
    let means = members.map { i in
      paths.stoppingLoss[(i * exits)..<((i + 1) * exits)].reduce(0, +) / Double(exits)
    }
    let center = means.isEmpty ? 0 : Statistics.mean(means)
    let isHard = means.map { $0 > center }
    let hard = Double(isHard.count { $0 })
    self.feature = feature
    prior = log((hard + 0.5) / (Double(members.count) - hard + 0.5))
    var (edges, evidence): ([[Double]], [[Double]]) = ([], [])
    var before = [Int](repeating: 0, count: members.count)
    var rows = 1
    for exit in 0..<paths.blockCount {
      let values = members.map { paths.feature($0, exit, feature) }
      let inner = QuantileBins(values, count: max(1, min(Self.bins, members.count / 30))).edges
      let bins = values.map { value in inner.count { $0 <= value } }
      edges.append(inner)
      evidence.append(Self.steps(before, bins, isHard, rows, inner.count + 1))
      (before, rows) = (bins, inner.count + 1)
    }
    (self.edges, self.evidence) = (edges, evidence)
  }

  private static func steps(_ from: [Int], _ to: [Int], _ isHard: [Bool], _ rows: Int, _ columns: Int) -> [Double] {
    var counts = [[Double]](repeating: [Double](repeating: 0, count: rows * columns), count: 2)
    for i in from.indices { counts[isHard[i] ? 1 : 0][from[i] * columns + to[i]] += 1 }
    var result = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      let own = (row * columns)..<((row + 1) * columns)
      let totals = counts.map { $0[own].reduce(0, +) }
      guard totals[0] + totals[1] > 0 else { continue }
      for place in own {
        let pooled = (counts[0][place] + counts[1][place] + 0.5) / (totals[0] + totals[1] + 0.5 * Double(columns))
        let laws = (0..<2).map { (counts[$0][place] + shrinkage * pooled) / (totals[$0] + shrinkage) }
        result[place] = log(laws[1] / laws[0])
      }
    }
    return result
  }

  /// The log-odds at exit k; `memory` holds what exit k - 1 left there.
  func advance(at exit: Int, _ value: Double, memory: UnsafeMutablePointer<Double>) -> Double {
    var bin = 0
    let inner = edges[exit]
    while bin < inner.count, inner[bin] <= value { bin += 1 }
    let row = exit == 0 ? 0 : Int(memory[0])
    let odds = (exit == 0 ? prior : memory[1]) + evidence[exit][row * (inner.count + 1) + bin]
    memory[0] = Double(bin)
    memory[1] = min(Self.clip, max(-Self.clip, odds))
    return memory[1]
  }
}
