import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

/// Brackets against values that are known: block-wise Bellman recursions of `sequential-test` and `ou-contraction`.
@Suite struct DualBracketTests {
  static let evidenceCost = 0.02
  static let evidence = EvidenceChain(blocks: 12, rho: 1)

  static func posterior() -> DiffusionSimulator {
    DiffusionSimulator(.posterior(signalToNoise: 1), blockSize: 1, blocks: 12, initial: (0, 0)) { y in
      exp(-abs(y)) / (1 + exp(-abs(y)))
    }
  }

  /// The exact martingale's bracket holds the value, and a better regression narrows it.
  @Test func simulatedBracketOfASequentialTestHoldsItsValue() {
    let value = Self.evidence.optimum(runningCost: Self.evidenceCost).value
    let effort = DualBracket.Effort(fitPaths: 3000, judgedPaths: 1500, innerDraws: 40)
    let ratios = [[ExitBasis.Level.constant], [.constant, .leading, .features]].map { levels -> Double in
      let bracket = DualBracket.simulated(
        Self.posterior(), runningCost: Self.evidenceCost, effort: effort, levels: levels, 3, 2)
      #expect(bracket.isExact && bracket.widening == 0)
      #expect(bracket.lower.lower < value && value < bracket.upper.upper, "\(bracket), \(value)")
      return bracket.ratio.value
    }
    #expect(ratios[1] < 1.05 && ratios[1] - 1 < 0.3 * (ratios[0] - 1), "\(ratios)")
  }

  /// `dX = -X dt + 0.5 dW` from 1, g = x^2, stopped every 0.1 up to depth 3.
  @Test func simulatedBracketOfAContractionHoldsItsValue() throws {
    let (block, blocks, cost) = (0.1, 30, 0.1)
    let law = TransitionLaw.ornsteinUhlenbeck(rate: 1, center: 0, noise: 0.5)
    let problem = try StoppingProblem(
      name: "ou-contraction", parameters: [:],
      dynamics: .diffusion(
        ScalarDiffusion(
          drift: ScalarFunction { _, x in -x }, diffusion: ScalarFunction(constant: 0.5), lower: -.infinity,
          upper: .infinity, transition: .gaussian(law)),
        ScalarLoss(
          value: ScalarFunction { _, x in x * x }, derivative: ScalarFunction { _, x in 2 * x },
          curvature: ScalarFunction(constant: 2))),
      runningCost: cost, horizon: block * Double(blocks))
    let value = try BlockwiseBellman(blockSize: block).solve(problem, at: [[1]]).values[0].value
    let simulator = DiffusionSimulator(
      .gaussian(law), blockSize: block, blocks: blocks, initial: (1, 0)
    ) { $0 * $0 }
    let ratios = [200, 4000].map { paths -> Double in
      let bracket = DualBracket.simulated(
        simulator, runningCost: cost * block,
        effort: DualBracket.Effort(fitPaths: paths, judgedPaths: 1000, innerDraws: 40), seed: 5, threads: 2)
      #expect(bracket.lower.lower < value && value < bracket.upper.upper, "\(bracket), \(value)")
      return bracket.ratio.value
    }
    #expect(ratios[1] < 1.1 && ratios[1] < ratios[0], "\(ratios)")
  }

  /// Recorded paths, where g and the martingale are regressed: the widened bracket holds the value that is known here.
  @Test func recordedBracketHoldsTheValue() throws {
    let c = Self.evidenceCost
    let value = Self.evidence.optimum(runningCost: c).value
    let (fit, test) = (Self.evidence.paths(6000, seed: 1), Self.evidence.paths(6000, seed: 2))
    let bracket = try Self.recorded(ValueRegression(fitting: fit, runningCost: c), fit, test) { $0 }
    #expect(!bracket.isExact && bracket.checks.map(\.name) == ["martingale", "calibration", "attack"])
    #expect(bracket.lower.value < value + 0.006 && bracket.lower.lower < value, "\(bracket.lower), \(value)")
    #expect(bracket.upper.upper > value && bracket.ratio.value >= 1, "\(bracket.ratio)")
    // regressions on constants alone are worth less
    let coarse = try Self.recorded(
      ValueRegression(ExitRegression(fit), runningCost: c, levels: [.constant]), fit, test
    ) { $0 }
    #expect(bracket.ratio.value < coarse.ratio.value, "\(bracket.ratio), \(coarse.ratio)")
    #expect(coarse.lower.lower < value, "\(coarse.lower), \(value)")
  }

  /// A wrong calibration and a wrong martingale would put the bound above the value: the tests see both, and what is subtracted brings
  /// it down again.
  @Test func whatIsWrongIsFoundAndPaid() throws {
    let c = Self.evidenceCost
    let value = Self.evidence.optimum(runningCost: c).value
    let (fit, test) = (Self.evidence.paths(6000, seed: 1), Self.evidence.paths(6000, seed: 2))
    let regression = ValueRegression(fitting: fit, runningCost: c)
    // u too large by 0.05 below the last exit; q too large by 0.02, so that M sinks where it should stay
    let calibration = try Self.recorded(regression, fit, test) { flat in
      flat.enumerated().map { $0.offset % 3 == 1 ? $0.element + 0.05 : $0.element }
    }
    let martingale = try Self.recorded(regression, fit, test) { flat in
      flat.enumerated().map { $0.offset % 3 == 2 ? $0.element + 0.02 : $0.element }
    }
    #expect((calibration.checks[1].probability ?? 1) < 1e-6)
    #expect((martingale.checks[0].probability ?? 1) < 1e-6)
    for bracket in [calibration, martingale] {
      #expect(bracket.lower.lower < value, "\(bracket.lower), \(value)")
    }
    let sound = try Self.recorded(regression, fit, test) { $0 }
    #expect(calibration.widening > sound.widening && martingale.widening > sound.widening)
  }

  static func recorded(
    _ regression: ValueRegression, _ fit: StoppingPaths, _ test: StoppingPaths, changing: ([Double]) -> [Double]
  ) throws -> DualBracket {
    let values = regression.values(test)
    let changed = ValueRegression.Values(
      sampleCount: values.sampleCount, blockCount: values.blockCount, flat: changing(values.flat))
    let bootstrap = Bootstrap(sampleCount: test.sampleCount, resamples: 200)
    let rule = RuleEvaluation(
      BackwardInduction(fitting: fit, runningCost: evidenceCost), on: test, runningCost: evidenceCost,
      bootstrap: bootstrap)
    return try #require(
      DualBracket.recorded(
        test, values: changed, upper: rule, runningCost: evidenceCost, bootstrap: bootstrap, threads: 2))
  }

  @Test func tooFewSamplesAreNotBracketed() {
    let (fit, test) = (Self.evidence.paths(100, seed: 1), Self.evidence.paths(12, seed: 2))
    let bootstrap = Bootstrap(sampleCount: 12, resamples: 20)
    let rule = RuleEvaluation(FullDepth(), on: test, runningCost: 0.02, bootstrap: bootstrap)
    let values = ValueRegression(fitting: fit, runningCost: 0.02).values(test)
    #expect(
      DualBracket.recorded(test, values: values, upper: rule, runningCost: 0.02, bootstrap: bootstrap) == nil)
  }
}
