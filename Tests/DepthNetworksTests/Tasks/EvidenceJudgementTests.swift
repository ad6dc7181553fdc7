import DepthNetworks
import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation
import Testing

@Suite struct EvidenceJudgementTests {
  static func task() throws -> EvidenceTask { try EvidenceTask(signal: 1, steps: 12, samples: 6000) }
  static let split = (0..<6000).map { $0 % 2 == 0 ? StoppingPaths.Split.fit : .test }

  /// Paths of the exact posterior: its rules can be no better than the optimum, and backward induction comes near.
  @Test(arguments: [StoppingLossKind.zeroOne, .crossEntropy])
  func perfectExitsComeNearTheOptimum(_ loss: StoppingLossKind) throws {
    let task = try Self.task()
    let paths = task.posteriorPaths(try task.dataset(), loss: loss, split: Self.split)
    let (fit, test) = (paths.selecting(paths.samples(of: .fit)), paths.selecting(paths.samples(of: .test)))
    let rules = try RuleCatalogue.all(on: fit, runningCost: 0.02).filter { !$0.seesLabels }
    let evaluations = RuleEvaluation.evaluate(
      rules, on: test, runningCost: 0.02, bootstrap: Bootstrap(sampleCount: test.sampleCount))
    let judgement = try EvidenceJudgement(
      task, split: Self.split, evaluations: evaluations, runningCost: 0.02, loss: loss)
    let optimum = judgement.optimum.objective
    #expect(judgement.realised.lower <= optimum && optimum <= judgement.realised.upper)
    for excess in judgement.excesses { #expect(excess.share.upper >= 0, "\(excess)") }
    let backward = try #require(judgement.excesses.first { $0.rule == "backward-induction" })
    let full = try #require(judgement.excesses.first { $0.rule == "full-depth" })
    #expect(backward.share.lower < 0.02 && backward.share.upper < 0.05, "\(backward)")
    #expect(full.share.lower > 0.1, "\(full)")
  }

  @Test func otherSamplesAreRefusedAndConfigurationsRead() throws {
    let task = try Self.task()
    #expect(throws: InputError.self) {
      try EvidenceJudgement(task, split: [.fit, .test], evaluations: [], runningCost: 0.02, loss: .zeroOne)
    }
    let read = try EvidenceTask(configuration: ["data": "evidence", "parameters": .object(task.parameters)])
    #expect(read?.parameters == task.parameters)
    #expect(try EvidenceTask(configuration: ["data": "digits"]) == nil)
    #expect(throws: InputError.self) {
      try EvidenceTask(configuration: ["data": "evidence", "parameters": ["steps": -1]])
    }
  }
}
