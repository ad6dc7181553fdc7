import Foundation
import Testing

@testable import DepthStopping

@Suite struct CostCurveTests {
  @Test func warmStartsChangeNothingButTheRounds() throws {
    let entry = try ProblemCatalogue.entry("ou-contraction")
    let problem = try entry.problem(entry.resolve([("a", 1), ("s", 0.5), ("c", 0.1)]))
    let method = try BlockwiseBellman(blockSize: 0.05)
    let costs = (0..<6).map { 0.05 * pow(1.2, Double($0)) }
    let query = StoppingQuery(points: [[1]])
    let curve = try CostCurve(costs: costs, of: problem, query: query, method: method)
    let table = curve.table()
    #expect(table.columnNames.prefix(2) == ["running_cost", "boundary_0"])
    for point in curve.points {
      let cold = try method.solve(problem.replacing(runningCost: point.runningCost), query)
      let (a, b) = (point.solution, cold)
      #expect(abs(a.boundary.radius! - b.boundary.radius!) <= a.boundary.errorBound + b.boundary.errorBound)
      #expect(abs(a.values[0].value - b.values[0].value) <= 1e-12)
      #expect(a.diagnostics.iterations <= b.diagnostics.iterations)
    }
    // dearer depth: stop earlier, pay more
    let radii = curve.points.map { $0.solution.boundary.radius! }
    #expect(zip(radii, radii.dropFirst()).allSatisfy { $0 < $1 })
    let values = curve.points.map { $0.solution.values[0].value }
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func anyMethodMayBeRepeated() throws {
    let entry = try ProblemCatalogue.entry("ou-contraction")
    let problem = try entry.problem(entry.resolve([("c", 0.1)]))
    let curve = try CostCurve(costs: [0.1, 0.2], of: problem, query: StoppingQuery(points: [[1]]), method: SmoothFit())
    for point in curve.points {
      let reference = try entry.reference(entry.resolve([("c", point.runningCost)]))
      #expect(abs(point.solution.boundary.radius! - reference.boundary[0]) < 1e-10)
    }
    #expect(throws: (any Error).self) {
      try CostCurve(costs: [-1], of: problem, query: StoppingQuery(), method: SmoothFit())
    }
  }
}
