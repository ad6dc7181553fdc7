public import DepthNumerics
public import DepthRuns
import Foundation

/// Logarithmic norms along a trajectory and the Gronwall bound they give, held against a second trajectory.
///
/// `||delta(t)||_p <= ||delta(0)||_p exp(int_0^t mu_p)`, with mu_p of the Jacobian averaged between the two trajectories: a
/// theorem for separations of any size, so a violation is an error of the computation.
public struct LogarithmicNormProfile: Equatable, Sendable {
  /// One norm's columns.
  public struct Column: Equatable, Sendable {
    public let norm: LogarithmicNorm
    /// `mu_p(J(t, h(t)))` on the first trajectory.
    public let values: [Double]
    /// `int_0^t mu_p` of the averaged Jacobian.
    public let integrals: [Double]
    /// `||delta(t)||_p`.
    public let separations: [Double]
    /// `||delta(0)||_p exp(integral)`.
    public var bounds: [Double] { integrals.map { separations[0] * exp($0) } }
    /// The largest separation over its bound after the start; at most 1 up to the integrator's error.
    public var worstRatio: Double { zip(separations, bounds).dropFirst().map { $0 / $1 }.max() ?? .nan }
    public var supremum: Double { values.max() ?? .nan }
  }

  public let depths: [Double]
  /// `one`, `two`, `infinity`.
  public let columns: [Column]

  /// - Parameters:
  ///   - displacement: `delta(0)`, not zero.
  ///   - points: equally spaced depths at which values are kept.
  /// - Throws: `InputError.usage` for a displacement of the wrong length or zero; as the integrator.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, displacement: [Double], points: Int, integrator: some Integrator
  ) throws {
    let d = problem.field.dimension
    guard displacement.count == d, displacement.contains(where: { $0 != 0 }) else {
      throw InputError.usage("the displacement has \(displacement.count) entries; allowed: \(d), not all zero")
    }
    let depths = try problem.depths(points: points)
    let doubled = try InitialValueProblem(
      field: SeparationField(of: problem.field),
      initialState: problem.initialState + displacement + LogarithmicNorm.allCases.map { _ in 0 },
      start: problem.start, end: problem.end)
    let trajectory = try integrator.integrate(extended: doubled, saving: depths)
    let rows = depths.indices.map { trajectory.state($0) }
    var jacobian = [Double](repeating: 0, count: d * d)
    let jacobians = depths.indices.map { row -> [Double] in
      problem.field.jacobian(depth: depths[row], state: rows[row], into: &jacobian)
      return jacobian
    }
    self.depths = depths
    columns = LogarithmicNorm.allCases.enumerated().map { index, norm in
      Column(
        norm: norm, values: jacobians.map { norm.value($0, count: d) }, integrals: rows.map { $0[2 * d + index] },
        separations: rows.map { norm.norm(Array($0[d..<(2 * d)]), count: d) })
    }
  }

  public subscript(norm: LogarithmicNorm) -> Column {
    guard let column = columns.first(where: { $0.norm == norm }) else { preconditionFailure("no column \(norm)") }
    return column
  }

  /// Columns `depth`, then for each p of one, two, infinity: `logarithmic_norm_p`, `separation_p`, `gronwall_bound_p`.
  public var table: Table {
    var table = Table(name: "logarithmic-norm")
    table.add("depth", depths)
    for column in columns {
      table.add("logarithmic_norm_\(column.norm.rawValue)", column.values)
      table.add("separation_\(column.norm.rawValue)", column.separations)
      table.add("gronwall_bound_\(column.norm.rawValue)", column.bounds)
    }
    return table
  }
}
