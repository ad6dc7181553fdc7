import DepthDynamics
import DepthRuns

/// What an integration was asked for, beside the field itself.
struct IntegrateSetting {
  let resolved: FieldOptions.Resolved
  let choice: IntegratorChoice
  let depths: [Double]
  let repetitions: Int
  let estimatesError: Bool
  /// Whether tolerances were given to a method that has no use for them.
  let ignoresTolerances: Bool
  /// What a record needs, complete.
  let configuration: [String: JSONValue]

  /// Whether depths other than the flow's end were asked for.
  var asksDepths: Bool { depths != [resolved.horizon] }

  func diagnostics(
    _ statistics: Trajectory.Statistics, _ method: String, _ missed: MissedTolerance, seconds: Double,
    processorSeconds: Double
  ) -> Diagnostics {
    var diagnostics = Diagnostics(
      status: missed.status, method: method, iterations: statistics.steps,
      evaluations: ["field": statistics.evaluations],
      residualNorm: choice.isFixedStep ? "none: fixed steps control no error" : "local error control",
      toleranceAsked: choice.isFixedStep ? 0 : resolved.tolerances.relative, seconds: seconds)
    diagnostics.processorSeconds = processorSeconds
    return diagnostics
  }

  /// The method that ran and why, as JSON and as a line.
  func verdict(_ verdict: MethodVerdict) -> [String: JSONValue] {
    ["integrator": .string(verdict.name), "integrator_reason": .string(verdict.reason)]
  }

  func line(_ verdict: MethodVerdict, _ statistics: Trajectory.Statistics) -> String {
    let reason = choice.name == "auto" ? " (\(verdict.reason))" : ""
    return "\(verdict.name)\(reason): \(statistics.steps) steps, \(statistics.evaluations) evaluations"
  }

  /// How the error of a run by `verdict` is estimated: by the method that ran; where its own stability held its steps short by
  /// BDF, since both of its runs would share the flaw.
  func reference(_ verdict: MethodVerdict, _ statistics: Trajectory.Statistics) throws -> IntegratorChoice {
    let settled = try choice.settled(verdict)
    guard statistics.isStiff, !settled.isFixedStep, resolved.field.dimension <= Self.largestStiffReference else {
      return settled
    }
    return try choice.settled(MethodVerdict(name: "cvode-bdf", reason: "stiff"))
  }

  /// Above this dimension BDF's dense matrices cost more than a second explicit run.
  private static let largestStiffReference = 500
}

/// Whether a computation kept to its tolerances, as far as it is known, and what to say of it.
struct MissedTolerance {
  /// How many times what the tolerances ask the estimated error may be: local errors add up along the flow.
  static let allowance = 50.0

  private(set) var status = Diagnostics.Status.converged
  private(set) var warnings: [String] = []

  /// Of an integration.
  ///
  /// - Parameter excess: the estimated error over what the tolerances ask, at its worst; nil where there is no estimate.
  init(
    _ choice: IntegratorChoice, _ methods: Set<String>, _ statistics: Trajectory.Statistics, excess: Double?
  ) {
    if statistics.isStiff {
      warnings.append("the field is stiff: stability held most steps short; try cvode-bdf or auto")
    }
    if let excess, !excess.isFinite {
      warnings.append("the error has no estimate: a finer integration ended elsewhere")
    }
    guard !choice.isFixedStep else { return }
    // Adams' error control does not see the errors of a step that stability holds: no allowance then
    let isHeld = statistics.isStiff && methods.contains("cvode-adams")
    guard let excess else {
      if isHeld { miss("cvode-adams was held by stability and its error is not known") }
      return
    }
    guard !(excess <= (isHeld ? 1 : Self.allowance)) else { return }
    miss(
      "the estimated error is \(Self.times(excess)) what the tolerances ask"
        + (isHeld ? ": cvode-adams was held by stability" : ": the flow magnifies errors; tighten the tolerances"))
  }

  /// Of a gradient, `excess` as above.
  init(gradientExcess excess: Double?) {
    guard let excess, !(excess <= Self.allowance) else { return }
    miss("the gradient's estimated error is \(Self.times(excess)) what the tolerances ask; tighten them")
  }

  private mutating func miss(_ why: String) {
    status = .unconverged
    warnings.append("missed tolerance: \(why)")
  }

  private static func times(_ excess: Double) -> String {
    excess.isFinite ? "\(Int(min(excess.rounded(), 1e15))) times" : "unknown times"
  }
}
