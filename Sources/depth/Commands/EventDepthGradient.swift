import DepthDynamics

/// The derivative of the terminal event's depth, by the method that fits the integration's.
enum EventDepthGradient {
  /// nil without a terminal event. A finished integration is not lost to a gradient that fails: the outcome's note says why.
  static func of<Field: VectorField>(
    _ trajectory: Trajectory, _ problem: InitialValueProblem<Field>, _ events: [Event], _ verdict: MethodVerdict,
    _ setting: IntegrateSetting
  ) throws -> EventGradient.Outcome? {
    guard let found = trajectory.event, let event = terminal(found, events) else { return nil }
    if let field = problem.field as? any DifferentiableField {
      return try byAdjoint(field, event, found, problem, verdict, setting)
    }
    return EventGradient.outcome(
      of: event, at: found, problem: problem, integrator: ERKStep(tolerances: setting.resolved.tolerances))
  }

  /// Of several of one name, the one that vanishes there.
  private static func terminal(_ found: Trajectory.Occurrence, _ events: [Event]) -> Event? {
    events.filter { $0.isTerminal && $0.name == found.name }.min {
      abs($0.function(found.depth, found.state)) < abs($1.function(found.depth, found.state))
    }
  }

  /// By the discrete adjoint; where the integration needed an implicit method, by CVODES.
  private static func byAdjoint<Field: DifferentiableField>(
    _ field: Field, _ event: Event, _ found: Trajectory.Occurrence, _ problem: InitialValueProblem<some VectorField>,
    _ verdict: MethodVerdict, _ setting: IntegrateSetting
  ) throws -> EventGradient.Outcome {
    let same = try InitialValueProblem(
      field: field, initialState: problem.initialState, start: problem.start, end: problem.end)
    let tolerances = setting.resolved.tolerances
    let settled = try setting.choice.settled(verdict)
    guard !settled.isImplicit else {
      return EventGradient.outcome(of: event, at: found, problem: same, by: CVODESAdjoint(tolerances: tolerances))
    }
    let kernel = RungeKutta(settled.kernelPair ?? settled.pair, tolerances: tolerances)
    return EventGradient.outcome(of: event, at: found, problem: same, by: DiscreteAdjoint(kernel))
  }
}
