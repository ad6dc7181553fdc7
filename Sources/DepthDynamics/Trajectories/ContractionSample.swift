import DepthNumerics
public import DepthRuns

/// `mu_2(J)` at states of one trajectory: a lower bound of its supremum over any region that holds them.
public struct ContractionSample: Equatable, Sendable {
  public let depths: [Double]
  /// `mu_2(J(t, h(t)))`.
  public let values: [Double]
  /// The largest `||h(t)||_2`: the radius of the ball that the trajectory fills.
  public let largestNorm: Double

  /// - Parameter points: equally spaced depths, both ends included.
  /// - Throws: as the integrator.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, points: Int, integrator: some Integrator
  ) throws {
    let d = problem.field.dimension
    let depths = try problem.depths(points: points)
    let trajectory = try integrator.integrate(problem, saving: depths, until: nil)
    var jacobian = [Double](repeating: 0, count: d * d)
    var (values, reach) = ([Double](), 0.0)
    for row in depths.indices {
      let state = trajectory.state(row)
      problem.field.jacobian(depth: depths[row], state: state, into: &jacobian)
      values.append(LogarithmicNorm.two.value(jacobian, count: d))
      reach = max(reach, BLAS.norm(d, state))
    }
    self.depths = depths
    self.values = values
    largestNorm = reach
  }

  /// What the sample alone supports.
  public var certificate: ContractionCertificate {
    ContractionCertificate(
      kind: .sampled, region: "one trajectory", logarithmicNorm: values.max() ?? .nan,
      argument: "largest mu_2 at \(values.count) states of one trajectory")
  }

  /// Columns `depth`, `logarithmic_norm_two`.
  public var table: Table {
    var table = Table(name: "contraction-profile")
    table.add("depth", depths)
    table.add("logarithmic_norm_two", values)
    return table
  }
}
