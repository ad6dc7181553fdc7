public import DepthStopping
import DepthRuns
import Foundation

/// The exact optimum of `evidence` with two classes at a cost per block: what a trained network is judged against.
///
/// `V_k(y) = min{g(y), c + E[V_{k+1} | y]}` in the posterior log-odds y, V_N = g. One stops at the first block k at which
/// `|y_k| >= b_k`.
public struct EvidenceOptimum: Equatable, Sendable {
  public let runningCost: Double
  public let loss: StoppingLossKind
  /// J of the optimal rule, V_0 at the prior.
  public let objective: Double
  /// Of the objective: the backward recursion's own estimate and the distance to what the forward law gives.
  public let errorBound: Double
  /// E tau*, blocks.
  public let expectedStoppingDepth: Double
  /// P(tau* = k), k = 0...N.
  public let law: [Double]
  /// b_k in log-odds, k = 0...N-1; 0 where one stops everywhere.
  public let thresholds: [Double]
  /// E[g_tau*], the objective without the cost.
  public let expectedLoss: Double
}

extension EvidenceTask {
  /// The problem whose states are posterior probabilities of class 1; g is the expected loss of the exact posterior.
  ///
  /// - Throws: `InputError.usage` for three classes or a cost that is not positive.
  public func problem(runningCost: Double, loss: StoppingLossKind = .zeroOne) throws -> StoppingProblem {
    guard classCount == 2 else {
      throw InputError.usage("the exact optimum of evidence is known for 2 classes; it has \(classCount)")
    }
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction(constant: 0),
      diffusion: ScalarFunction { [signal] _, p in signal * p * (1 - p) }, lower: 0, upper: 1,
      transition: .posterior(signalToNoise: signal))
    return try StoppingProblem(
      name: name, parameters: parameters, dynamics: .diffusion(diffusion, Self.scalarLoss(loss)),
      runningCost: runningCost, horizon: Double(steps))
  }

  /// Objective, law and thresholds of the optimal rule.
  ///
  /// Thresholds and V by `BlockwiseBellman` backwards, law and again the objective by propagating the posterior's density
  /// forwards under these thresholds; both spectral in accuracy.
  /// - Throws: as `problem`, and `StoppingError` where the recursion finds no answer.
  public func optimum(runningCost: Double, loss: StoppingLossKind = .zeroOne) throws -> EvidenceOptimum {
    let problem = try problem(runningCost: runningCost, loss: loss)
    let solution = try BlockwiseBellman(blockSize: 1).solve(problem, StoppingQuery(points: [[prior]]))
    var thresholds = [Double](repeating: 0, count: steps)
    for point in solution.boundary.points {
      guard let depth = point.depth, let block = Int(exactly: depth.rounded()), block < steps else { continue }
      thresholds[block] = max(thresholds[block], abs(log(point.at[0]) - log1p(-point.at[0])))
    }
    let law = EvidenceLaw(
      signal: signal, start: log(prior) - log1p(-prior), thresholds: thresholds,
      loss: { Self.expectedLoss(loss, logOdds: $0) })
    let depth = law.probabilities.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    let expectedLoss = law.losses.reduce(0, +)
    let forward = expectedLoss + runningCost * depth
    let value = solution.values[0]
    return EvidenceOptimum(
      runningCost: runningCost, loss: loss, objective: value.value,
      errorBound: value.errorBound + abs(forward - value.value), expectedStoppingDepth: depth,
      law: law.probabilities, thresholds: thresholds, expectedLoss: expectedLoss)
  }

  /// Where the optimal rule stops on recorded posteriors: the first block with `|y_k| >= b_k`.
  public func stoppingDepths(_ dataset: Dataset, under optimum: EvidenceOptimum) -> [Int] {
    let logits = posteriorLogits(dataset)
    return (0..<dataset.sampleCount).map { sample in
      (0..<steps).first { k in
        let cell = 2 * (sample * (steps + 1) + k)
        return abs(logits[cell + 1] - logits[cell]) >= optimum.thresholds[k]
      } ?? steps
    }
  }

  /// `min(p, 1 - p)` or the entropy of (p, 1 - p), p = 1/(1 + e^-y), without cancellation.
  static func expectedLoss(_ loss: StoppingLossKind, logOdds y: Double) -> Double {
    let tail = exp(-abs(y))
    let small = tail / (1 + tail)
    switch loss {
    case .zeroOne: return small
    // -p ln p - (1-p) ln(1-p) with 1-p the smaller one: ln(1 + e^-|y|) + |y| (1-p)
    case .crossEntropy: return log1p(tail) + abs(y) * small
    }
  }

  private static func scalarLoss(_ loss: StoppingLossKind) -> ScalarLoss {
    switch loss {
    case .zeroOne:
      ScalarLoss(
        value: ScalarFunction { _, p in min(p, 1 - p) }, derivative: ScalarFunction { _, p in p < 0.5 ? 1 : -1 },
        curvature: ScalarFunction(constant: 0), kinks: [0.5])
    case .crossEntropy:
      ScalarLoss(
        value: ScalarFunction { _, p in p <= 0 || p >= 1 ? 0 : -p * log(p) - (1 - p) * log1p(-p) },
        derivative: ScalarFunction { _, p in log1p(-p) - log(p) },
        curvature: ScalarFunction { _, p in -1 / (p * (1 - p)) })
    }
  }
}
