import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Proven bounds of V and b against finer solutions, over many parameters, puts and calls.
@Suite struct PutCertificateTests {
  private struct Draw: Sendable {
    let strike, rate, dividend, volatility, maturity: Double
    let isCall: Bool
  }

  /// K 1..100, T 0.25..10, sigma 0.1..0.4, q none, below, at and above r; every third a call.
  private static func draws(_ count: Int) -> [Draw] {
    var stream = RandomStream(seed: 71)
    return (0..<count).map { index in
      let u = stream.uniforms(5)
      let rate = 0.01 * pow(10, u[0])
      let dividend = [0, rate * u[1], rate, rate * (1 + 2 * u[1])][index % 4]
      let isCall = index % 3 == 2
      return Draw(
        strike: pow(100, u[4]), rate: isCall ? max(dividend, 1e-3) : rate, dividend: isCall ? rate : dividend,
        volatility: 0.1 + 0.3 * u[2], maturity: 0.25 * pow(40, u[3]), isCall: isCall)
    }
  }

  private static func problem(_ draw: Draw) throws -> StoppingProblem {
    if draw.isCall {
      return try VanillaProblems.call(
        strike: draw.strike, rate: draw.rate, dividend: draw.dividend, volatility: draw.volatility,
        maturity: draw.maturity)
    }
    return try PutReferences.problem([
      ("K", draw.strike), ("r", draw.rate), ("q", draw.dividend), ("sigma", draw.volatility), ("T", draw.maturity),
    ])
  }

  /// V and b of the put of strike 1 by a resolution finer than any that the tolerance asks for.
  private static func finest(_ option: VanillaOption) throws -> PutPremium {
    let scale = TimeToGoScale(option.equation, horizon: option.horizon)
    let solver = PutBoundarySolver(equation: option.equation, scale: scale)
    var level: PutBoundarySolver.Level?
    for resolution in PutBoundarySolver.ladder { level = try solver.solve(resolution, from: level) }
    return PutPremium(level!.boundary, rule: DoubleExponentialRule(count: 401, reach: 3.7))
  }

  /// `DEPTH_INSTANCES` instances (default 24).
  @Test func provenBoundsContainTheTruth() throws {
    let count = ProcessInfo.processInfo.environment["DEPTH_INSTANCES"].flatMap { Int($0) } ?? 24
    var (widths, certified, unproven): ([Double], Int, [String]) = ([], 0, [])
    for draw in Self.draws(count) {
      let problem = try Self.problem(draw)
      let option = try VanillaOption(problem)
      let states = [0.6, 0.8, 0.9, 1, 1.1, 1.4].map { draw.strike * $0 }
      let depths = [0, 0.5, 0.9, 0.999].map { $0 * draw.maturity }
      let solution = try IntegralEquation().solve(
        problem, StoppingQuery(points: states.map { [$0] }, depths: depths))
      #expect(solution.diagnostics.status == .converged, "\(draw)")
      unproven += solution.warnings.filter { $0.contains("proof failed") }.map { "\(draw): \($0)" }
      let truth = try Self.finest(option)
      for value in solution.values {
        if value.boundKind == .certified { certified += 1 }
        let (state, factor) = option.scaled(value.at[0])
        let tau = draw.maturity - value.depth
        let (premium, isStopped) = (truth.value(state, tau), state <= truth.boundary.state(tau))
        let exact = isStopped ? value.stoppingLoss : max(value.stoppingLoss, factor * premium.value)
        #expect(
          abs(value.value - exact) <= value.errorBound + 4e-15 * factor + factor * premium.difference,
          "\(draw) at \(value.at) depth \(value.depth): off by \(value.value - exact), bound \(value.errorBound)")
        widths.append(value.errorBound / draw.strike)
      }
      for point in solution.boundary.points {
        let tau = draw.maturity - point.depth!
        let exact = draw.strike * (option.isCall ? 1 / truth.boundary.state(tau) : truth.boundary.state(tau))
        guard let band = point.band else { continue }
        #expect(band.contains(exact) && band.contains(point.at[0]), "\(draw) \(point) exact \(exact)")
        #expect(band.upperBound - band.lowerBound < 1e-2 * exact)
      }
    }
    widths.sort()
    // where the proof fails it is said, and rare
    #expect(unproven.count <= count / 100 && certified >= 24 * (count - unproven.count), "\(unproven)")
    #expect(widths[widths.count / 2] < 1e-10 && widths.last! < 1e-8, "\(widths[widths.count / 2]) \(widths.suffix(3))")
  }

  // the proof must see a wrong curve: B lower by 1e-6 of itself
  @Test func aWrongCurveIsNotProven() throws {
    let equation = PutEquation(rate: 0.05, dividend: 0.02, volatility: 0.2)
    let boundary = try PutBoundaryRun(equation, horizon: 1, tolerance: 1e-10).boundary
    let curve = try boundary.withRootFactor()
    let right = try PutCertificate(curve)
    var changed = curve.coefficients
    changed[0] -= 1e-6
    let wrong = try PutCertificate(
      PutBoundary(equation: equation, scale: boundary.scale, coefficients: changed, hasRootFactor: true))
    let points = PutEnclosure(PutPremium(boundary, rule: DoubleExponentialRule(count: 301, reach: 3.5)), degree: 64)
    // not below what a sample already shows, before doubling
    #expect(right.below < 1e-10 && right.below >= 0.5 * points.below - 1e-15)
    #expect(wrong.below > 1e-9 && wrong.below < 1e-4)
  }

  @Test func withoutProofBoundsAreEstimates() throws {
    let problem = try PutReferences.problem([])
    let solution = try IntegralEquation(certifies: false).solve(problem, at: [[100]])
    #expect(solution.values[0].boundKind == .estimate && solution.boundary.points.allSatisfy { $0.band == nil })
    let proven = try IntegralEquation().solve(problem, at: [[100]])
    #expect(proven.values[0].boundKind == .certified)
    #expect(abs(proven.values[0].value - solution.values[0].value) < 1e-11)
  }
}
