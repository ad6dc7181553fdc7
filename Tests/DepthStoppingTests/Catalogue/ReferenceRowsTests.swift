import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Rows of the collected reference values that no other test has, by the method that `auto` takes.
@Suite struct ReferenceRowsTests {
  private struct Row {
    let name: String
    let settings: [(String, Double)]
    /// A state, with V there.
    var value: (at: [Double], exact: Double)?
    var depth: Double?
    /// Of the boundary, ascending; a radius.
    var boundary: [Double] = []
    var factor = 1.0
  }

  // digits as collected: computed independently with twenty of them
  private static let rows: [Row] = [
    Row(
      name: "american-put", settings: [("strike", 100), ("rate", 0.05), ("volatility", 0.2), ("maturity", .infinity)],
      value: ([100], 12.320032867762632325), boundary: [71.428571428571428571]),
    Row(
      name: "american-put", settings: [("strike", 1), ("rate", 0.1), ("volatility", 0.3), ("maturity", .infinity)],
      value: ([0.9], 0.17176404670103814221), boundary: [0.68965517241379310345]),
    Row(
      name: "american-put", settings: [("strike", 1), ("rate", 0.1), ("volatility", 0.3), ("maturity", .infinity)],
      value: ([1], 0.13590922970404869265)),
    Row(
      name: "american-put", settings: [("strike", 1), ("rate", 0.1), ("volatility", 0.3), ("maturity", .infinity)],
      value: ([1.1], 0.10996771631759685147)),
    Row(
      name: "american-put", settings: [("strike", 1), ("rate", 0.1), ("volatility", 0.3), ("maturity", .infinity)],
      value: ([1.5], 0.055199487051026137613)),
    Row(
      name: "sequential-test", settings: [("rho", 1), ("w", 10), ("c", 1)], value: ([0.5], 3.5979665119607083027),
      boundary: [0.24527559187676925655, 0.75472440812323074345]),
    Row(
      name: "sequential-test", settings: [("rho", 1), ("w1", 25), ("w0", 10), ("c", 1)],
      value: ([2.0 / 7], 4.4951074470659243758), boundary: [0.091281425486971428122, 0.67461122184908409834]),
    Row(
      name: "sequential-test", settings: [("rho", 1), ("w1", 25), ("w0", 10), ("c", 1)],
      value: ([0.5], 4.4444180065693587993)),
    // g = |X|^2/2 at cost c is half the catalogue's at 2c
    Row(
      name: "ou-contraction", settings: [("a", 1), ("s", 1), ("c", 2)], value: ([1], 0.48065328316819013896),
      boundary: [0.84188221639234161263], factor: 0.5),
    Row(
      name: "ou-contraction", settings: [("a", 1), ("s", 1), ("c", 2)], value: ([2], 1.0622004649782121461), factor: 0.5
    ),
    Row(
      name: "ou-contraction", settings: [("a", 2), ("s", 1), ("c", 0.6)], value: ([1], 0.16645974506419067058),
      boundary: [0.25967960867150946774], factor: 0.5),
    Row(
      name: "ou-contraction", settings: [("a", 2), ("s", 1), ("c", 0.6)], value: ([2], 0.26021881025417886765),
      factor: 0.5),
    Row(
      name: "ou-contraction", settings: [("a", 1), ("s", 1), ("c", 2), ("dimension", 2)],
      value: ([2, 0], 1.1931471805599453094), boundary: [1], factor: 0.5),
    Row(
      name: "ou-contraction", settings: [("a", 1), ("s", 1), ("c", 2), ("dimension", 3)],
      value: ([2, 0, 0], 1.3214383909764908055), boundary: [1.1419259255232126164], factor: 0.5),
    Row(
      name: "flow-decay", settings: [("a", 1), ("c", 0.1)], value: ([2], 0.23444397270569681514),
      depth: 1.8444397270569681514, boundary: [-0.3162277660168379332, 0.3162277660168379332]),
    Row(
      name: "anisotropic-decay", settings: [("a1", 1), ("a2", 3), ("c", 0.2)], value: ([1, 1], 0.26438913541672372852),
      depth: 0.85205572264217678551),
    Row(name: "transport-cosine", settings: [("c", 0.5)], value: ([0], 0.44297153521130853593)),
    Row(name: "transport-cosine", settings: [("c", 0.5)], value: ([6], 0.58456418880110177439)),
    Row(
      name: "brownian-radial", settings: [("dimension", 1), ("c", 0.5)], value: ([0], 0.5), boundary: [1]),
    Row(
      name: "brownian-radial", settings: [("dimension", 2), ("c", 1)], value: ([0, 0], 0.5), boundary: [1]),
    Row(
      name: "brownian-radial", settings: [("dimension", 5), ("c", 0.5)], value: ([0, 0, 0, 0, 0], 2.5), boundary: [5]),
    // gains A (1 - rho) rho^k
    Row(
      name: "geometric-returns", settings: [("A", 0.01), ("rho", 0.99), ("c", 1e-4)],
      value: ([0], 0.055820974201040626041), depth: 459, boundary: [459]),
  ]

  @Test(arguments: rows.indices) func theRowIsReproduced(index: Int) throws {
    let row = Self.rows[index]
    let entry = try ProblemCatalogue.entry(row.name)
    let problem = try entry.problem(entry.resolve(row.settings))
    let method = try MethodCatalogue.choose("auto", for: problem, blockSize: nil).method
    let solution = try method.solve(problem, at: row.value.map { [$0.at] } ?? [])
    if let (_, exact) = row.value {
      let value = solution.values[0]
      let found = row.factor * value.value
      // parameters such as 0.05 are rounded: a few units in the last place
      #expect(abs(found - exact) <= row.factor * value.errorBound + 1e-14 * exact, "\(row.name): \(found)")
      #expect(abs(found - exact) <= 1e-11 * exact, "\(row.name): \(found)")
    }
    if let depth = row.depth {
      let stated = solution.expectedDepths[0]
      #expect(stated.lower * (1 - 1e-15) <= depth && depth <= stated.upper * (1 + 1e-15), "\(row.name)")
    }
    let found = solution.boundary.radius.map { [$0] } ?? solution.boundary.points.map { $0.at[0] }
    for (b, exact) in zip(found, row.boundary) {
      #expect(abs(b - exact) <= solution.boundary.errorBound + 1e-14 * abs(exact), "\(row.name): \(b)")
      #expect(abs(b - exact) <= 1e-11 * abs(exact), "\(row.name): \(b)")
    }
    #expect(row.boundary.isEmpty || found.count == row.boundary.count)
  }
}
