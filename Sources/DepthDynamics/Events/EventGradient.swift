/// The derivative of an event's depth with respect to initial state and parameters, by the implicit function theorem.
///
/// With `phi(t*, h(t*)) = 0`: `dt*/dtheta = -(grad phi . dh(t*)/dtheta + dphi/dtheta) / (grad phi . f + phi_t)`, where
/// `dphi/dtheta` is there only for an event whose function itself depends on the parameters, as the field's norm does.
/// The event's exact differentials are used where it has them, else central differences (about 1e-9 relative).
public enum EventGradient {
  /// `dt*/dh_0` and `dt*/dp` of one event.
  public struct DepthGradient: Equatable, Sendable {
    public let initialState: [Double]
    /// In the order of the field's parameters.
    public let parameters: [Double]
  }

  /// By one backward pass (or forward sensitivities): `grad phi . h(t*)` is a loss of the final state on [start, t*], whose
  /// gradient is all that is needed.
  ///
  /// nil where there is none, as `obstacle` says.
  /// - Throws: as the method.
  public static func depthGradient<Field: DifferentiableField>(
    of event: Event, at found: Trajectory.Occurrence, problem: InitialValueProblem<Field>, by method: some AdjointMethod
  ) throws -> DepthGradient? {
    let d = problem.field.dimension
    guard obstacle(at: found, problem) == nil, let surface = Surface(event, at: found, of: problem.field) else {
      return nil
    }
    let gradient = surface.gradient
    let loss = TerminalLoss(
      value: { _, state in (0..<d).reduce(0) { $0 + gradient[$1] * state[$1] } },
      gradient: { _, _, result in result.update(from: gradient, count: d) })
    let batch = try InitialValueBatch(
      field: problem.field, initialStates: problem.initialState, start: problem.start, end: found.depth)
    let pulled = try method.gradient(of: loss, batch)
    var direct = [Double](repeating: 0, count: problem.field.parameterCount)
    event.parameterDifferential?(found.depth, found.state, &direct)
    return DepthGradient(
      initialState: pulled.initialStates.map { -$0 / surface.rate },
      parameters: zip(pulled.parameters, direct).map { -($0 + $1) / surface.rate })
  }

  /// States above this dimension get no gradient from a field without vector-Jacobian products: d^2 components would be
  /// integrated.
  public static let largestDimension = 100

  /// `dt*/dh_0` for any field, by one more integration of d + d^2 components.
  ///
  /// nil as above, and above `largestDimension`.
  /// - Throws: as the integrator.
  public static func depthGradient<Field: VectorField>(
    of event: Event, at found: Trajectory.Occurrence, problem: InitialValueProblem<Field>, integrator: some Integrator
  ) throws -> [Double]? {
    let d = problem.field.dimension
    guard d <= largestDimension, obstacle(at: found, problem) == nil,
      let surface = Surface(event, at: found, of: problem.field)
    else { return nil }
    let field = VariationalField(of: problem.field)
    let doubled = try InitialValueProblem(
      field: field, initialState: field.initialState(problem.initialState), start: problem.start, end: found.depth)
    let sensitivity = try integrator.integrate(doubled).finalState
    return (0..<d).map { column in
      (0..<d).reduce(0) { $0 - surface.gradient[$1] * sensitivity[(column + 1) * d + $1] } / surface.rate
    }
  }
}

extension EventGradient {
  /// Why the event's depth has no derivative; nil where it has one.
  private static func obstacle<Field: VectorField>(
    at found: Trajectory.Occurrence, _ problem: InitialValueProblem<Field>
  ) -> String? {
    if found.depth <= problem.start {
      return "the event lies at the start, whatever the state nearby: its depth has no derivative"
    }
    return found.isTouch ? tangency : nil
  }

  private static let tangency =
    "the flow touches the event's surface without crossing it (a double root): its depth has no derivative"

