import DepthDynamics
import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

@Suite struct StoppingLawTests {
  @Test func firstPassageOfBrownianMotionWithOrderTwo() throws {
    // to the level 0 from 1, drift -0.5: P(tau <= t) in closed form (inverse Gaussian), E tau = 2
    let flat = ScalarLoss(
      value: ScalarFunction(constant: 0), derivative: ScalarFunction(constant: 0),
      curvature: ScalarFunction(constant: 0))
    let problem = try GridProblems.brownian(drift: ScalarFunction(constant: -0.5), flat, cost: 1, horizon: 4)
    let inequality = try #require(VariationalInequality(problem))
    let boundary = HaltingBoundary(
      shape: .points, points: [], branches: [HaltingBranch(.constant(0), stopsBelow: true)], errorBound: 0,
      boundKind: .certified)
    let corridor = try #require(try Corridor(inequality, boundary, around: 1))
    func normal(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }
    func exact(_ t: Double) -> Double {
      let root = t.squareRoot()
      return normal((-1 + 0.5 * t) / root) + exp(1) * normal((-1 - 0.5 * t) / root)
    }
    let errors = try [1, 2].map { refinement -> Double in
      let march = try CorridorMarch(inequality, corridor, from: 1, until: 4, cells: 200, refinement: refinement)
      return zip(march.depths, march.stopped).dropFirst().map { abs($1 - exact($0)) }.max()!
    }
    #expect(abs(log2(errors[0] / errors[1]) - 2) < 0.2, "\(errors)")
    let solution = StoppingSolution(
      values: [], boundary: boundary, expectedDepths: [], diagnostics: .init(status: .converged, method: "test"))
    let law = try StoppingLaw(of: problem, solution, from: 1)
    for (t, p) in zip(law.depths, law.cumulative).dropFirst().dropLast() {
      #expect(abs(p - exact(t)) <= law.cumulativeErrorBound, "\(t): \(p - exact(t))")
    }
    #expect(law.cumulativeErrorBound < 1e-4 && law.cumulative.last == 1)
    // int_0^4 P(tau > t) dt
    let mean = Quadrature.gaussLegendre(from: 0, to: 4, panels: 200) { $0 == 0 ? 1 : 1 - exact($0) }
    #expect(abs(law.mean - mean) <= law.errorBound, "\(law.mean - mean), bound \(law.errorBound)")
  }

  @Test func expectedDepthsOfStationaryProblems() throws {
    for (name, x) in [("ou-contraction", 1.0), ("sequential-test", 0.5), ("sequential-test", 0.3)] {
      let entry = try ProblemCatalogue.entry(name)
      let values = try entry.resolve([])
      let problem = try entry.problem(values)
      let solution = try SmoothFit().solve(problem, at: [[x]])
      let law = try StoppingLaw(of: problem, solution, from: x)
      let exact = try #require(try entry.reference(values).expectedDepth([x]))
      #expect(abs(law.mean - exact) <= law.errorBound, "\(name): \(law.mean) \(exact), bound \(law.errorBound)")
      #expect(law.errorBound < 1e-3 * exact)
      #expect(zip(law.cumulative, law.cumulative.dropFirst()).allSatisfy { $0 <= $1 })
    }
  }

  @Test func theValueIsLossAndCostOfTheLaw() throws {
    // V(0, x) = E g(tau, X_tau) + c E tau; with g = 1 - pi-like linear arms the mean of g follows from the martingale pi:
    // symmetric test at 1/2 with a horizon: E min(pi, 1 - pi) at tau is V - c E tau, which must lie between 0 and 1/2
    let (problem, _) = try GridProblems.limited("sequential-test", horizon: 2)
    let solution = try GradedFiniteDifferences().solve(problem, at: [[0.5]])
    let law = try StoppingLaw(of: problem, solution, from: 0.5)
    #expect(law.mean > 0 && law.mean < 2 && law.depths.last == 2)
    let error = solution.values[0].value - 0.05 * law.mean
    #expect(error > 0 && error < 0.5)
    // more depth, less error
    let (longer, _) = try GridProblems.limited("sequential-test", horizon: 4)
    let other = try GradedFiniteDifferences().solve(longer, at: [[0.5]])
    let otherLaw = try StoppingLaw(of: longer, other, from: 0.5)
    #expect(other.values[0].value - 0.05 * otherLaw.mean < error && otherLaw.mean > law.mean)
  }

  @Test func statesBeyondTheGridsReachAreRefused() throws {
    let entry = try ProblemCatalogue.entry("american-put")
    let problem = try entry.problem(entry.resolve([]))
    let solution = try IntegralEquation(certifies: false).solve(problem, at: [])
    #expect(throws: StoppingError.self) { try StoppingLaw(of: problem, solution, from: 1e300) }
  }

  @Test func whereOneStopsTheDepthIsZero() throws {
    let (problem, _) = try GridProblems.limited("ou-contraction", horizon: 2)
    let solution = try GradedFiniteDifferences().solve(problem, at: [[1]])
    #expect(try StoppingLaw(of: problem, solution, from: 0.01).mean == 0)
    #expect(try StoppingLaw(of: problem, solution, from: 1).mean > 0.1)
  }
}
