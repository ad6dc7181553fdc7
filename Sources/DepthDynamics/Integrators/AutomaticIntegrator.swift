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
  /// Where `auto` gives up a first method, what that has evaluated is in the statistics.
  /// - Throws: as the method; a stiff field is no failure under `auto`.
  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event] = []
  ) throws -> (Trajectory, MethodVerdict) {
    if let method = try method() {
      var trajectory = try method.integrate(problem, saving: depths, events: events)
      if method is RungeKutta { note(&trajectory.statistics) }
      return (trajectory, asked)
    }
    let d = problem.field.dimension
    let first =
      try d >= Self.expensiveDimension
      ? attempt { try CVODE(.adams, tolerances: tolerances).integrate(problem, saving: depths, events: events) }
      : attempt { try kernel.integrate(problem, saving: depths, events: events) }
    switch first {
    case .done(var trajectory) where d < Self.expensiveDimension || !trajectory.statistics.isStiff:
      if d < Self.expensiveDimension { note(&trajectory.statistics) }
      return (trajectory, d >= Self.expensiveDimension ? expensive(d) : small(d))
    case .done(let trajectory): return try second(trajectory.statistics.evaluations)
    case .abandoned(let evaluations): return try second(evaluations)
    }

    func second(_ spent: Int) throws -> (Trajectory, MethodVerdict) {
      let trajectory = try bdf.integrate(problem, saving: depths, events: events)
      return (trajectory.counting(spent), stiff(after: spent))
    }
  }

  /// Integrates a batch; our own kernels side by side, CVODE and ERKStep jointly, implicit methods one by one.
  ///
  /// - Throws: as for one sample; an `IntegrationError` names the sample.
  public func integrate<Field: VectorField>(
    _ batch: InitialValueBatch<Field>, saving depths: [Double]
  ) throws -> (TrajectoryBatch, MethodVerdict) {
    if let fixed = try fixedStep() { return (try fixed.integrate(batch, saving: depths), asked) }
    switch try method() {
    case let kernel as RungeKutta:
      var result = try kernel.integrate(batch, saving: depths)
      note(&result.statistics)
      return (result, asked)
    case let method? where isImplicit || name == "taylor" || control == .perSample:
      return (try method.integrate(separately: batch, saving: depths, threads: threads), asked)
    case .some:
      var joint = self
      joint.tolerances = try tolerances.repeated(batch.count)
      guard let method = try joint.method() else { preconditionFailure("a method of no name") }
      return (try method.integrate(jointly: batch, saving: depths), asked)
    case nil: break
    }
    switch try attempt({ try kernel.integrate(batch, saving: depths) }) {
    case .done(var result):
      note(&result.statistics)
      return (result, batched(batch.count))
    case .abandoned(let evaluations):
      let result = try bdf.integrate(separately: batch, saving: depths, threads: threads)
      return (result.counting(evaluations), stiff(after: evaluations))
    }
  }

  /// What came of a first method.
  private enum Attempt<Result> {
    case done(Result)
    /// Given up for stiffness, after so many evaluations.
    case abandoned(evaluations: Int)
  }

  /// Other failures than those of an explicit method on a stiff field are thrown on.
  private func attempt<Result>(_ run: () throws -> Result) throws -> Attempt<Result> {
    do {
      return .done(try run())
    } catch let error as IntegrationError {
      switch error.reason {
      case .stiffField, .tooManySteps(_, isStiff: true), .noConvergence:
        return .abandoned(evaluations: error.spent?.evaluations ?? 0)
      default: throw error
      }
    }
  }

  /// Our own, as long as it finds the field not stiff.
  private var kernel: RungeKutta {
    var kernel = RungeKutta(pair, tolerances: tolerances, control: control, threads: threads)
    kernel.stopsWhenStiff = true
    return kernel
  }

  private var bdf: CVODE { CVODE(.bdf, tolerances: tolerances, iteration: .newton(newton)) }

  /// The pair that needs the fewest evaluations at the tolerance.
  public var pair: EmbeddedPair {
    tolerances.relative > Self.orderEightTolerance ? .dormandPrince : .dop853
  }

  /// The pair of our own kernel that the name stands for; of `auto` the tolerance's, nil for other methods.
  public var kernelPair: EmbeddedPair? {
    name == "auto" ? pair : [EmbeddedPair.dormandPrince, .dop853].first { $0.name == name }
  }

  /// A fixed-step scheme as prescribed steps of the kernel; nil for other methods.
  public func fixedStep() throws -> RungeKutta? {
    let schemes: [String: EmbeddedPair] = ["euler": .euler, "heun": .heun, "rk4": .rk4]
    return try schemes[name].map { try .blocks(blocks, of: $0, threads: threads) }
  }

  /// What tolerance our own kernel had in effect.
  private func note(_ statistics: inout Trajectory.Statistics) {
    let tightest = LocalShare(RungeKutta.localShare).tightest
    if tolerances.relative < tightest { statistics.effectiveTolerance = tightest }
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

  private func stiff(after evaluations: Int) -> MethodVerdict {
    MethodVerdict(
      name: "cvode-bdf",
      reason:
        "stiff: an explicit method's steps were held by stability, not by accuracy; its \(evaluations) evaluations"
        + " are counted")
  }
}
