/// The explicit Euler scheme `h_{k+1} = h_k + Delta f(k Delta, h_k)`: the residual network itself.
///
/// `blocks` equal steps over the whole interval; order 1. The same steps as a batch takes (`RungeKutta.blocks`). States between
/// steps and events lie on the cubic through a step's ends with their slopes, at the method's own order.
public struct Euler: Integrator {
  public let name = "euler"
  /// L, the number of steps.
  public let blocks: Int

  /// - Throws: `InputError.usage` unless `blocks` is positive.
  public init(blocks: Int) throws {
    try RungeKutta.validate(blocks: blocks)
    self.blocks = blocks
  }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try RungeKutta.blocks(blocks, of: .euler).integrate(problem, saving: depths, events: events)
  }
}
