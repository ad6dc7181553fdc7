import DepthNumerics
import Foundation

/// The dual of recorded paths with a regressed martingale, pathwise, and what it would take to refute it.
///
/// With u, q, v of `ValueRegression` (fitted elsewhere): `M_{k+1} = M_k + v_{k+1} - (q_k - c)`, payoff
/// `loss_L + min_k (u_k + c k - M_k)`, `u_L = 0`. Its mean bounds V below where M is a martingale and u calibrated. For any rule
/// `J(tau) = E[loss_L + u_tau + c tau - M_tau] + E A_tau`, `A_k = (loss_k - loss_L) - u_k + M_k`, so
/// `V >= E payoff + inf_tau E A_tau`: what is wrong with u and M counts only as far as a rule can gain by it. O(L n).
struct RegressedDual {
  let sampleCount: Int
  let blockCount: Int
  /// n.
  let payoffs: [Double]
  /// n x (L + 1): A_k.
  let attackLosses: [Double]
  /// n x L: `v_{k+1} - (q_k - c)`.
  let increments: [Double]
  /// n x L: `(loss_k - loss_L) - u_k`.
  let residuals: [Double]
  private let values: ValueRegression.Values

  init(_ values: ValueRegression.Values, on paths: StoppingPaths, runningCost c: Double) {
    let (n, blocks) = (paths.sampleCount, paths.blockCount)
    var (payoffs, attack) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n * (blocks + 1)))
    var (increments, residuals) = ([Double](repeating: 0, count: n * blocks), [Double](repeating: 0, count: n * blocks))
    for sample in 0..<n {
      let last = paths.loss(sample, blocks)
      var (martingale, least) = (0.0, Double.infinity)
      for exit in 0..<blocks {
        let (u, q) = (values.excess(sample, exit), values.continuation(sample, exit))
        least = min(least, u + c * Double(exit) - martingale)
        let residual = paths.loss(sample, exit) - last - u
        residuals[sample * blocks + exit] = residual
        attack[sample * (blocks + 1) + exit] = residual + martingale
        let next = exit + 1 < blocks ? min(values.excess(sample, exit + 1), values.continuation(sample, exit + 1)) : 0
        increments[sample * blocks + exit] = next - (q - c)
        martingale += next - (q - c)
      }
      least = min(least, c * Double(blocks) - martingale)
      attack[sample * (blocks + 1) + blocks] = martingale
      payoffs[sample] = last + least
    }
    (sampleCount, blockCount, self.values) = (n, blocks, values)
    (self.payoffs, attackLosses, self.increments, self.residuals) = (payoffs, attack, increments, residuals)
  }

  /// `A_tau` of the rule that gains most by what is wrong, found by backward induction on one half of the samples and run on the other.
  ///
  /// The rule reads everything that the regressions read, and u and q - u besides. Samples of one group stay in one half; nil where a
  /// half would hold fewer than ten, or of fewer than four groups.
  func attack(_ paths: StoppingPaths, threads: Int) -> [Double]? {
    let halves = SampleFolds(paths, count: 2).members
    guard halves.count == 2, halves.allSatisfy({ $0.count >= 10 }) else { return nil }
    let (n, blocks, m) = (sampleCount, blockCount, paths.featureCount)
    var features = [Double](repeating: 0, count: n * (blocks + 1) * (m + 2))
    for sample in 0..<n {
      for exit in 0...blocks {
        let cell = sample * (blocks + 1) + exit
        for j in 0..<m { features[cell * (m + 2) + j] = paths.features[cell * m + j] }
        guard exit < blocks else { continue }
        features[cell * (m + 2) + m] = values.excess(sample, exit)
        features[cell * (m + 2) + m + 1] = values.continuation(sample, exit) - values.excess(sample, exit)
      }
    }
    let shown = StoppingPaths(
      sampleCount: n, exitCount: blocks + 1, stoppingLoss: attackLosses,
      featureNames: paths.featureNames + ["predicted_excess", "predicted_advantage"], features: features,
      classCount: paths.classCount, logits: paths.logits, labels: paths.labels)
    let depths = Parallel.map(2, threads: threads) { half in
      BackwardInduction(fitting: shown.selecting(halves[1 - half]), runningCost: 0)
        .stoppingDepths(shown.selecting(halves[half]))
    }
    var result = [Double](repeating: 0, count: n)
    for (own, tau) in zip(halves, depths) {
      for (sample, depth) in zip(own, tau) { result[sample] = attackLosses[sample * (blocks + 1) + depth] }
    }
    return result
  }

  /// Conditional means of the increments against test functions, all exits together: martingale differences of different exits are
  /// uncorrelated.
  func martingaleTest() -> (statistic: Double, probability: Double, bias: Double) {
    let tests = (0..<blockCount).map { test(increments, $0) }
    let (statistic, degrees) = (tests.reduce(0) { $0 + $1.statistic }, tests.reduce(0) { $0 + $1.degrees })
    return (statistic, ChiSquare.tail(statistic, degrees: degrees), tests.map(\.bias).max() ?? 0)
  }

  /// Calibration of u against the same functions: residuals of different exits are correlated, so the worst exit counts, by Bonferroni.
  func calibrationTest() -> (statistic: Double, probability: Double, bias: Double) {
    let tests = (0..<blockCount).map { test(residuals, $0) }
    let tails = tests.map { ChiSquare.tail($0.statistic, degrees: $0.degrees) }
    return (
      tests.map(\.statistic).max() ?? 0, min(1, Double(blockCount) * (tails.min() ?? 1)), tests.map(\.bias).max() ?? 0
    )
  }

  /// Wald's statistic of `E[r_k h_j] = 0`, h = 1, u, a, u^2, a^2 and |a| with u and the advantage a = q - u standardised; and the
  /// root mean square of the projection of r on the h_j, less what noise gives.
  private func test(_ values: [Double], _ exit: Int) -> (statistic: Double, degrees: Int, bias: Double) {
    let (n, blocks) = (sampleCount, blockCount)
    func standardised(_ value: (Int) -> Double) -> [Double] {
      let column = (0..<n).map(value)
      let (mean, deviation) = (Statistics.mean(column), Statistics.variance(column).squareRoot())
      return deviation > 1e-12 * max(1, abs(mean)) ? column.map { ($0 - mean) / deviation } : []
    }
    let u = standardised { self.values.excess($0, exit) }
    let a = standardised { self.values.continuation($0, exit) - self.values.excess($0, exit) }
    var functions = [[Double](repeating: 1, count: n)]
    if !u.isEmpty { functions += [u, u.map { $0 * $0 }] }
    if !a.isEmpty { functions += [a, a.map { $0 * $0 }, a.map { abs($0) }] }
    let m = functions.count
    let residual = (0..<n).map { values[$0 * blocks + exit] }
    let means = functions.map { BLAS.dot(n, $0, residual) / Double(n) }
    var (covariance, gram) = ([Double](repeating: 0, count: m * m), [Double](repeating: 0, count: m * m))
    let weighted = functions.map { zip($0, residual).map { $0 * $1 } }
    for i in 0..<m {
      for j in 0..<m {
        covariance[i * m + j] = BLAS.dot(n, weighted[i], weighted[j]) / Double(n) - means[i] * means[j]
        gram[i * m + j] = BLAS.dot(n, functions[i], functions[j]) / Double(n)
      }
    }
    // linearly dependent functions say nothing new
    for i in 0..<m {
      covariance[i * m + i] *= 1 + 1e-9
      gram[i * m + i] *= 1 + 1e-9
    }
    guard let solved = try? LinearSystems.solve(covariance, means),
      let projected = try? LinearSystems.solve(gram, means),
      solved.allSatisfy(\.isFinite), projected.allSatisfy(\.isFinite)
    else { return (0, 0, 0) }
    let statistic = max(0, Double(n) * BLAS.dot(m, solved, means))
    let variance = BLAS.dot(n, residual, residual) / Double(n)
    let square = BLAS.dot(m, projected, means) - Double(m) * variance / Double(n)
    return (statistic, m, max(0, square).squareRoot())
  }
}
