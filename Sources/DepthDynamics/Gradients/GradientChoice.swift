import DepthRuns

/// A gradient's method by name, with what any of them may need.
public struct GradientChoice: Sendable {
  public static let names = ["discrete", "cvodes", "forward"]

  public let name: String
  /// How the flow is integrated; `cvodes` and `forward` read from it whether to use BDF.
  public var integrator: IntegratorChoice
  /// Bytes for remembered states a thread, of `discrete`.
  public var memory: Int

  /// - Throws: `InputError.usage` for unknown names, or an integrator that the method has no reverse of.
  public init(_ name: String, integrator: IntegratorChoice, memory: Int = 1 << 28) throws {
    guard Self.names.contains(name) else { throw InputError.unknown(name, kindOfName: "adjoint", known: Self.names) }
    let discrete = ["auto", "euler", "heun", "rk4", "dormand-prince", "dop853"]
    let allowed = name == "discrete" ? discrete : ["auto", "cvode-adams", "cvode-bdf"]
    guard allowed.contains(integrator.name) else {
      throw InputError.value(
        integrator.name, of: "the integrator of the adjoint \(name)", allowed: allowed.joined(separator: ", "))
    }
    self.name = name
    self.integrator = integrator
    self.memory = memory
  }

  /// The gradient, and the method that gave it.
  ///
  /// - Throws: as the method; a stiff field is no failure where the integrator is `auto`.
  public func gradient<Field: DifferentiableField>(
    of loss: TerminalLoss, _ batch: InitialValueBatch<Field>
  ) throws -> (LossGradient, MethodVerdict) {
    guard name == "discrete" else { return try continuous(loss, batch) }
    if let fixed = try integrator.fixedStep() {
      return (
        try DiscreteAdjoint(fixed, memory: memory).gradient(of: loss, batch),
        MethodVerdict(name: integrator.name, reason: "asked for")
      )
    }
    var kernel = RungeKutta(
      integrator.kernelPair ?? integrator.pair, tolerances: integrator.tolerances, threads: integrator.threads)
    kernel.stopsWhenStiff = integrator.name == "auto"
    do {
      let gradient = try DiscreteAdjoint(kernel, memory: memory).gradient(of: loss, batch)
      let reason = integrator.name == "auto" ? "not stiff: the exact reverse of the accepted steps" : "asked for"
      return (gradient, MethodVerdict(name: "discrete, \(kernel.pair.name)", reason: reason))
    } catch let error as IntegrationError where error.reason == .stiffField {
      let adjoint = CVODESAdjoint(.bdf, tolerances: integrator.tolerances, threads: integrator.threads)
      return (
        try adjoint.gradient(of: loss, batch),
        MethodVerdict(name: "cvodes, bdf", reason: "stiff: the steps of an explicit method were held by stability")
      )
    }
  }

  private func continuous<Field: DifferentiableField>(
    _ loss: TerminalLoss, _ batch: InitialValueBatch<Field>
  ) throws -> (LossGradient, MethodVerdict) {
    let formula: CVODE.Formula =
      switch integrator.name {
      case "cvode-adams": .adams
      case "cvode-bdf": .bdf
      default: try name == "cvodes" || isStiff(batch) ? .bdf : .adams
      }
    let isOwnChoice = name == "forward" && integrator.name == "auto"
    let reason = !isOwnChoice ? "asked for" : formula == .bdf ? "stiff: Adams' steps would be short" : "not stiff"
    let verdict = MethodVerdict(name: "\(name), \(formula == .bdf ? "bdf" : "adams")", reason: reason)
    let (tolerances, threads) = (integrator.tolerances, integrator.threads)
    let gradient =
      name == "cvodes"
      ? try CVODESAdjoint(formula, tolerances: tolerances, threads: threads).gradient(of: loss, batch)
      : try ForwardSensitivity(formula, tolerances: tolerances, threads: threads).gradient(of: loss, batch)
    return (gradient, verdict)
  }

  /// Whether our own kernel finds the flow stiff, at the cost of an integration or less.
  private func isStiff<Field: VectorField>(_ batch: InitialValueBatch<Field>) throws -> Bool {
    var kernel = RungeKutta(integrator.pair, tolerances: integrator.tolerances, threads: integrator.threads)
    kernel.stopsWhenStiff = true
    do {
      _ = try kernel.integrate(batch, saving: [])
      return false
    } catch let error as IntegrationError {
      // other failures are for the method itself to meet
      return error.reason == .stiffField
    }
  }

  /// The gradient that this choice's error is measured by.
  ///
  /// A tenth of the tolerances, or ten times the tolerances where rounding allows no run much more accurate, or twice the blocks.
  public func refined() throws -> GradientChoice {
    var other = self
    other.integrator = try comparison().choice
    return other
  }

  /// The same with what makes the distance to it a bound: see `GradientError`.
  func comparison() throws -> ErrorComparison {
    try ErrorComparison(integrator, tightening: 10, share: localShare)
  }

  private var localShare: LocalShare {
    guard name != "discrete" else { return integrator.localShare }
    let share: LocalShare = usesBDF ? .bdf : .adams
    // the adjoint tightens its tolerances, and the floor is met sooner
    return name == "cvodes" ? LocalShare(share.share, knee: share.knee, floor: 6 * share.floor) : share
  }

  /// Whether it does, or may.
  private var usesBDF: Bool { integrator.name != "cvode-adams" }
}
