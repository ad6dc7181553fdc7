import ArgumentParser
import DepthDynamics
import DepthRuns

/// How an integrator is chosen on the command line.
struct IntegratorOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "auto, euler, heun, rk4, dormand-prince, dop853, erk-cash-karp, erk-dormand-prince, erk-verner, erk-fehlberg, ark-implicit, cvode-adams, cvode-bdf, taylor.",
    completion: Completions.integrators) var integrator: String?
  @Option(name: .long, parsing: .unconditional, help: "euler, heun, rk4: number L of blocks (default 100).") var blocks:
    String?
  @Option(
    name: .long,
    help: "Whose error decides the steps of a batch: per-chunk of eight samples (default), or per-sample.",
    completion: .list(["per-chunk", "per-sample"]))
  var stepControl: String?
  @Option(
    name: .long, help: "ark-implicit, cvode-bdf: dense (default), banded:L,U (bandwidths below and above), krylov.",
    completion: .list(["dense", "banded:", "krylov"]))
  var linearSolver: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: "Solve so many times after a first one and give the median seconds (default 1).")
  var `repeat`: Int?

  static let keys = ["integrator", "blocks", "step_control", "linear_solver", "repeat"]

  /// - Throws: `InputError.usage` for unknown names, values out of range, and options that the integrator does not read.
  func choice(_ tolerances: Tolerances, _ common: CommonOptions, _ file: OptionFile) throws -> IntegratorChoice {
    let (choice, counts) = (try named(tolerances, common, file), try blockCounts(file) ?? [])
    guard counts.isEmpty || choice.isFixedStep else {
      throw InputError.usage("--blocks is given, but \(choice.name) chooses its steps; allowed: with euler, heun, rk4")
    }
    guard counts.count <= 1 else {
      throw InputError.usage("--blocks has \(counts.count) values; allowed: one number L")
    }
    return choice
  }

  /// The same for invariant imbedding, whose `--blocks` are the sizes of imbedded networks.
  func imbeddingChoice(
    _ tolerances: Tolerances, _ common: CommonOptions, _ file: OptionFile
  ) throws -> IntegratorChoice {
    let choice = try named(tolerances, common, file)
    guard !choice.isFixedStep else {
      throw InputError.usage(
        "--imbedding integrates with error control; allowed: every integrator but euler, heun, rk4, not \(choice.name)")
    }
    return choice
  }

  /// The same for gradients, which read neither a linear solver nor a step control.
  func gradientChoice(
    _ tolerances: Tolerances, _ common: CommonOptions, _ file: OptionFile
  ) throws -> IntegratorChoice {
    guard linearSolver == nil, !file.isGiven("linear_solver") else {
      throw InputError.usage("--linear-solver is given, but the adjoints solve densely; allowed: with depth integrate")
    }
    guard stepControl == nil, !file.isGiven("step_control") else {
      throw InputError.usage("--step-control is given, but gradients step per chunk; allowed: with depth integrate")
    }
    return try choice(tolerances, common, file)
  }

  private func named(_ tolerances: Tolerances, _ common: CommonOptions, _ file: OptionFile) throws -> IntegratorChoice {
    let choice = try IntegratorChoice(
      integrator ?? file.string("integrator") ?? "auto", tolerances: tolerances,
      blocks: blockCounts(file)?.first ?? 100, control: control(file), threads: common.resolvedThreads(file),
      newton: newton(file))
    guard choice.isImplicit || (linearSolver == nil && !file.isGiven("linear_solver")) else {
      throw InputError.usage(
        "--linear-solver is given, but \(choice.name) solves no systems; allowed: with auto, ark-implicit, cvode-bdf")
    }
    return choice
  }

  /// What a record needs of the integrator itself.
  func record(_ choice: IntegratorChoice, _ file: OptionFile) throws -> [String: JSONValue] {
    var record: [String: JSONValue] = [
      "integrator": .string(choice.name), "repeat": .integer(try repetitions(file)),
    ]
    if choice.isFixedStep { record["blocks"] = .integer(choice.blocks) }
    if choice.isImplicit {
      record["linear_solver"] =
        switch choice.newton {
        case .dense: "dense"
        case .krylov: "krylov"
        case .banded(let lower, let upper): .string("banded:\(lower),\(upper)")
        }
    }
    return record
  }

  /// L, or several where a command takes several.
  func blockCounts(_ file: OptionFile) throws -> [Int]? {
    let numbers = try blocks.map { try parseNumbers($0, of: "--blocks") } ?? file.numberList("blocks")
    if let numbers, numbers.isEmpty { throw InputError.data("\(file.path): 'blocks' is an empty list") }
    return try numbers?.map { number in
      guard let count = Int(exactly: number), count > 0, count <= 100_000_000 else {
        throw InputError.value(number, of: "blocks", allowed: "integers from 1 to 100000000")
      }
      return count
    }
  }

  /// - Throws: `InputError.usage` out of range.
  func repetitions(_ file: OptionFile) throws -> Int {
    let count = try `repeat` ?? file.integer("repeat") ?? 1
    guard count >= 1, count <= 1_000_000 else { throw InputError.value(count, of: "repeat", allowed: "1 to 1000000") }
    return count
  }

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
