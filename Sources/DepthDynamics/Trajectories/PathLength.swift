import DepthNumerics
public import DepthRuns

/// How far a state travels against how far it gets: `int_0^t ||f|| ds` and `||h(t) - h(0)||_2` along depth.
///
/// The ratio is at least 1, and 1 exactly for a straight path in one direction.
public struct PathLength: Equatable, Sendable {
  public let depths: [Double]
  /// `int_0^t ||f||_2 ds`.
  public let lengths: [Double]
  /// `||h(t) - h(0)||_2`.
  public let displacements: [Double]

  /// - Parameter depths: ascending, in the problem's interval.
  /// - Throws: as the integrator.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, at depths: [Double], integrator: some Integrator
  ) throws {
    let d = problem.field.dimension
    let augmented = try InitialValueProblem(
      field: PathLengthField(of: problem.field), initialState: problem.initialState + [0], start: problem.start,
      end: problem.end)
    let trajectory = try integrator.integrate(extended: augmented, saving: depths)
    self.depths = trajectory.depths
    lengths = depths.indices.map { trajectory.states[$0 * (d + 1) + d] }
    displacements = depths.indices.map { row in
      BLAS.norm(d, (0..<d).map { trajectory.states[row * (d + 1) + $0] - problem.initialState[$0] })
    }
  }

  /// Length over displacement; NaN (an empty cell) where the state has not moved or is back.
  public var ratios: [Double] { zip(lengths, displacements).map { $1 > 0 ? $0 / $1 : .nan } }

  /// Columns `depth`, `path_length`, `displacement`, `path_ratio`.
  public var table: Table {
    var table = Table(name: "path-length")
    table.add("depth", depths)
    table.add("path_length", lengths)
    table.add("displacement", displacements)
    table.add("path_ratio", ratios)
    return table
  }
}
