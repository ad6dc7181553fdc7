import DepthNumerics
import DepthRuns
import Testing

@testable import DepthStopping

@Suite struct OnlineRuleTests {
  private static let costs = [0.01, 0.03, 0.1]

  /// tau of one sample asked exit by exit, alone, in buffers that hold nothing of other samples or later exits.
  private static func depth(_ rule: any OnlineRule, _ paths: StoppingPaths, _ sample: Int) -> Int {
    let (m, classes) = (paths.featureCount, paths.classCount)
    var memory = [Double](repeating: 0, count: rule.memoryCount + 1)
    var scratch = [Double](repeating: .nan, count: rule.scratchCount + 1)
    var stops = [false]
    for exit in 0..<paths.blockCount {
      let cell = sample * paths.exitCount + exit
      // what a rule does not say that it reads is not there
      let features = (0..<m).map { rule.inputs.features.contains($0) ? paths.features[cell * m + $0] : .nan }
      let reads = rule.inputs.logits
      let logits = (0..<classes).map { reads ? paths.logits[cell * classes + $0] : .nan }
      memory.withUnsafeMutableBufferPointer { memory in
        scratch.withUnsafeMutableBufferPointer { scratch in
          rule.decide(
            ExitObservation(
              exit: exit, blocks: paths.blockCount, count: 1, features: features, featureStride: m, logits: logits,
              classCount: classes, logitStride: classes, memory: memory.baseAddress!, memoryStride: rule.memoryCount,
              scratch: scratch.baseAddress!),
            into: &stops)
        }
      }
      if stops[0] { return exit }
    }
    return paths.blockCount
  }

  @Test(arguments: [EvidenceChain(blocks: 7, rho: 0.8), EvidenceChain(blocks: 3, rho: 0.4)])
  func samplesAskedOneByOneStopWhereRecordedOnesDo(chain: EvidenceChain) throws {
    let (fit, test) = (chain.paths(700, seed: 3), chain.paths(150, seed: 4))
    for name in RuleCatalogue.available(on: fit) where name != "oracle" {
      for rule in try RuleCatalogue.online(name, on: fit, runningCosts: Self.costs) {
        let depths = rule.stoppingDepths(test)
        #expect(depths == (0..<test.sampleCount).map { Self.depth(rule, test, $0) }, "\(name)")
        #expect(depths.allSatisfy { (0...chain.blocks).contains($0) })
      }
    }
  }

  @Test func aListOfCostsIsEachCostAlone() throws {
    let chain = EvidenceChain(blocks: 6, rho: 0.8)
    let (fit, test) = (chain.paths(500, seed: 5), chain.paths(300, seed: 6))
    for name in RuleCatalogue.available(on: fit) where name != "oracle" {
      let rules = try RuleCatalogue.online(name, on: fit, runningCosts: Self.costs, threads: 2)
      for (rule, cost) in zip(rules, Self.costs) {
        let alone = try RuleCatalogue.fit(name, on: fit, runningCost: cost)
        #expect(rule.name == name && rule.stoppingDepths(test) == alone.stoppingDepths(test), "\(name) at \(cost)")
      }
    }
  }

  @Test func rulesThatSeeLabelsCannotRun() {
    let paths = EvidenceChain(blocks: 2, rho: 1).paths(40, seed: 1)
    #expect(throws: InputError.self) { try RuleCatalogue.online("oracle", on: paths, runningCosts: [0.1]) }
    #expect(throws: InputError.self) { try RuleCatalogue.online("orakle", on: paths, runningCosts: [0.1]) }
  }

  @Test func fixedDepthsReadNothing() {
    #expect(FullDepth().inputs == .none && FixedDepth(2).inputs == .none && Patience(1).inputs.logits)
    let paths = EvidenceChain(blocks: 3, rho: 1).paths(5, seed: 1)
    #expect(FixedDepth(9).stoppingDepths(paths) == [3, 3, 3, 3, 3])
    #expect(FixedDepth(0).stoppingDepths(paths) == [0, 0, 0, 0, 0])
  }
}
