import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// The put's boundary and value against references, and what the solution says of its own errors.
@Suite struct IntegralEquationTests {
  @Test(arguments: PutReferences.cases)
  func referenceRows(row: PutReferences.Case) throws {
    let problem = try PutReferences.problem(row.settings)
    let depths = row.boundary.map { row.maturity - $0.0 }
    let solution = try IntegralEquation().solve(problem, StoppingQuery(points: row.values.map { [$0.0] }))
    for (value, reference) in zip(solution.values, row.values) {
      let error = abs(value.value - reference.1)
      #expect(error <= 2e-13 * max(row.strike, 10), "\(row.testDescription) at \(value.at): \(error)")
      #expect(error <= value.errorBound + 1e-13 * row.strike)
      #expect(value.errorBound <= 1e-10 * row.strike)
    }
    let boundary = try IntegralEquation().solve(problem, StoppingQuery(depths: depths)).boundary
    for (point, reference) in zip(boundary.points, row.boundary) {
      #expect(abs(point.at[0] - reference.1) <= 1e-9 * row.strike, "\(row.testDescription) \(reference)")
      #expect(abs(point.at[0] - reference.1) <= boundary.errorBound + 1e-11)
    }
    #expect(boundary.errorBound <= 1e-6 * row.strike)
    print("\(row.testDescription): bound \(solution.values[0].errorBound / row.strike) error \(abs(solution.values[0].value - row.values[0].1) / row.strike) b \(boundary.errorBound) it \(solution.diagnostics.iterations) ev \(solution.diagnostics.evaluations) s \(solution.diagnostics.seconds)")
  }
}
