import DepthRuns

/// A method by name, with what any of them may need: how commands and configurations choose.
public struct IntegratorChoice: Sendable {
  public static let names =
    ["auto", "euler", "heun", "rk4", "dormand-prince", "dop853"] + ERKStep.Pair.allCases.map(\.rawValue)
    + ["ark-implicit", "cvode-adams", "cvode-bdf", "taylor"]

  public let name: String
  public var tolerances: Tolerances
  /// L of the fixed-step methods.
  public var blocks: Int
  public var control: StepControl
  public var threads: Int
  /// Of the implicit methods.
  public var newton: NewtonSolver

  /// - Throws: `InputError.usage` for an unknown name.
  public init(
    _ name: String, tolerances: Tolerances, blocks: Int = 100, control: StepControl = .perChunk, threads: Int = 1,
    newton: NewtonSolver = .dense
  ) throws {
    guard Self.names.contains(name) else {
      throw InputError.unknown(name, kindOfName: "integrator", known: Self.names)
    }
    self.name = name
    self.tolerances = tolerances
    self.blocks = blocks
    self.control = control
    self.threads = threads
    self.newton = newton
    guard isImplicit || newton == .dense else {
      throw InputError.usage("a linear solver is given, but \(name) has none; allowed: with ark-implicit, cvode-bdf")
    }
  }

  /// Newton's iteration in every step: `auto` may come to it.
  public var isImplicit: Bool { ["auto", "ark-implicit", "cvode-bdf"].contains(name) }

  /// Equal steps, no error control.
  public var isFixedStep: Bool { ["euler", "heun", "rk4"].contains(name) }

  /// The order of a fixed-step method.
  public var fixedOrder: Int? { ["euler": 1, "heun": 2, "rk4": 4][name] }

  /// The method; nil for `auto`, which must see the problem first.
  ///
  /// - Throws: `InputError.usage` for settings out of range.
  func method() throws -> (any Integrator)? {
    switch name {
    case "auto": nil
    case "euler": try Euler(blocks: blocks)
    case "heun": try FixedStepRungeKutta(.heun, blocks: blocks)
    case "rk4": try FixedStepRungeKutta(.rk4, blocks: blocks)
    case "cvode-adams": CVODE(.adams, tolerances: tolerances)
    case "cvode-bdf": CVODE(.bdf, tolerances: tolerances, iteration: .newton(newton))
    case "ark-implicit": ARKStep(tolerances: tolerances, solver: newton)
    case "taylor": try TaylorIntegrator(tolerance: tolerances.relative)
    default:
      if let pair = kernelPair {
        RungeKutta(pair, tolerances: tolerances, control: control, threads: threads)
      } else {
        ERKStep.Pair(rawValue: name).map { ERKStep($0, tolerances: tolerances) }
      }
    }
  }

  /// The method where one must be named beforehand: `auto` is our kernel's pair for the tolerance.
  ///
  /// - Throws: `InputError.usage` for settings out of range.
  public func explicitMethod() throws -> any Integrator {
    try method() ?? RungeKutta(pair, tolerances: tolerances, control: control, threads: threads)
  }

  /// The same settings for the method that ran, where `auto` had the choice.
  public func settled(_ verdict: MethodVerdict) throws -> IntegratorChoice {
    try IntegratorChoice(
      verdict.name, tolerances: tolerances, blocks: blocks, control: control, threads: threads,
      newton: ["ark-implicit", "cvode-bdf"].contains(verdict.name) ? newton : .dense)
  }
}
