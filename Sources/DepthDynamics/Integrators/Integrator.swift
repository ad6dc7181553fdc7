import DepthRuns

/// A method's choice and tolerances; applies to any initial value problem.
///
/// The contract: `saving` lists ascending depths inside [start, end] at which states are kept (dense output of the method's
/// own order; the end itself is hit, not interpolated). The states come back at these depths, up to the first terminal event;
/// events that are not terminal are noted on the way.
/// Where the field has discontinuities the method restarts, so that its order survives them.
public protocol Integrator: Sendable {
  /// Kebab-case: "cvode-adams".
  var name: String { get }

  /// - Throws: `IntegrationError` with the last good state; `InputError.usage` for depths outside the interval.
  func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory
}

extension Integrator {
  /// Ends at `event`, terminal or not, if there is one.
  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], until event: Event?
  ) throws -> Trajectory {
    guard var event else { return try integrate(problem, saving: depths, events: []) }
    event.isTerminal = true
    return try integrate(problem, saving: depths, events: [event])
  }

  /// Integrates to the end and keeps the final state alone.
  public func integrate<Field: VectorField>(_ problem: InitialValueProblem<Field>) throws -> Trajectory {
    try integrate(problem, saving: [problem.end], events: [])
  }

  func validate<Field>(_ depths: [Double], _ problem: InitialValueProblem<Field>) throws {
    try validate(depths, start: problem.start, end: problem.end)
  }

  func validate(_ depths: [Double], start: Double, end: Double) throws {
    for (index, depth) in depths.enumerated() {
      guard depth >= start, depth <= end else {
        throw InputError.value(depth, of: "a depth to save at", allowed: "\(start) to \(end)")
      }
      guard index == 0 || depth > depths[index - 1] else {
        throw InputError.value(depth, of: "a depth to save at", allowed: "ascending, each once")
      }
    }
  }
}
