import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation

/// Methods against the catalogue's closed forms on random parameters: errors, and whether the stated bounds contain them.
public enum ClosedFormExperiment {
  /// Table `closed-forms`: per problem the draws, the largest relative error of boundary and value, the share of errors within
  /// the stated bound plus the formula's own accuracy. Tables `sequential-test-value` and `-boundary` for the figure.
  public static func run(draws: Int, seed: UInt64) throws -> ExperimentOutcome {
    let (tables, seconds) = try timed { () -> [Table] in
      let checks: [(String, [String], any BoundaryMethod)] = [
        ("ou-contraction", ["a", "s", "c"], SmoothFit()), ("sequential-test", ["rho", "w", "c"], SmoothFit()),
        ("flow-decay", ["a", "c"], try Characteristics()),
      ]
      let rows = try checks.enumerated().map { index, check in
        try Row(check.0, check.1, check.2, draws: draws, seed: seed + UInt64(index))
      }
      var table = Table(name: "closed-forms")
      table.add("problem", rows.map(\.problem))
      table.add("method", rows.map(\.method))
      table.add("draws", rows.map { _ in draws })
      table.add("boundary_error", rows.map(\.boundaryError))
      table.add("value_error", rows.map(\.valueError))
      table.add("within_bound", rows.map(\.withinBound))
      return [table, try tightness(draws: draws, seed: seed + 17)] + (try regions())
    }
    return ExperimentOutcome(tables: tables, findings: [:], seconds: seconds)
  }

  private struct Row {
    let problem: String
    let method: String
    var boundaryError = 0.0
    var valueError = 0.0
    var withinBound = 0.0

    init(_ name: String, _ parameters: [String], _ method: any BoundaryMethod, draws: Int, seed: UInt64) throws {
      problem = name
      self.method = method.name
      let entry = try ProblemCatalogue.entry(name)
      var stream = RandomStream(seed: seed)
      var (inside, checked) = (0, 0)
      for _ in 0..<draws {
        let settings = zip(parameters, stream.uniforms(parameters.count)).map { ($0, 0.1 * pow(100, $1)) }
        let values = try entry.resolve(settings)
        let reference = try entry.reference(values)
        let point = name == "sequential-test" ? [0.5] : [2 * reference.boundary[reference.boundary.count - 1]]
        let solution = try method.solve(entry.problem(values), at: [point])
        let found = solution.boundary.radius.map { [$0] } ?? solution.boundary.points.map { $0.at[0] }
        for (b, exact) in zip(found, reference.boundary) {
          boundaryError = max(boundaryError, abs(b / exact - 1))
          checked += 1
          if abs(b - exact) <= solution.boundary.errorBound + reference.accuracy * abs(exact) { inside += 1 }
        }
        guard let exact = reference.value(point) else { continue }
        let error = abs(solution.values[0].value - exact)
        valueError = max(valueError, error / abs(exact))
        checked += 1
        if error <= solution.values[0].errorBound + reference.accuracy * abs(exact) { inside += 1 }
      }
      withinBound = Double(inside) / Double(checked)
    }
  }

  /// T2 on `geometric-returns`: how often tau* = K(c), on random parameters and on exact dyadic ties.
  private static func tightness(draws: Int, seed: UInt64) throws -> Table {
    let entry = try ProblemCatalogue.entry("geometric-returns")
    func isTight(_ a: Double, _ rho: Double, _ c: Double) throws -> Bool {
      let values = try entry.resolve([("A", a), ("rho", rho), ("c", c)])
      let tau = try BellmanRecursion().solve(entry.problem(values), at: []).boundary.points[0].at[0]
      return try entry.reference(values).boundary[0] == tau
    }
    var stream = RandomStream(seed: seed)
    let random = try (0..<draws).filter { _ in
      let u = stream.uniforms(3)
      return try isTight(0.1 * pow(100, u[0]), 0.05 + 0.94 * u[1], 1e-4 * pow(1000, u[2]))
    }.count
    let ties = try (0...20).filter { try isTight(8, 0.5, pow(2, Double(3 - $0))) }.count
    var table = Table(name: "tightness")
    table.add("parameters", ["random", "dyadic ties"])
    table.add("draws", [draws, 21])
    table.add("tight", [random, ties])
    return table
  }

  private static func regions() throws -> [Table] {
    let entry = try ProblemCatalogue.entry("sequential-test")
    let problem = try entry.problem(entry.resolve([]))
    let states = (1...199).map { [Double($0) / 200] }
    let solution = try SmoothFit().solve(problem, at: states)
    return [
      solution.valueTable(name: "sequential-test-value"), solution.boundary.table(name: "sequential-test-boundary"),
    ]
  }
}
