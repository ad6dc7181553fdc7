import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation
import Testing

@Suite struct FiniteDepthReportTests {
  private static func report(_ name: String, _ settings: [(String, Double)], at point: [Double]) throws
    -> FiniteDepthReport
  {
    let entry = try ProblemCatalogue.entry(name)
    return try FiniteDepthReport.checking(entry.problem(entry.resolve(settings)), at: point)
  }

  private static func verdicts(_ report: FiniteDepthReport) -> [FiniteDepthReport.Verdict] {
    report.theorems.map(\.theorem.verdict)
  }

  @Test func horizonBoundMatchesTheClosedForms() {
    var stream = RandomStream(seed: 31)
    for _ in 0..<200 {
      let u = stream.uniforms(3)
      let (a, c) = (0.1 + u[0], 0.002 + 0.2 * u[2])
      let (rho, p) = (0.05 + 0.9 * u[1], 0.7 + 2 * u[1])
      let geometric = (0..<2000).map { a * pow(rho, Double($0)) }
      #expect(horizonBound(gains: geometric, cost: c) == Int(max(0, ceil(log(a / c) / log(1 / rho)))))
      let power = (0..<200_000).map { a * pow(Double($0 + 1), -p) }
      #expect(horizonBound(gains: power, cost: c) == Int(max(0, ceil(pow(a / c, 1 / p)) - 1)))
    }
    // ties count as <=; a sequence that ends above c bounds nothing
    #expect(horizonBound(gains: [4, 2, 1, 0.5], cost: 1) == 2)
    #expect(horizonBound(gains: [4, 2, 1, 0.5], cost: 0.25) == nil)
    #expect(horizonBound(gains: [0.1, 3, 0.1], cost: 1) == 2)
    #expect(horizonBound(gains: [0.1, .nan, 0.1], cost: 1) == 2)
    #expect(horizonBound(gains: [], cost: 1) == 0)
  }

  @Test func deterministicReturnsAreTight() throws {
    let report = try Self.report("geometric-returns", [("A", 8), ("rho", 0.5), ("c", 1)], at: [])
    #expect(Self.verdicts(report) == [.holds, .holds, .holds])
    #expect(report.horizon.bound == 3 && report.horizon.slack == 0)
    #expect(report.gainSum.bound == 14 && report.budget.bound == 16)
    let power = try Self.report("power-returns", [("A", 1), ("p", 0.7), ("c", 0.1)], at: [])
    // the loss is unbounded below: T1 is silent, T2 and T3 are not
    #expect(Self.verdicts(power) == [.hypothesesNotMet, .holds, .holds])
    #expect(power.budget.bound == nil && power.horizon.slack == 0)
  }

  @Test func flowsHaveTheSlackOfTheClosedForm() throws {
    let (a, c, h) = (1.3, 0.2, 2.0)
    let report = try Self.report("flow-decay", [("a", a), ("c", c)], at: [h])
    let tau = log(h / (c / a).squareRoot()) / a
    #expect(Self.verdicts(report) == [.holds, .holds, .holds])
    #expect(abs(try #require(report.budget.slack) - (h * h / 2 / c - tau)) < 1e-8)
    #expect(abs(try #require(report.horizon.slack)) < 1e-8)
    #expect(abs(try #require(report.gainSum.slack) - ((h * h - c / a) / 2 / c - tau)) < 1e-8)
  }

  @Test(arguments: ["ou-contraction", "sequential-test"])
  func diffusionsLeaveT2AndT3Silent(name: String) throws {
    let report = try Self.report(name, [], at: [0.5])
    #expect(Self.verdicts(report) == [.holds, .hypothesesNotMet, .hypothesesNotMet])
    #expect(report.horizon.bound == nil)
    #expect(try #require(report.budget.slack) > 0)
  }

  /// Two states that swap for ever: the gain of one returns, no envelope falls below c.
  @Test func aChainWhoseGainReturnsIsSilent() throws {
    let swap = try MarkovChain(transition: NumericArray(shape: [2, 2], values: [0, 1, 1, 0]))
    let problem = try StoppingProblem(name: "chain", dynamics: .chain(swap, loss: [1, 0]), runningCost: 0.1)
    let report = try FiniteDepthReport.checking(problem, at: [0])
    #expect(Self.verdicts(report) == [.holds, .hypothesesNotMet, .hypothesesNotMet])
    // an absorbing chain has an envelope: gains 0.6, 0.3, then nothing
    let line = try MarkovChain(transition: NumericArray(shape: [3, 3], values: [0, 1, 0, 0, 0, 1, 0, 0, 1]))
    let finite = try StoppingProblem(name: "chain", dynamics: .chain(line, loss: [0.9, 0.3, 0]), runningCost: 0.2)
    let bounded = try FiniteDepthReport.checking(finite, at: [0])
    #expect(Self.verdicts(bounded) == [.holds, .holds, .holds])
    #expect(bounded.horizon.bound == 2)
    #expect(abs(try #require(bounded.gainSum.bound) - 4.5) < 1e-12)
  }

