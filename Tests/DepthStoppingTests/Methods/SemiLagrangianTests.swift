import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct SemiLagrangianTests {
  private static func problem(_ name: String, _ settings: [(String, Double)]) throws -> (
    StoppingProblem, ReferenceSolution
  ) {
    let entry = try ProblemCatalogue.entry(name)
    let values = try entry.resolve(settings)
    return (try entry.problem(values), try entry.reference(values))
  }

  @Test(arguments: ["flow-decay", "transport-cosine"])
  func agreesWithCharacteristicsWithinBounds(name: String) throws {
    let (problem, reference) = try Self.problem(name, [])
    let states = [[0.1], [0.7], [1.2], [6.0]]
    let grid = try SemiLagrangian().solve(problem, at: states)
    let exact = try Characteristics().solve(problem, at: states)
    for (a, b) in zip(grid.values, exact.values) {
      #expect(abs(a.value - b.value) <= a.errorBound + b.errorBound, "\(name) at \(a.at)")
      #expect(abs(a.value - reference.value(a.at)!) <= a.errorBound, "\(name) at \(a.at): \(a)")
      #expect(a.errorBound < 1e-3)
    }
    #expect(grid.boundary.points.count == exact.boundary.points.count)
    for (a, b) in zip(grid.boundary.points, exact.boundary.points) {
      #expect(
        abs(a.at[0] - b.at[0]) <= grid.boundary.errorBound + exact.boundary.errorBound, "\(name): \(a), \(b)")
    }
  }

  @Test func theOrderIsTwo() throws {
    let (problem, reference) = try Self.problem("flow-decay", [])
    let states = stride(from: 0.4, through: 1.2, by: 0.05).map { [$0] }
    let errors = try [128, 256, 512, 1024].map { cells in
      let solution = try SemiLagrangian(cells: cells).solve(problem, at: states)
      return solution.values.map { abs($0.value - reference.value($0.at)!) }.reduce(0, +)
    }
    for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(coarse / fine > 3 && coarse / fine < 5.5) }
  }

  @Test func aHorizonAgreesWithCharacteristics() throws {
    // x' = sin t, g = x^2/2, c = 0.1, two periods
    let loss = ScalarLoss(
      value: ScalarFunction { _, x in 0.5 * x * x }, derivative: ScalarFunction { _, x in x },
      curvature: ScalarFunction(constant: 1))
    let flow = ScalarDiffusion(
      drift: ScalarFunction(dependsOnDepth: true) { t, _ in sin(t) }, diffusion: ScalarFunction(constant: 0), lower: -3,
      upper: 3)
    let problem = try StoppingProblem(
      name: "flow", dynamics: .diffusion(flow, loss), cost: .constant(0.1), horizon: 6)
    let query = StoppingQuery(points: [[-2], [-1], [0.5], [2]], depths: [0, 1.3, 4])
    let (a, b) = (try SemiLagrangian().solve(problem, query), try Characteristics().solve(problem, query))
    for (x, y) in zip(a.values, b.values) {
      #expect(abs(x.value - y.value) <= x.errorBound + y.errorBound, "\(x) \(y)")
    }
    for depth in query.depths {
      let (p, q) = (a.boundary.states(at: depth), b.boundary.states(at: depth))
      #expect(p.count == q.count, "depth \(depth): \(p), \(q)")
      for (x, y) in zip(p, q) { #expect(abs(x - y) <= a.boundary.errorBound + b.boundary.errorBound) }
    }
  }
}
