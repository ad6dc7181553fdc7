import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// The put's boundary and value against references, limits and symmetries.
@Suite struct IntegralEquationTests {
  @Test(arguments: PutReferences.cases)
  func referenceRows(row: PutReferences.Case) throws {
    let problem = try PutReferences.problem(row.settings)
    let solution = try IntegralEquation().solve(problem, StoppingQuery(points: row.values.map { [$0.0] }))
    #expect(solution.diagnostics.status == .converged && solution.warnings.isEmpty)
    for (value, reference) in zip(solution.values, row.values) {
      let error = abs(value.value - reference.1)
      #expect(error <= 1e-13 + 3e-15 * row.strike, "\(row.testDescription) at \(value.at): \(error)")
      #expect(error <= value.errorBound + 1e-13, "\(row.testDescription): bound \(value.errorBound), error \(error)")
      #expect(value.errorBound <= 1e-10 * row.strike)
    }
    let depths = row.boundary.map { row.maturity - $0.0 }
    let boundary = try IntegralEquation().solve(problem, StoppingQuery(depths: depths)).boundary
    for (point, reference) in zip(boundary.points, row.boundary) {
      #expect(abs(point.at[0] - reference.1) <= 2e-11 * row.strike, "\(row.testDescription) \(reference)")
      #expect(abs(point.at[0] - reference.1) <= boundary.errorBound + 1e-11)
    }
    #expect(boundary.errorBound <= 1e-10 * row.strike)
  }

  @Test func timeMovesWithTheDepth() throws {
    let long = try PutReferences.problem([("T", 3)])
    let short = try PutReferences.problem([("T", 0.5)])
    let states = [[85.0], [100], [130], [10]]
    let solution = try IntegralEquation().solve(long, StoppingQuery(points: states, depths: [2.5, 0, 3]))
    let other = try IntegralEquation().solve(short, at: states)
    for (a, b) in zip(solution.values.prefix(4), other.values) {
      #expect(a.depth == 2.5 && abs(a.value - b.value) <= a.errorBound + b.errorBound)
      #expect(abs(a.value - b.value) <= 1e-12 * 100)
    }
    #expect(solution.values[4].value > solution.values[0].value)
    #expect(solution.values.allSatisfy { $0.value >= $0.stoppingLoss })
    #expect(solution.values[8].value == 15 && solution.values[8].errorBound == 0)
    #expect(solution.values[3].value == 90)
    #expect(solution.boundary.points.map(\.depth) == [2.5, 0, 3])
    #expect(abs(solution.boundary.points[0].at[0] - other.boundary.states(at: 0)[0]) <= 1e-8)
    #expect(abs(solution.boundary.points[2].at[0] - 100) <= 1e-12)
  }

  @Test func nearMaturity() throws {
    // B(T) = min(K, K r/q)
    for (dividend, limit) in [(0.0, 100.0), (0.05, 100), (0.08, 62.5)] {
      let problem = try PutReferences.problem([("q", dividend)])
      let branch = try IntegralEquation().solve(problem, StoppingQuery()).boundary.branches[0]
      #expect(branch.stopsBelow && abs(branch.state(at: 1)! - limit) < 1e-10)
    }
    // q > r: -ln(B/(K r/q)) / (sigma sqrt tau) -> 0.6388 (Evans, Kuske and Keller, Math. Finance 12 (2002) 219)
    let equation = PutEquation(rate: 0.03, dividend: 0.07, volatility: 0.3)
    let run = try PutBoundaryRun(equation, horizon: 1, tolerance: 1e-10)
    for tau in [1e-6, 1e-5, 1e-4] {
      let ratio = -log(run.boundary.state(tau) / equation.limit) / (0.3 * tau.squareRoot())
      #expect(abs(ratio - 0.6388) < 1e-4 + 2 * tau.squareRoot(), "\(tau): \(ratio)")
    }
    // q < r: 1 - B/K ~ sigma sqrt(tau ln(sigma^2 / (8 pi (r - q)^2 tau))), the same paper; corrections fall like 1/ln
    let lower = PutEquation(rate: 0.06, dividend: 0.01, volatility: 0.3)
    let boundary = try PutBoundaryRun(lower, horizon: 1, tolerance: 1e-10).boundary
    var deviations: [Double] = []
    for tau in [1e-4, 1e-6, 1e-8] {
      let leading = 0.3 * (tau * log(0.09 / (8 * .pi * 0.0025 * tau))).squareRoot()
      deviations.append(abs(-log(boundary.state(tau)) / leading - 1))
    }
    #expect(deviations[0] < 0.1 && deviations[1] < deviations[0] && deviations[2] < deviations[1], "\(deviations)")
  }

