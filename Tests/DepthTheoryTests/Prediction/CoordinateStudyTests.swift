import DepthNumerics
import DepthStopping
import Foundation
import Testing

@testable import DepthTheory

@Suite struct CoordinateStudyTests {
  static let cost = 0.02
  static let options = DepthComparison.Options(coordinates: true, bracket: true)

  /// A coordinate that forgets the difficulty is too optimistic, is caught at it by the test of its memory, and stopped by its own rule
  /// it is not; neither is what the fit part chooses.
  @Test func theOptimismGapOfAForgetfulCoordinateCloses() throws {
    let comparison = try DepthComparison(
      HiddenDifficulty().paths(16_000, seed: 1).split(fit: 8000), runningCost: Self.cost, coordinate: "margin",
      options: Self.options, threads: 2)
    func gap(_ name: String, _ level: DepthPrediction.Level) throws -> Double {
      try #require(
        comparison.coordinates.first { $0.prediction.coordinate == name && $0.prediction.level == level }
      ).optimismGap.value
    }
    let (forgetful, stopped) = (try gap("margin", .kernel), try gap("margin", .stoppedKernel))
    #expect(forgetful > 0.1 && abs(stopped) < 0.05, "\(forgetful), \(stopped)")
    let feature = try #require(comparison.coordinates.first)
    #expect((feature.tests?.lossMemoryProbability ?? 1) < 1e-6 && (feature.tests?.lossMemory ?? 0) > 0.05)
    let chosen = try #require(comparison.chosen)
    #expect(abs(chosen.optimismGap.value) < 0.05 && chosen.kolmogorovSmirnov.value < 0.05, "\(chosen.prediction)")
    #expect(chosen.regret.value < 0.03 * chosen.realised.objective.value, "\(chosen.regret)")
    #expect(chosen.realised.name == "theory-boundary" && comparison.allRules.last?.name == "theory-boundary")
    let bracket = try #require(comparison.bracket)
    #expect(bracket.lower.value <= bracket.upper.value, "\(bracket)")
    #expect(comparison.coordinates.count { $0.validation?.isChosen == true } == 1)
  }

  /// Where the coordinate is Markov there is no gap, and no memory to be found.
  @Test func aMarkovCoordinateHasNoGap() throws {
    let comparison = try DepthComparison(
      Evidence().paths(16_000, seed: 2).split(fit: 8000), runningCost: Self.cost, coordinate: "log_odds",
      options: Self.options, threads: 2)
    let kernel = try #require(comparison.coordinates.first)
    #expect(kernel.prediction.level == .kernel && kernel.prediction.coordinate == "log_odds")
    #expect(abs(kernel.optimismGap.value) < 0.05, "\(kernel.optimismGap)")
    #expect((comparison.bracket?.ratio.value ?? .infinity) < 1.15, "\(String(describing: comparison.bracket?.ratio))")
    #expect((kernel.tests?.memory ?? 1) < 0.1 && (kernel.tests?.lossMemoryProbability ?? 0) > 1e-4)
  }

  /// The stopped kernel's prediction is the law of its own rule on the samples it was counted from, shrinkage aside.
  @Test func theStoppedKernelMimicsItsOwnRule() throws {
    let paths = HiddenDifficulty().paths(6000, seed: 3)
    let kernel = try CoordinateKernel(fitting: paths, coordinate: "margin")
    let solution = kernel.solve(runningCost: Self.cost, level: .stoppedKernel)
    let depths = kernel.paths.depths(solution.stops)
    let law = LawDistance.empirical(depths, blocks: paths.blockCount)
    #expect(LawDistance.kolmogorovSmirnov(law, solution.law) < 0.01)
    let objective = Statistics.mean(
      depths.indices.map { paths.loss($0, depths[$0]) + Self.cost * Double(depths[$0]) })
    #expect(abs(objective - solution.objective) < 0.01 * objective, "\(objective), \(solution.objective)")
    let marginal = kernel.solve(runningCost: Self.cost, level: .kernel)
    #expect(marginal.objective < solution.objective)
  }

  @Test func tiltingGivesTheMeanAndKeepsTheLaw() throws {
    let law = [0.2, 0.3, 0, 0.5]
    let values = [1.0, 2, 5, 3]
    let tilted = try #require(CellKernel.tilt(law, values, to: 2.1))
    #expect(abs(zip(tilted, values).reduce(0) { $0 + $1.0 * $1.1 } - 2.1) < 1e-9)
    #expect(abs(tilted.reduce(0, +) - 1) < 1e-12 && tilted[2] == 0)
    #expect(CellKernel.tilt(law, values, to: 3.5) == nil)
  }

  @Test func studiesDoNotDependOnThreads() throws {
    let paths = HiddenDifficulty(blocks: 6).paths(700, seed: 4).split(fit: 400)
    let results = try [1, 3].map {
      try DepthComparison(
        paths, runningCost: Self.cost, coordinate: "margin", options: Self.options, seed: 5, threads: $0
      ).json
    }
    #expect(results[0] == results[1])
  }
}
