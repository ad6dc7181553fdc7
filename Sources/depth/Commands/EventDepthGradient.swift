import DepthDynamics

/// The derivative of the terminal event's depth, as a command reports it.
struct EventDepthGradient {
  let initialState: [Double]
  /// nil for a field without parameters of its own.
  let parameters: [Double]?

  /// The gradient, or why there is none; neither without a terminal event.
  ///
  /// A finished integration is not lost to a gradient that fails.
  static func of<Field: VectorField>(
    _ trajectory: Trajectory, _ problem: InitialValueProblem<Field>, _ events: [Event], _ verdict: MethodVerdict,
    _ setting: IntegrateSetting
  ) -> (EventDepthGradient?, String?) {
    guard let found = trajectory.event, let event = terminal(found, events) else { return (nil, nil) }
    let lead = "the depth of the event \(found.name) has no gradient"
    do {
      guard let gradient = try compute(event, found, problem, verdict, setting) else {
        let reason =
          found.depth > problem.start ? "the flow touches its surface without crossing it" : "it lies at the start"
        return (nil, "\(lead): \(reason)")
      }
      let isFinite = (gradient.initialState + (gradient.parameters ?? [])).allSatisfy(\.isFinite)
      return isFinite ? (gradient, nil) : (nil, "\(lead): it overflows")
    } catch {
      return (nil, "\(lead): \(error)")
    }
  }

  /// Of several of one name, the one that vanishes there.
  private static func terminal(_ found: Trajectory.Occurrence, _ events: [Event]) -> Event? {
    events.filter { $0.isTerminal && $0.name == found.name }.min {
      abs($0.function(found.depth, found.state)) < abs($1.function(found.depth, found.state))
    }
  }

  private static func compute<Field: VectorField>(
    _ event: Event, _ found: Trajectory.Occurrence, _ problem: InitialValueProblem<Field>, _ verdict: MethodVerdict,
    _ setting: IntegrateSetting
  ) throws -> EventDepthGradient? {
    if let field = problem.field as? any DifferentiableField {
      return try byAdjoint(field, event, found, problem, verdict, setting)
    }
    return try EventGradient.depthGradient(
      of: event, at: found, problem: problem, integrator: ERKStep(tolerances: setting.resolved.tolerances)
    ).map { EventDepthGradient(initialState: $0, parameters: nil) }
  }

  /// By the discrete adjoint; where the integration needed an implicit method, by CVODES.
  private static func byAdjoint<Field: DifferentiableField>(
    _ field: Field, _ event: Event, _ found: Trajectory.Occurrence, _ problem: InitialValueProblem<some VectorField>,
    _ verdict: MethodVerdict, _ setting: IntegrateSetting
  ) throws -> EventDepthGradient? {
    let same = try InitialValueProblem(
      field: field, initialState: problem.initialState, start: problem.start, end: problem.end)
    let tolerances = setting.resolved.tolerances
    let settled = try setting.choice.settled(verdict)
    let gradient =
      try settled.isImplicit
      ? EventGradient.depthGradient(of: event, at: found, problem: same, by: CVODESAdjoint(tolerances: tolerances))
      : EventGradient.depthGradient(
        of: event, at: found, problem: same,
        by: DiscreteAdjoint(RungeKutta(settled.kernelPair ?? settled.pair, tolerances: tolerances)))
    return gradient.map { EventDepthGradient(initialState: $0.initialState, parameters: $0.parameters) }
  }
}