  /// Identical samples with geometric gains: zero variance, so the estimated envelope is exact and T2 tight.
  @Test func recordedDeterministicPathsReproduceTheTheorem() throws {
    let gains = (0..<12).map { pow(0.5, Double($0)) }
    var losses = [2.0]
    for gain in gains { losses.append(losses.last! - gain) }
    let paths = StoppingPaths(
      sampleCount: 40, exitCount: 13, stoppingLoss: (0..<40).flatMap { _ in losses }, featureNames: ["z"],
      features: [Double](repeating: 1, count: 40 * 13))
    for exponent in 0..<11 {
      let c = pow(0.5, Double(exponent))
      let (report, evidence) = try FiniteDepthReport.checking(paths, runningCost: c, coordinate: "z")
      #expect(evidence.envelope.envelope == gains)
      #expect(report.horizon.bound == Double(exponent) && report.horizon.slack == 0)
      #expect(Self.verdicts(report) == [.holds, .holds, .holds])
    }
    // V^N is flat from K(c) on
    let (report, evidence) = try FiniteDepthReport.checking(paths, runningCost: 0.125, coordinate: nil)
    let bound = Int(try #require(report.horizon.bound))
    #expect(evidence.truncated[bound...].allSatisfy { abs($0 - evidence.truncated[bound]) < 1e-12 })
    #expect(evidence.truncated[bound - 1] > evidence.truncated[bound])
    let (silent, _) = try FiniteDepthReport.checking(paths, runningCost: 1e-5, coordinate: nil)
    #expect(Self.verdicts(silent) == [.holds, .hypothesesNotMet, .hypothesesNotMet])
    #expect(throws: InputError.self) { try FiniteDepthReport.checking(paths, runningCost: -1, coordinate: nil) }
    #expect(throws: InputError.self) { try FiniteDepthReport.checking(paths, runningCost: 1, coordinate: "q") }
  }

  /// Equal states share a bin, so the order of the samples cannot matter.
  @Test func tiesDoNotDependOnTheOrderOfSamples() throws {
    var stream = RandomStream(seed: 3)
    let gains = stream.uniforms(300).sorted()
    func envelope(_ gains: [Double]) throws -> GainEnvelope {
      try GainEnvelope(
        StoppingPaths(
          sampleCount: 300, exitCount: 2, stoppingLoss: gains.flatMap { [1 + $0, 1] }, featureNames: ["z"],
          features: [Double](repeating: 0, count: 600)), coordinate: "z")
    }
    let (sorted, reversed) = (try envelope(gains), try envelope(gains.reversed()))
    #expect(abs(sorted.envelope[0] - reversed.envelope[0]) < 1e-12 && sorted.binCount == 1)
  }

  @Test func oneSampleEstablishesNothing() throws {
    let paths = StoppingPaths(sampleCount: 1, exitCount: 3, stoppingLoss: [1, 0.5, 0.4])
    let (report, _) = try FiniteDepthReport.checking(paths, runningCost: 0.2, coordinate: nil)
    #expect(report.horizon.verdict == .hypothesesNotMet && report.gainSum.verdict == .hypothesesNotMet)
  }

  /// A rule fitted on samples unlike those it is judged on refutes no theorem.
  @Test func aBadRuleViolatesNothing() throws {
    let fit = [[Double]](repeating: [5, 5, 0], count: 60).flatMap { $0 }
    let test = [Double](repeating: 0.01, count: 180)
    let paths = StoppingPaths(
      sampleCount: 120, exitCount: 3, stoppingLoss: fit + test, featureNames: ["z"],
      features: [Double](repeating: 1, count: 360),
      split: [StoppingPaths.Split](repeating: .fit, count: 60) + [StoppingPaths.Split](repeating: .test, count: 60))
    let (report, _) = try FiniteDepthReport.checking(paths, runningCost: 0.1, coordinate: nil)
    #expect(report.theorems.allSatisfy { $0.theorem.verdict != .violated }, "\(Self.verdicts(report))")
    #expect(report.budget.verdict == .hypothesesNotMet)
  }
}
