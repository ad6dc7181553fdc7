import DepthRuns

/// A method by name, with what any of them may need: how commands and configurations choose.
public struct IntegratorChoice: Sendable {
  public static let names =
    ["auto", "euler", "heun", "rk4", "dormand-prince", "dop853"] + ERKStep.Pair.allCases.map(\.rawValue)
    + ["cvode-adams", "cvode-bdf", "taylor"]

  public let name: String
  public var tolerances: Tolerances
  /// L of the fixed-step methods.
  public var blocks: Int
  public var control: StepControl
  public var threads: Int

  /// - Throws: `InputError.usage` for an unknown name.
  public init(
    _ name: String, tolerances: Tolerances, blocks: Int = 100, control: StepControl = .perChunk, threads: Int = 1
  ) throws {
    guard Self.names.contains(name) else {
      throw InputError.unknown(name, kindOfName: "integrator", known: Self.names)
    }
    self.name = name
    self.tolerances = tolerances
    self.blocks = blocks
    self.control = control
    self.threads = threads
  }

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
    case "dormand-prince": RungeKutta(.dormandPrince, tolerances: tolerances, control: control, threads: threads)
    case "dop853": RungeKutta(.dop853, tolerances: tolerances, control: control, threads: threads)
    case "cvode-adams": CVODE(.adams, tolerances: tolerances)
    case "cvode-bdf": CVODE(.bdf, tolerances: tolerances)
    case "taylor": try TaylorIntegrator(tolerance: tolerances.relative)
    default: ERKStep.Pair(rawValue: name).map { ERKStep($0, tolerances: tolerances) }
    }
  }

  /// The same choice more accurate: a tenth of the tolerances, twice the blocks; at the tightest tolerance another method.
  func refined() throws -> IntegratorChoice {
    let floor = 100 * Double.ulpOfOne
    let relative = max(floor, tolerances.relative / 10)
    let isTightest = relative > tolerances.relative / 2
    let other = name == "dop853" ? "erk-fehlberg" : "dop853"
    return try IntegratorChoice(
      isTightest && !isFixedStep && !["cvode-bdf", "taylor"].contains(name) ? other : name,
      tolerances: Tolerances(relative: relative, absolute: tolerances.absolute / 10), blocks: 2 * blocks,
      control: control, threads: threads)
  }
}
