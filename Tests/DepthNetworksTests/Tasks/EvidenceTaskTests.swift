import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct EvidenceTaskTests {
  /// V_0 by the trapezoidal rule on a plain grid of log-odds: `U = cosh(y/2) V` obeys
  /// `U_k = min{cosh(y/2) g, c cosh(y/2) + e^(-s^2/8) phi_s * U_{k+1}}`.
  private func objective(_ task: EvidenceTask, cost: Double, loss: StoppingLossKind, step: Double) -> Double {
    let s = task.signal
    let reach = Int((10 * s / step).rounded())
    let half = Int((6 + Double(task.steps) * s * s / 2 + 6 * s * Double(task.steps).squareRoot()) / step)
    let kernel = (-reach...reach).map {
      step / s * NormalLaw.density(Double($0) * step / s) * exp(-s * s / 8)
    }
    let y = (-half...half).map { Double($0) * step }
    let scale = y.map { cosh($0 / 2) }
    let stopped = zip(y, scale).map { EvidenceTask.expectedLoss(loss, logOdds: $0) * $1 }
    var value = stopped
    for _ in 0..<task.steps {
      // beyond the grid one has stopped: the loss falls like e^(-|y|/2) there
      value = y.indices.map { i in
        var sum = 0.0
        for j in max(0, i - reach)...min(y.count - 1, i + reach) { sum += kernel[j - i + reach] * value[j] }
        return min(stopped[i], cost * scale[i] + sum)
      }
    }
    let start = log(task.prior / (1 - task.prior))
    let position = start / step + Double(half)
    let index = Int(position.rounded())
    precondition(abs(position - Double(index)) < 1e-9, "the prior is a grid point")
    return value[index] / scale[index]
  }

  @Test(arguments: [
    (1.0, 10, 0.02, StoppingLossKind.zeroOne), (1.0, 10, 0.02, .crossEntropy), (0.5, 20, 0.005, .zeroOne),
    (2.0, 5, 0.05, .crossEntropy),
  ])
  func anIndependentRecursionAgrees(signal: Double, steps: Int, cost: Double, loss: StoppingLossKind) throws {
    let task = try EvidenceTask(signal: signal, steps: steps, samples: 10)
    let optimum = try task.optimum(runningCost: cost, loss: loss)
    #expect(optimum.errorBound < 1e-10, "\(optimum.errorBound)")
    #expect(abs(optimum.law.reduce(0, +) - 1) < 1e-12 && optimum.law.allSatisfy { $0 >= 0 })
    // the kink of V at the boundary makes the grid's error O(h^2)
    let errors = [signal / 10, signal / 20].map {
      abs(objective(task, cost: cost, loss: loss, step: $0) - optimum.objective)
    }
    #expect(errors[1] < 2e-4 * optimum.objective && errors[1] < errors[0] + 1e-12, "\(errors)")
  }

  @Test func anUnevenPriorAgreesToo() throws {
    // log-odds 1.2 is a grid point of steps 0.1 and 0.05
    let task = try EvidenceTask(signal: 1, steps: 8, prior: 1 / (1 + exp(-1.2)), samples: 10)
    let optimum = try task.optimum(runningCost: 0.02)
    #expect(abs(objective(task, cost: 0.02, loss: .zeroOne, step: 0.05) - optimum.objective) < 2e-4 * optimum.objective)
  }

  @Test(arguments: [StoppingLossKind.zeroOne, .crossEntropy])
  func thePosteriorsOfDrawnSamplesMeetTheOptimum(loss: StoppingLossKind) throws {
    let task = try EvidenceTask(signal: 0.8, steps: 12, prior: 0.4, samples: 60_000, seed: 5)
    let data = try task.dataset()
    let optimum = try task.optimum(runningCost: 0.02, loss: loss)
    let depths = task.stoppingDepths(data, under: optimum)
    let paths = task.posteriorPaths(data, loss: loss)
    let objectives = depths.enumerated().map { paths.loss($0.offset, $0.element) + 0.02 * Double($0.element) }
    #expect(abs(Statistics.mean(objectives) - optimum.objective) < 4 * Statistics.standardError(objectives))
    let means = depths.map(Double.init)
    #expect(abs(Statistics.mean(means) - optimum.expectedStoppingDepth) < 4 * Statistics.standardError(means))
    let law = LawDistance.empirical(depths, blocks: 12)
    for (p, q) in zip(law, optimum.law) { #expect(abs(p - q) < 4.5 * (q * (1 - q) / 60_000).squareRoot() + 1e-12) }
    // no threshold off by a tenth does better than the optimum says
    var other = optimum.thresholds
    for k in other.indices { other[k] *= 1.1 }
    let moved = EvidenceLaw(
      signal: 0.8, start: log(0.4 / 0.6), thresholds: other,
      loss: { EvidenceTask.expectedLoss(loss, logOdds: $0) })
    let cost = moved.probabilities.enumerated().reduce(0) { $0 + 0.02 * Double($1.offset) * $1.element }
    #expect(moved.losses.reduce(0, +) + cost > optimum.objective)
  }

  @Test func oneMeasurementHasAClosedForm() throws {
    // error of one look at +-s/2 + N(0,1): Phi(-s/2)
    let task = try EvidenceTask(signal: 1.5, steps: 1, samples: 10)
    let optimum = try task.optimum(runningCost: 0.01)
    #expect(abs(optimum.objective - (NormalLaw.cdf(-0.75) + 0.01)) < 1e-13)
    #expect(
      optimum.law[0] == 0 && abs(optimum.law[1] - 1) < 1e-13 && abs(optimum.expectedLoss - NormalLaw.cdf(-0.75)) < 1e-13
    )
    // a measurement that costs more than it can gain
    let dear = try task.optimum(runningCost: 0.4)
    #expect(dear.law == [1, 0] && dear.objective == 0.5 && dear.thresholds == [0] && dear.expectedStoppingDepth == 0)
  }

  @Test func manyMeasurementsTendToTheInfiniteHorizon() throws {
    // V^N = V once N is large: backward induction with no horizon
    let task = try EvidenceTask(signal: 1, steps: 60, samples: 10)
    let optimum = try task.optimum(runningCost: 0.05)
    let entry = try ProblemCatalogue.entry("sequential-test")
    let problem = try entry.problem(entry.resolve([("c", 0.05)]))
    let infinite = try BlockwiseBellman(blockSize: 1).solve(problem, StoppingQuery(points: [[0.5]]))
    #expect(abs(infinite.values[0].value - optimum.objective) < 1e-10)
    #expect(abs((infinite.expectedDepths.first?.value ?? 0) - optimum.expectedStoppingDepth) < 1e-8)
  }

  @Test(arguments: [2, 3])
  func posteriorsAreCalibrated(classes: Int) throws {
    let task = try EvidenceTask(signal: 1, steps: 4, classes: classes, samples: 40_000, seed: 2)
    let data = try task.dataset()
    let logits = task.posteriorLogits(data)
    for exit in 0...4 {
      // of the samples, the mean of 1[label] - p must vanish within its error, weighted with p as well
      var moments: [Double] = []
      for sample in 0..<data.sampleCount {
        let z = logits[((sample * 5 + exit) * classes)..<((sample * 5 + exit + 1) * classes)].map { $0 }
        let weights = z.map { exp($0 - (z.max() ?? 0)) }
        let p = weights[1] / weights.reduce(0, +)
        moments.append(((data.labels[sample] == 1 ? 1 : 0) - p) * (0.2 + p))
      }
      #expect(abs(Statistics.mean(moments)) < 4.5 * Statistics.standardError(moments), "exit \(exit)")
    }
  }

  @Test func whatIsNotKnownIsRefused() throws {
    #expect(throws: InputError.self) { try EvidenceTask(signal: 1, steps: 3, classes: 4, samples: 10) }
    #expect(throws: InputError.self) { try EvidenceTask(signal: 1, steps: 3, classes: 3, prior: 0.2, samples: 10) }
    let three = try EvidenceTask(signal: 1, steps: 3, classes: 3, samples: 10)
    #expect(throws: InputError.self) { try three.optimum(runningCost: 0.1) }
    #expect(throws: InputError.self) {
      try EvidenceTask(signal: 1, steps: 3, samples: 10).optimum(runningCost: 0)
    }
  }
}
