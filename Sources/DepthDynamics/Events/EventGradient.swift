/// The derivative of an event's depth with respect to the initial state, by the implicit function theorem.
///
/// With `phi(t*, h(t*)) = 0` and `S = dh/dh_0`: `dt*/dh_0 = -(grad phi S) / (grad phi . f + phi_t)`. The event function is
/// differentiated by central differences (about 1e-9 relative); S comes from one more integration of d + d^2 components.
public enum EventGradient {
  /// States above this dimension get no gradient: d^2 components would be integrated.
  public static let largestDimension = 100

  /// nil where the flow touches the event's surface without crossing it, where the event lies at the start, or the state is
  /// too large.
  ///
  /// - Throws: as the integrator.
  public static func depthGradient<Field: VectorField>(
    of event: Event, at found: Trajectory.Occurrence, problem: InitialValueProblem<Field>,
    integrator: some Integrator
  ) throws -> [Double]? {
    let d = problem.field.dimension
    guard d <= largestDimension, found.depth > problem.start else { return nil }
    let field = VariationalField(of: problem.field)
    let doubled = try InitialValueProblem(
      field: field, initialState: field.initialState(problem.initialState), start: problem.start, end: found.depth)
    let sensitivity = try integrator.integrate(doubled).finalState
    let gradient = stateGradient(event, found)
    let slope = problem.field(depth: found.depth, state: found.state)
    let rate = zip(gradient, slope).reduce(depthDerivative(event, found)) { $0 + $1.0 * $1.1 }
    guard abs(rate) > 1e-12 * zip(gradient, slope).reduce(0, { $0 + abs($1.0 * $1.1) }), rate != 0 else { return nil }
    return (0..<d).map { column in
      (0..<d).reduce(0) { $0 - gradient[$1] * sensitivity[(column + 1) * d + $1] } / rate
    }
  }

  private static func stateGradient(_ event: Event, _ found: Trajectory.Occurrence) -> [Double] {
    found.state.indices.map { i in
      let step = 6e-6 * max(1e-3, abs(found.state[i]))
      var (up, down) = (found.state, found.state)
      up[i] += step
      down[i] -= step
      return (event.function(found.depth, up) - event.function(found.depth, down)) / (up[i] - down[i])
    }
  }

  private static func depthDerivative(_ event: Event, _ found: Trajectory.Occurrence) -> Double {
    let step = 6e-6 * max(1e-3, abs(found.depth))
    let difference = event.function(found.depth + step, found.state) - event.function(found.depth - step, found.state)
    return difference / (2 * step)
  }
}