  @Test func perpetualLimit() throws {
    let equation = PutEquation(rate: 0.2, dividend: 0.05, volatility: 0.2)
    let run = try PutBoundaryRun(equation, horizon: 200, tolerance: 1e-10)
    #expect(abs(run.boundary.state(200) - equation.perpetualBoundary) < 1e-10)
    let exact = (1 - equation.perpetualBoundary) * pow(1.1 / equation.perpetualBoundary, -equation.perpetualExponent)
    #expect(abs(run.premium.value(1.1, 200).value - exact) < 1e-12)
  }

  @Test(arguments: [(0.05, 0.02), (0.02, 0.05), (0.04, 0.04), (0.0, 0.03)])
  func callIsThePutWithEverythingExchanged(rate: Double, dividend: Double) throws {
    let call = try VanillaProblems.call(strike: 100, rate: rate, dividend: dividend, volatility: 0.3, maturity: 2)
    let states = [60.0, 90, 100, 120, 400]
    let solution = try IntegralEquation().solve(call, at: states.map { [$0] })
    let branch = solution.boundary.branches[0]
    #expect(!branch.stopsBelow)
    for (state, value) in zip(states, solution.values) {
      let mirror = try PutReferences.problem([
        ("K", state), ("r", dividend), ("q", rate), ("sigma", 0.3), ("T", 2),
      ])
      let put = try IntegralEquation().solve(mirror, at: [[100]])
      #expect(abs(value.value - put.values[0].value) <= 1e-12)
      // C - C_European >= 0, and V = g beyond the boundary
      #expect(value.value >= value.stoppingLoss)
      #expect((state >= branch.state(at: 0)!) == (value.value == state - 100))
    }
    let put = try PutReferences.problem([("r", dividend), ("q", rate), ("sigma", 0.3), ("T", 2)])
    let other = try IntegralEquation().solve(put, StoppingQuery()).boundary.branches[0]
    for depth in [0, 1, 1.9, 2] {
      #expect(abs(branch.state(at: depth)! * other.state(at: depth)! - 1e4) < 1e-8)
    }
  }

  @Test func withoutInterestNothingIsStoppedEarly() throws {
    for dividend in [0, 0.04] {
      let problem = try PutReferences.problem([("r", 0), ("q", dividend), ("T", 2)])
      let entry = try ProblemCatalogue.entry("american-put")
      let reference = try entry.reference(entry.resolve([("r", 0), ("q", dividend), ("T", 2)]))
      let solution = try IntegralEquation().solve(problem, StoppingQuery(points: [[80], [100]], depths: [0, 2]))
      #expect(solution.boundary.branches.isEmpty && solution.boundary.points.isEmpty)
      #expect(solution.warnings.first?.contains("no boundary") == true)
      #expect(abs(solution.values[1].value - reference.value([100])!) < 1e-12)
      #expect(solution.values[2].value == 20 && solution.values[3].value == 0)
    }
    let call = try VanillaProblems.call(strike: 1, rate: 0.05, dividend: 0, volatility: 0.2, maturity: 1)
    // Black and Scholes with 16 digits
    #expect(abs(try IntegralEquation().solve(call, at: [[1]]).values[0].value - 0.1045058357218556) < 1e-15)
  }

  @Test func whatItDoesNotTreatIsSaid() throws {
    let growing = try VanillaProblems.call(strike: 1, rate: 0.01, dividend: -0.02, volatility: 0.2, maturity: 1)
    #expect(IntegralEquation().objection(to: growing)?.contains("negative dividend") == true)
    #expect(throws: StoppingError.self) { try IntegralEquation().solve(growing, at: [[1]]) }
    let other = try VanillaProblems.option(
      VanillaProblems.piecewise(kink: 1, { $0 < 1 ? 1 - 0.5 * $0 : 0 }), rate: 0.05, dividend: 0, volatility: 0.2,
      maturity: 1)
    #expect(IntegralEquation().objection(to: other)?.contains("neither") == true)
    let entry = try ProblemCatalogue.entry("ou-contraction")
    #expect(IntegralEquation().objection(to: try entry.problem(entry.resolve([]))) != nil)
    let put = try PutReferences.problem([])
    #expect(try MethodCatalogue.choose("auto", for: put, blockSize: nil).method.name == "integral-equation")
    #expect(throws: InputError.self) { try IntegralEquation().solve(put, at: [[-1]]) }
    #expect(throws: InputError.self) { try IntegralEquation().solve(put, StoppingQuery(depths: [1.5])) }
  }
}
