/// Heun's and the classical Runge-Kutta scheme with equal steps: residual networks whose blocks are of higher order.
///
/// `blocks` steps over the whole interval, `order` evaluations each: the same steps as a batch takes (`RungeKutta.blocks`). A
/// step that ends on a discontinuity of the field takes f's limit from the left there, and the next one starts afresh, so that
/// the order survives. States between steps and events lie on the cubic Hermite interpolant (error O(Delta^4), at most the
/// method's own).
public struct FixedStepRungeKutta: Integrator {
  public enum Scheme: String, CaseIterable, Sendable {
    /// Order 2, two stages. Heun (1900).
    case heun
    /// Order 4, four stages. Kutta (1901).
    case rk4

    var table: EmbeddedPair {
      switch self {
      case .heun: .heun
      case .rk4: .rk4
      }
    }
  }

  public let scheme: Scheme
  /// L, the number of steps.
  public let blocks: Int

  /// - Throws: `InputError.usage` unless `blocks` is positive.
  public init(_ scheme: Scheme, blocks: Int) throws {
    try RungeKutta.validate(blocks: blocks)
    self.scheme = scheme
    self.blocks = blocks
  }

  public var name: String { scheme.rawValue }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try RungeKutta.blocks(blocks, of: scheme.table).integrate(problem, saving: depths, events: events)
  }
}