  /// A derivative of an event's depth, or why there is none: for whoever has a finished integration to keep.
  public struct Outcome: Equatable, Sendable {
    /// `dt*/dh_0`.
    public let initialState: [Double]?
    /// `dt*/dp`, where the field has vector-Jacobian products.
    public let parameters: [Double]?
    /// Why there is no derivative.
    public let note: String?

    /// A derivative that overflows is none.
    fileprivate var finite: Outcome {
      let isFinite = ((initialState ?? []) + (parameters ?? [])).allSatisfy(\.isFinite)
      return isFinite ? self : Outcome("the event's depth has no derivative: it overflows")
    }

    fileprivate init(_ note: String) { (initialState, parameters, self.note) = (nil, nil, note) }

    fileprivate init(_ initialState: [Double], parameters: [Double]?) {
      (self.initialState, self.parameters, note) = (initialState, parameters, nil)
    }
  }

  /// As `depthGradient`, but a failure is a note.
  public static func outcome<Field: DifferentiableField>(
    of event: Event, at found: Trajectory.Occurrence, problem: InitialValueProblem<Field>, by method: some AdjointMethod
  ) -> Outcome {
    if let obstacle = obstacle(at: found, problem) { return Outcome(obstacle) }
    do {
      let gradient = try depthGradient(of: event, at: found, problem: problem, by: method)
      return gradient.map { Outcome($0.initialState, parameters: $0.parameters).finite } ?? Outcome(tangency)
    } catch {
      return Outcome("the event's depth has no derivative: \(error)")
    }
  }

  /// As `depthGradient`, but a failure is a note.
  public static func outcome<Field: VectorField>(
    of event: Event, at found: Trajectory.Occurrence, problem: InitialValueProblem<Field>, integrator: some Integrator
  ) -> Outcome {
    if let obstacle = obstacle(at: found, problem) { return Outcome(obstacle) }
    guard problem.field.dimension <= largestDimension else {
      return Outcome(
        "the event's depth has no derivative: a field without vector-Jacobian products takes d^2 components, and"
          + " d = \(problem.field.dimension) is above \(largestDimension)")
    }
    do {
      let gradient = try depthGradient(of: event, at: found, problem: problem, integrator: integrator)
      return gradient.map { Outcome($0, parameters: nil).finite } ?? Outcome(tangency)
    } catch {
      return Outcome("the event's depth has no derivative: \(error)")
    }
  }
}

/// The event's surface where the flow meets it.
private struct Surface {
  /// `grad phi`.
  let gradient: [Double]
  /// `grad phi . f + phi_t`, the rate at which the flow goes through it.
  let rate: Double

  /// nil where the flow touches it.
  init?(_ event: Event, at found: Trajectory.Occurrence, of field: some VectorField) {
    var gradient = [Double](repeating: 0, count: found.state.count)
    let depthRate: Double
    if let differential = event.differential {
      depthRate = differential(found.depth, found.state, &gradient)
    } else {
      gradient = Self.stateDifferences(event, found)
      depthRate = Self.depthDifference(event, found)
    }
    let slope = field(depth: found.depth, state: found.state)
    let products = zip(gradient, slope).map { $0 * $1 } + [depthRate]
    rate = products.reduce(0, +)
    guard abs(rate) > 1e-12 * products.reduce(0, { $0 + abs($1) }) else { return nil }
    self.gradient = gradient
  }

  private static func stateDifferences(_ event: Event, _ found: Trajectory.Occurrence) -> [Double] {
    found.state.indices.map { i in
      let step = 6e-6 * max(1e-3, abs(found.state[i]))
      var (up, down) = (found.state, found.state)
      up[i] += step
      down[i] -= step
      return (event.function(found.depth, up) - event.function(found.depth, down)) / (up[i] - down[i])
    }
  }

  private static func depthDifference(_ event: Event, _ found: Trajectory.Occurrence) -> Double {
    let step = 6e-6 * max(1e-3, abs(found.depth))
    let difference = event.function(found.depth + step, found.state) - event.function(found.depth - step, found.state)
    return difference / (2 * step)
  }
}
