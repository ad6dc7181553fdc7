import DepthRuns

/// The boundary methods known by name, and which one `auto` takes.
public enum MethodCatalogue {
  public static let names = [
    "auto", "smooth-fit", "policy-iteration", "integral-equation", "finite-differences", "front-fixed",
    "characteristics", "semi-lagrangian", "bellman",
  ]

  /// A method and why it was taken.
  public struct Choice: Sendable {
    public let method: any BoundaryMethod
    public let reason: String
  }

  /// - Parameter certifies: whether bounds are proven where the proof costs more than the solution (`IntegralEquation`).
  /// - Throws: `InputError.usage` for an unknown name, a method that cannot treat the problem, or a block size where no
  ///   method takes one.
  public static func choose(
    _ name: String, for problem: StoppingProblem, blockSize: Double?, certifies: Bool = true
  ) throws -> Choice {
    let choice =
      try name == "auto"
      ? automatic(problem, blockSize, certifies) : named(name, problem, blockSize, certifies)
    if let objection = choice.method.objection(to: problem) {
      throw InputError.usage("method \(choice.method.name) cannot solve \(problem.name): \(objection)")
    }
    if blockSize != nil, !(choice.method is Characteristics), !(choice.method is BlockwiseBellman) {
      throw InputError.usage(
        "--block-size applies to flows (characteristics) and diffusions with an exact transition (bellman), "
          + "not to \(problem.name) by \(choice.method.name)")
    }
    guard LongHorizon.applies(to: problem, choice.method) else { return choice }
    return Choice(method: LongHorizon(choice.method), reason: choice.reason)
  }

  private static func automatic(
    _ problem: StoppingProblem, _ blockSize: Double?, _ certifies: Bool
  ) throws -> Choice {
    switch problem.dynamics {
    case .diffusion(let process, _) where blockSize != nil && !process.isFlow:
      Choice(
        method: try BlockwiseBellman(blockSize: blockSize ?? 0),
        reason: "stops only at block ends: Bellman's recursion with the exact transition")
    case .diffusion(let process, _) where process.isFlow:
      Choice(
        method: try Characteristics(blockSize: blockSize), reason: "no noise: the value is a minimum along the flow")
    case .diffusion where (try? VanillaOption(problem)) != nil:
      Choice(
        method: IntegralEquation(certifies: certifies),
        reason: "a log-normal transition and one boundary: its integral equation converges spectrally")
    case .diffusion where IntegralEquation().objection(to: problem) == nil:
      Choice(
        method: MethodWithFallback(IntegralEquation(), else: GradedFiniteDifferences()),
        reason: "a Gaussian transition: the integral equations of the boundaries converge spectrally")
    case .diffusion where problem.horizon != nil:
      Choice(
        method: GradedFiniteDifferences(),
        reason: "a one-dimensional diffusion with a horizon: graded grids take any coefficients and boundaries")
    case .diffusion:
      Choice(
        method: SmoothFit(), reason: "a stationary one-dimensional diffusion: smooth fit reaches rounding accuracy")
    case .flow:
      Choice(
        method: try Characteristics(blockSize: blockSize), reason: "no noise: the value is a minimum along the flow")
    case .chain, .gains, .offers, .opportunities:
      Choice(method: BellmanRecursion(), reason: "discrete depth: Bellman's recursion is exact")
    }
  }

  private static func named(
    _ name: String, _ problem: StoppingProblem, _ blockSize: Double?, _ certifies: Bool
  ) throws -> Choice {
    if name == "bellman", let blockSize, case .diffusion = problem.dynamics {
      return Choice(method: try BlockwiseBellman(blockSize: blockSize), reason: "asked for")
    }
    let method: any BoundaryMethod =
      switch name {
      case "smooth-fit": SmoothFit()
      case "policy-iteration": PolicyIteration()
      case "finite-differences": GradedFiniteDifferences()
      case "front-fixed": FrontFixedCollocation()
      case "characteristics": try Characteristics(blockSize: blockSize)
      case "semi-lagrangian": SemiLagrangian()
      case "bellman": BellmanRecursion()
      case "integral-equation": IntegralEquation(certifies: certifies)
      default: throw InputError.unknown(name, kindOfName: "method", known: names)
      }
    return Choice(method: method, reason: "asked for")
  }
}
