import DepthNumerics
import DepthRuns
import DepthStopping
import Testing

@testable import DepthNetworks

@Suite struct TokenHaltingReportTests {
  @Test func withoutHaltingNothingDiffersFromFullDepth() throws {
    let network = TokenHaltingTests.network()
    let data = TokenHaltingTests.dataset(network)
    let paths = try TokenHaltingTests.recorded(network, data)
    let halted = try TokenHalting(network: network, rule: .depths([4].cycled(data.labels.count))).run(data)
    let report = try TokenHaltingReport(halted, recorded: paths, feature: "confidence", reading: .heads)
    #expect(report.expectedStoppingDepth == Interval(value: 4, lower: 4, upper: 4))
    #expect(abs(report.copyingEffect.value) < 1e-13 && report.changedAnswers.value == 0)
    #expect(abs(report.stoppingLoss.value - report.fullDepthLoss.value) < 1e-13)
    #expect(abs(report.operationsShare - 1) < 1e-12 && TokenHaltingTests.distance(report.law, [0, 0, 0, 0, 1]) < 1e-12)
    #expect(report.sequenceLevel.expectedStoppingDepth.value == 4)
    #expect(abs(report.sequenceLevel.difference.value) < 1e-13)
  }

  @Test func meansAreThoseOfTheAnswers() throws {
    let network = TokenHaltingTests.network()
    let data = TokenHaltingTests.dataset(network)
    let paths = try TokenHaltingTests.recorded(network, data)
    let threshold = try TokenHaltingTests.threshold(paths, "confidence")
    let halted = try TokenHalting(network: network, rule: .confidence(threshold)).run(data)
    let report = try TokenHaltingReport(
      halted, recorded: paths, feature: "confidence", reading: .heads, threshold: threshold)
    let n = Double(data.labels.count)
    let recorded = data.labels.indices.reduce(0.0) { $0 + paths.loss($1, halted.depths[$1]) } / n
    #expect(abs(report.recordedStoppingLoss.value - recorded) < 1e-13)
    #expect(abs(report.copyingEffect.value - (halted.losses.reduce(0, +) / n - recorded)) < 1e-13)
    #expect(report.copyingEffect.value != 0)
    #expect(abs(report.depthByPlace.reduce(0, +) / 6 - report.expectedStoppingDepth.value) < 1e-12)
    #expect(abs(report.lossByPlace.reduce(0, +) / 6 - report.stoppingLoss.value) < 1e-12)
    #expect(abs(report.law.reduce(0, +) - 1) < 1e-12)
    // 40 sequences of depths 0...4: the mean can be met to half a step of one sequence, ties apart
    #expect(abs(report.sequenceLevel.expectedStoppingDepth.value - report.expectedStoppingDepth.value) < 0.2)
    #expect(TokenHaltingReport.table([report, report]).rowCount == 2)
    #expect(TokenHaltingReport.placeTable([report]).rowCount == 6)
  }
}
