/// Which method ran, and why.
public struct MethodVerdict: Equatable, Sendable {
  public let name: String
  public let reason: String

  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }
}

extension IntegratorChoice {
  /// From this dimension on an evaluation costs more than a library's step, and the fewest evaluations win.
  static let expensiveDimension = 256

  /// Local tolerances looser than this are Dormand-Prince's, tighter ones DOP853's (measured crossover).
  static let orderEightTolerance = 3e-8

  /// Integrates one sample by the method chosen; `auto` decides and says why.
  ///
  /// - Throws: as the method; a stiff field is no failure under `auto`.
  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event] = []
  ) throws -> (Trajectory, MethodVerdict) {
    if let method = try method() {
      return (try method.integrate(problem, saving: depths, events: events), asked)
    }
    if problem.field.dimension >= Self.expensiveDimension {
      let adams = CVODE(.adams, tolerances: tolerances)
      let trajectory = try adams.integrate(problem, saving: depths, events: events)
      guard trajectory.statistics.isStiff else { return (trajectory, expensive(problem.field.dimension)) }
    } else if let attempt = try attempt({ try $0.integrate(problem, saving: depths, events: events) }) {
      return (attempt, small(problem.field.dimension))
    }
    let bdf = CVODE(.bdf, tolerances: tolerances, iteration: .newton(newton))
    return (try bdf.integrate(problem, saving: depths, events: events), stiff)
  }

  /// Integrates a batch; our own kernels side by side, CVODE and ERKStep jointly, implicit methods one by one.
  public func integrate<Field: VectorField>(
    _ batch: InitialValueBatch<Field>, saving depths: [Double]
  ) throws -> (TrajectoryBatch, MethodVerdict) {
    if let fixed = try fixedStep(batch.start, batch.end) { return (try fixed.integrate(batch, saving: depths), asked) }
    switch try method() {
    case let kernel as RungeKutta: return (try kernel.integrate(batch, saving: depths), asked)
    case let method? where isImplicit || name == "taylor" || control == .perSample:
      return (try method.integrate(separately: batch, saving: depths, threads: threads), asked)
    case .some:
      var joint = self
      joint.tolerances = try tolerances.repeated(batch.count)
      guard let method = try joint.method() else { preconditionFailure("a method of no name") }
      return (try method.integrate(jointly: batch, saving: depths), asked)
    case nil: break
    }
    if let attempt = try attempt({ try $0.integrate(batch, saving: depths) }) {
      return (attempt, batched(batch.count))
    }
    let bdf = CVODE(.bdf, tolerances: tolerances, iteration: .newton(newton))
    return (try bdf.integrate(separately: batch, saving: depths, threads: threads), stiff)
  }

  /// Our kernel with these tolerances; nil when it finds the field stiff.
  private func attempt<Result>(_ run: (RungeKutta) throws -> Result) throws -> Result? {
    var kernel = RungeKutta(pair, tolerances: tolerances, control: control, threads: threads)
    kernel.stopsWhenStiff = true
    do {
      return try run(kernel)
    } catch let error as IntegrationError where error.reason == .stiffField {
      return nil
    }
  }

  /// The pair that needs the fewest evaluations at the tolerance.
  public var pair: EmbeddedPair {
    tolerances.relative > Self.orderEightTolerance ? .dormandPrince : .dop853
  }

  /// The pair of our own kernel that the name stands for; of `auto` the tolerance's, nil for other methods.
  public var kernelPair: EmbeddedPair? {
    name == "auto" ? pair : [EmbeddedPair.dormandPrince, .dop853].first { $0.name == name }
  }

  /// A fixed-step scheme as prescribed steps of the kernel; nil for other methods.
  public func fixedStep(_ start: Double, _ end: Double) throws -> RungeKutta? {
    let schemes: [String: EmbeddedPair] = ["euler": .euler, "heun": .heun, "rk4": .rk4]
    return try schemes[name].map { try .blocks(blocks, of: $0, start: start, end: end, threads: threads) }
  }

  private var asked: MethodVerdict { MethodVerdict(name: name, reason: "asked for") }

  private func small(_ dimension: Int) -> MethodVerdict {
    MethodVerdict(
      name: pair.name,
      reason: "our own kernel: not stiff and of dimension \(dimension), where a library's call costs as much as a step")
  }

  private func batched(_ count: Int) -> MethodVerdict {
    MethodVerdict(
      name: pair.name, reason: "our own kernel: \(count) samples, eight side by side, each chunk with its own steps")
  }

  private func expensive(_ dimension: Int) -> MethodVerdict {
    MethodVerdict(
      name: "cvode-adams",
      reason: "not stiff and of dimension \(dimension): evaluations are expensive and Adams' methods need the fewest")
  }

  private var stiff: MethodVerdict {
    MethodVerdict(
      name: "cvode-bdf", reason: "stiff: an explicit method's steps were held by stability, not by accuracy")
  }
}
