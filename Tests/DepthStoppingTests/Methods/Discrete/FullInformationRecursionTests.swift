import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

@Suite struct FullInformationRecursionTests {
  private static func solve(_ n: Int, at points: [[Double]] = [[0]]) throws -> StoppingSolution {
    let entry = try ProblemCatalogue.entry("full-information-secretary")
    return try BellmanRecursion().solve(entry.problem(entry.resolve([("n", Double(n))])), at: points)
  }

  // Gilbert and Mosteller (1966), tables 7 and 8
  @Test(arguments: [(1, 1), (2, 0.75), (3, 0.684293), (4, 0.655396), (5, 0.639194), (10, 0.608699)])
  func chancesMatchTheTable(candidates: Int, chance: Double) throws {
    let solution = try Self.solve(candidates)
    #expect(abs(solution.values[0].value - chance) < 1e-6)
    let thresholds = [0, 0.5, 0.6899, 0.7758]
    for (point, exact) in zip(solution.boundary.points.reversed(), thresholds) {
      #expect(abs(point.at[0] - exact) < 1e-4)
    }
  }

  /// reference_values: `full_info_secretary_limit`, `e^-c + (e^c - c - 1) E_1(c)`; P_n = P + a/n + ...
  @Test func theLimitIsReached() throws {
    var table = try [60, 120, 240, 480, 960].map { try Self.solve($0).values[0].value }
    for level in 1..<table.count {
      let power = pow(2, Double(level))
      table = zip(table, table.dropFirst()).map { ($1 * power - $0) / (power - 1) }
    }
    #expect(abs(table[0] - 0.58016422392085534643) < 1e-10, "\(table[0])")
  }

  /// Bellman's equation `v_m(x) = x v_{m-1}(x) + int_x^1 max(y^(m-1), v_{m-1}(y)) dy` on panels split at the thresholds.
  @Test func bellmansEquationHolds() throws {
    let n = 7
    let thresholds = FullInformationRecursion.thresholds(n)
    let states = [0, 0.2, 0.55, 0.7, 0.85]
    func going(_ m: Int, _ x: Double) throws -> Double {
      if m == 0 { return 0 }
      return try Self.problem(m, x)
    }
    for m in 1...n {
      for x in states where x < thresholds[m] {
        let edges = ([x] + thresholds.filter { $0 > x } + [1]).sorted()
        var sum = try x * going(m - 1, x)
        for (a, b) in zip(edges, edges.dropFirst()) where b > a {
          sum += Quadrature.gaussLegendre(from: a, to: b, panels: 1) { y in
            max(pow(y, Double(m - 1)), (try? going(m - 1, y)) ?? .nan)
          }
        }
        #expect(abs(try going(m, x) - sum) < 1e-13, "m \(m) x \(x)")
      }
    }
  }

  /// v_m(x), also where one would stop at x: from the sum itself.
  private static func problem(_ m: Int, _ x: Double) throws -> Double {
    let entry = try ProblemCatalogue.entry("full-information-secretary")
    let recursion = try FullInformationRecursion(entry.problem(entry.resolve([("n", Double(m))])))
    return recursion.goingOn(from: x, left: m, FullInformationRecursion.thresholds(m)).value
  }
}
