import Foundation

/// How value and boundary change with one parameter: `dV/dp`, `db/dp`, by central differences of the solved problem, extrapolated
/// twice.
///
/// `D(h) = (q(p + h) - q(p - h)) / 2h` at h, h/2 and h/4; Romberg's scheme makes it sixth order. The error bound is the change
/// that the last extrapolation made, plus what the solutions' own errors come to when divided by the step. Six solves a
/// parameter. At the edge of what a parameter may be, forward differences of fourth order.
/// Not supported: parameters that are whole numbers or not finite, and steps across which the topology changes.
public struct ProblemSensitivity: Equatable, Sendable {
  public let parameter: String
  public let parameterValue: Double
  /// dV/dp, one for each value of the solution.
  public let values: [Derivative]
  /// db/dp, one for each scalar state of the boundary (or the radius); empty where the boundary's points do not correspond.
  public let boundary: [Derivative]

  public struct Derivative: Equatable, Sendable {
    public let value: Double
    public let errorBound: Double
  }

  /// - Parameters:
  ///   - step: h relative to |p| (absolute where p = 0).
  ///   - make: the problem with the parameter set to a value.
  /// - Throws: what making or solving the changed problems throws.
  public static func measure(
    _ parameter: String, at value: Double, step: Double = 0.02, query: StoppingQuery, method: some BoundaryMethod,
    make: (Double) throws -> StoppingProblem
  ) throws -> ProblemSensitivity {
    let h = value == 0 ? step : step * abs(value)
    // a parameter at the edge of what is allowed is changed to one side alone
    let isInner = (try? make(value - h)) != nil
    let shifts = isInner ? [-h, -h / 2, -h / 4, h / 4, h / 2, h] : [0, h / 8, h / 4, h / 2, h]
    let outcomes = try shifts.map { Outcome(try method.solve(make(value + $0), query)) }
    func derivatives(_ pick: (Outcome) -> [Double], _ error: (Outcome) -> [Double]) -> [Derivative] {
      let rows = outcomes.map(pick)
      guard rows.allSatisfy({ $0.count == rows[0].count }) else { return [] }
      return rows[0].indices.map { i in
        let found = isInner ? Self.romberg(shifts, rows.map { $0[i] }) : Self.oneSided(shifts, rows.map { $0[i] })
        let solver = outcomes.map { error($0)[i] }.max() ?? 0
        return Derivative(value: found.value, errorBound: found.change + (isInner ? 8 : 64) * solver / h)
      }
    }
    return ProblemSensitivity(
      parameter: parameter, parameterValue: value, values: derivatives(\.values, \.valueErrors),
      boundary: derivatives(\.boundary, \.boundaryErrors))
  }

  /// Central differences, sixth order; `change` is what the last extrapolation did.
  private static func romberg(_ shifts: [Double], _ values: [Double]) -> (value: Double, change: Double) {
    func difference(_ level: Int) -> Double {
      let change = values[5 - level] - values[level]
      return change / (2 * shifts[5 - level])
    }
    let (wide, middle, narrow) = (difference(0), difference(1), difference(2))
    let once = ((4 * middle - wide) / 3, (4 * narrow - middle) / 3)
    let twice = (16 * once.1 - once.0) / 15
    return (twice, abs(twice - once.1))
  }

  /// Forward differences at h/8, h/4, h/2, h: fourth order.
  private static func oneSided(_ shifts: [Double], _ values: [Double]) -> (value: Double, change: Double) {
    var table = (1..<5).map { (values[$0] - values[0]) / shifts[$0] }
    var (before, factor) = (table[0], 2.0)
    while table.count > 1 {
      before = table[0]
      table = (1..<table.count).map { k in
        let gain = factor * table[k - 1] - table[k]
        return gain / (factor - 1)
      }
      factor *= 2
    }
    return (table[0], abs(table[0] - before))
  }

  private struct Outcome {
    let values: [Double]
    let valueErrors: [Double]
    let boundary: [Double]
    let boundaryErrors: [Double]

    init(_ solution: StoppingSolution) {
      values = solution.values.map(\.value)
      valueErrors = solution.values.map(\.errorBound)
      boundary = solution.boundary.radius.map { [$0] } ?? solution.boundary.points.flatMap(\.at)
      boundaryErrors = boundary.map { _ in solution.boundary.errorBound }
    }
  }
}
