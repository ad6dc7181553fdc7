import ArgumentParser
import DepthDynamics
import DepthRuns

/// How an integrator is chosen on the command line.
struct IntegratorOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "auto, euler, heun, rk4, dormand-prince, dop853, erk-cash-karp, erk-dormand-prince, erk-verner, erk-fehlberg, ark-implicit, cvode-adams, cvode-bdf, taylor."
  ) var integrator: String?
  @Option(name: .long, help: "euler, heun, rk4: number L of blocks (default 100).") var blocks: String?
  @Option(
    name: .long,
    help: "Whose error decides the steps of a batch: per-chunk of eight samples (default), or per-sample.")
  var stepControl: String?
  @Option(
    name: .long, help: "ark-implicit, cvode-bdf: dense (default), banded:L,U (bandwidths below and above), krylov.")
  var linearSolver: String?
  @Option(name: .long, help: "Solve so many times after a first one and give the median seconds (default 1).")
  var `repeat`: Int?

  static let keys = ["integrator", "blocks", "step_control", "linear_solver", "repeat"]

  /// - Throws: `InputError.usage` for unknown names and values out of range.
  func choice(_ tolerances: Tolerances, _ common: CommonOptions, _ file: OptionFile) throws -> IntegratorChoice {
    try IntegratorChoice(
      integrator ?? file.string("integrator") ?? "auto", tolerances: tolerances,
      blocks: blockCounts(file)?.first ?? 100, control: control(file), threads: common.resolvedThreads(file),
      newton: newton(file))
  }

  /// L, or several where a command takes several.
  func blockCounts(_ file: OptionFile) throws -> [Int]? {
    let numbers = try blocks.map { try parseNumbers($0, of: "--blocks") } ?? file.numberList("blocks")
    return try numbers?.map { number in
      guard let count = Int(exactly: number), count > 0, count <= 100_000_000 else {
        throw InputError.value(number, of: "blocks", allowed: "integers from 1 to 100000000")
      }
      return count
    }
  }

  func repetitions(_ file: OptionFile) throws -> Int { try `repeat` ?? file.integer("repeat") ?? 1 }

  private func control(_ file: OptionFile) throws -> StepControl {
    guard let name = try stepControl ?? file.string("step_control") else { return .perChunk }
    guard let control = StepControl(rawValue: name) else {
      throw InputError.unknown(name, kindOfName: "step control", known: StepControl.allCases.map(\.rawValue))
    }
    return control
  }

  private func newton(_ file: OptionFile) throws -> NewtonSolver {
    guard let text = try linearSolver ?? file.string("linear_solver") else { return .dense }
    switch text {
    case "dense": return .dense
    case "krylov": return .krylov
    default:
      let widths = text.hasPrefix("banded:") ? text.dropFirst(7).split(separator: ",").map { Int($0) } : []
      guard widths.count == 2, let lower = widths[0], let upper = widths[1], lower >= 0, upper >= 0 else {
        throw InputError.value(
          text, of: "--linear-solver", allowed: "dense, krylov, banded:L,U with integers L and U from 0")
      }
      return .banded(lower: lower, upper: upper)
    }
  }
}
