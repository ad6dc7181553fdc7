import DepthNumerics
import DepthStopping
import Foundation
import Testing

@testable import DepthTheory

/// `flow-decay` and `anisotropic-decay`: slacks in closed form; `transport-cosine`: T1 alone.
@Suite struct FlowCheckTests {
  private static func report(_ name: String, _ settings: [(String, Double)], at point: [Double]) throws
    -> FiniteDepthReport
  {
    let entry = try ProblemCatalogue.entry(name)
    return try FiniteDepthReport.checking(entry.problem(entry.resolve(settings)), at: point)
  }

  @Test func decaysHaveTheSlackOfTheClosedForm() throws {
    var stream = RandomStream(seed: 21)
    for _ in 0..<60 {
      let u = stream.uniforms(3)
      let (a, c, h) = (0.2 + 2 * u[0], 0.02 + 0.5 * u[1], 0.05 + 3 * u[2])
      let report = try Self.report("flow-decay", [("a", a), ("c", c)], at: [h])
      let tau = max(0, log(h / (c / a).squareRoot()) / a)
      #expect(report.theorems.allSatisfy { $0.theorem.verdict == .holds })
      #expect(abs(try #require(report.budget.slack) - (h * h / 2 / c - tau)) < 1e-8)
      #expect(abs(try #require(report.horizon.slack)) < 1e-8)
      let gained = max(0, h * h - c / a) / 2
      #expect(abs(try #require(report.gainSum.slack) - (gained / c - tau)) < 1e-8)
      #expect(report.truncation?.theorem.verdict == .holds && report.monotone?.theorem.verdict == .holds)
    }
  }

  /// With a2 = 2 a1 the condition is quadratic in u = e^(-2 a1 t): `2 a1 q u^2 + a1 p u = c`, p = h1^2, q = h2^2.
  @Test func anisotropicDecaysHaveTheSlackOfTheClosedForm() throws {
    var stream = RandomStream(seed: 22)
    for _ in 0..<40 {
      let v = stream.uniforms(4)
      let (a, c, h) = (0.2 + 2 * v[0], 0.02 + 0.5 * v[1], [0.05 + 3 * v[2], 0.05 + 3 * v[3]])
      let report = try Self.report("anisotropic-decay", [("a1", a), ("a2", 2 * a), ("c", c)], at: h)
      let (p, q) = (h[0] * h[0], h[1] * h[1])
      // the root without cancellation
      let root = 2 * c / (a * p + (a * a * p * p + 8 * a * q * c).squareRoot())
      let tau = max(0, -log(root) / (2 * a))
      let kept = tau > 0 ? root : 1
      #expect(report.theorems.allSatisfy { $0.theorem.verdict == .holds })
      #expect(abs(try #require(report.expectedStoppingDepth?.value) - tau) < 1e-8)
      #expect(abs(try #require(report.budget.slack) - ((p + q) / 2 / c - tau)) < 1e-8)
      #expect(abs(try #require(report.horizon.slack)) < 1e-8)
      let gained = (p * (1 - kept) + q * (1 - kept * kept)) / 2
      #expect(abs(try #require(report.gainSum.slack) - (gained / c - tau)) < 1e-8)
    }
  }

  /// V^T - V of a decay in closed form: the loss is not lowered any further and the cost not paid.
  @Test func truncationHasTheClosedForm() throws {
    let (a, c, h) = (1.0, 0.1, 2.0)
    let report = try Self.report("flow-decay", [("a", a), ("c", c)], at: [h])
    let tau = log(h / (c / a).squareRoot()) / a
    for point in try #require(report.truncation).points {
      let depth = min(tau, point.horizon)
      let cut = h * h / 2 * exp(-2 * a * depth) + c * depth
      let value = c / (2 * a) + c * tau
      #expect(abs(point.excess.value - (cut - value)) < 1e-9)
      #expect(try point.excess.value <= #require(point.bound))
    }
  }

  @Test(arguments: [0.3, 1.5, 3.0, 6.0])
  func aPeriodicFlowLeavesT2AndT3Silent(start: Double) throws {
    let report = try Self.report("transport-cosine", [], at: [start])
    #expect(report.budget.verdict == .holds)
    #expect(report.horizon.verdict == .hypothesesNotMet && report.horizon.bound == nil)
    #expect(report.gainSum.verdict == .hypothesesNotMet)
    #expect(try #require(report.budget.slack) >= 0)
  }

  /// At x = 6 the gain rate is negative and the infinitesimal rule stops, though passing the top of g pays.
  @Test func thePeriodicFlowIsNotMonotone() throws {
    let report = try Self.report("transport-cosine", [], at: [6])
    let left = Double.pi - asin(0.5)
    let value = cos(left) + 0.5 * (left + 2 * Double.pi - 6)
    let monotone = try #require(report.monotone)
    #expect(monotone.violationRate.value == 1 && monotone.isAbsorbing == false)
    #expect(abs(monotone.regret.value - (cos(6) - value)) < 1e-9)
  }
}
