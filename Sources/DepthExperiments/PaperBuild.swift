import DepthFigures
public import DepthRuns
public import Foundation

/// Numbers, table and figure of the paper, from a reproduction's folder; the text cites them and holds no number of its own.
public struct PaperBuild: Sendable {
  /// The folder of the paper: `paper.tex` and `generated/`.
  public let paper: URL

  public init(paper: URL) { self.paper = paper }

  /// One number of the paper that differs from the committed one.
  public struct Difference: Equatable, Sendable {
    public let name: String
    public let committed: String
    public let found: String
  }

  private var generated: URL { paper.appendingPathComponent("generated") }

  /// Macros of the text: name, fact, digits, and whether it is shown in percent.
  private static let numbers: [(macro: String, fact: String, digits: Int, percent: Bool)] = [
    ("Seeds", "seeds", 2, false), ("Blocks", "blocks", 3, false), ("Draws", "closed_form_draws", 5, false),
    ("BoundaryError", "closed_form_boundary_error", 2, false), ("ValueError", "closed_form_value_error", 2, false),
    ("LimitSlope", "slope", 4, false), ("LimitConstant", "constant", 4, false),
    ("LimitPredicted", "predicted_constant", 4, false), ("NetworkConstant", "network_constant", 4, false),
    ("NetworkPredicted", "network_predicted_constant", 4, false), ("FirstAccuracy", "first_accuracy", 3, true),
    ("LastAccuracy", "last_accuracy", 3, true), ("LastAccuracyLower", "last_accuracy_lower", 3, true),
    ("LastAccuracyUpper", "last_accuracy_upper", 3, true), ("FirstLoss", "first_loss", 3, false),
    ("LeastLoss", "least_loss", 3, false), ("LeastLossBlock", "least_loss_block", 3, false),
    ("DiffusionPredictedDepth", "diffusion_predicted_depth", 3, false),
    ("DiffusionRealisedDepth", "diffusion_realised_depth", 3, false),
    ("DiffusionKS", "diffusion_kolmogorov_smirnov", 2, false), ("KernelKS", "kernel_kolmogorov_smirnov", 2, false),
    ("DiffusionRegret", "diffusion_regret", 2, false), ("DiffusionRegretLower", "diffusion_regret_lower", 2, false),
    ("DiffusionRegretUpper", "diffusion_regret_upper", 2, false), ("DiffusionGap", "diffusion_optimism_gap", 2, true),
    ("DiffusionGapLower", "diffusion_optimism_gap_lower", 2, true),
    ("DiffusionGapUpper", "diffusion_optimism_gap_upper", 2, true),
    ("FixedObjective", "objective_fixed_depth", 3, false),
    ("BackwardObjective", "objective_backward_induction", 3, false), ("OracleObjective", "objective_oracle", 3, false),
    ("FullObjective", "objective_full_depth", 3, false), ("BudgetBound", "budget_bound", 3, false),
    ("HorizonHolds", "horizon_holds", 2, false),
  ]

  private func macros(_ run: RunFolder) throws -> NumberMacros {
    let facts = try run.json("facts.json")
    var macros = NumberMacros()
    for number in Self.numbers {
      guard let value = facts[number.fact]?.doubleValue else {
        throw InputError.data("\(run.url.path): facts.json has no '\(number.fact)'")
      }
      try macros.add(
        number.macro, number.percent ? 100 * value : value, digits: number.digits,
        source: "depth reproduce: \(number.fact)")
    }
    return macros
  }

  /// Writes `generated/` from a finished reproduction.
  ///
  /// - Throws: `InputError.data` when the run lacks a table or a number.
  public func generate(from run: RunFolder) throws {
    try AtomicFile.makeFolder(generated)
    try macros(run).write(to: generated.appendingPathComponent("numbers.tex"))
    let rules = try run.table("objective-against-cost")
    let (names, costs) = (try rules.texts("rule"), try rules.numbers("running_cost"))
    let shown = rules.rows { costs[$0] == DigitsExperiment.shownCost && names[$0] != "entropy" }
    let table = TexTable(
      shown,
      columns: [
        .init("rule", header: "rule"), .init("objective", header: FigureLabel("", symbol: "J"), digits: 3),
        .init("objective_lower", header: "lower", digits: 3), .init("objective_upper", header: "upper", digits: 3),
        .init("accuracy", header: "accuracy", digits: 4),
        .init("expected_stopping_depth", header: FigureLabel("", symbol: "E tau"), digits: 3),
      ])
    try AtomicFile.write(try table.tex(), to: generated.appendingPathComponent("rules.tex"))
    try PgfplotsRenderer(width: 400).write(
      haltingLaws(run), to: generated.appendingPathComponent("halting-law.tex"))
    try AtomicFile.write(
      try AtomicFile.read(run.file("configuration.json")), to: generated.appendingPathComponent("configuration.json"))
  }

  private func haltingLaws(_ run: RunFolder) throws -> Figure {
    let first = try RunFolder(opening: run.url.appendingPathComponent("seed-0"))
    let panels = try ["kernel", "diffusion"].flatMap { level in
      try Figures.haltingLaw(first.table("halting-law-\(level)")).panels
    }
    return Figure(panels, legend: .below, summary: "Observed and predicted law of the stopping depth.", height: 190)
  }

  /// The numbers that a run gives differently from the committed `numbers.tex`, as they are printed.
  public func differences(from run: RunFolder) throws -> [Difference] {
    let committed = Self.values(
      String(decoding: try AtomicFile.read(generated.appendingPathComponent("numbers.tex")), as: UTF8.self))
    let found = Self.values(try macros(run).tex)
    return Set(committed.keys).union(found.keys).sorted().compactMap { name in
      let (old, new) = (committed[name] ?? "missing", found[name] ?? "missing")
      return old == new ? nil : Difference(name: name, committed: old, found: new)
    }
  }

  private static func values(_ tex: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in tex.split(separator: "\n") where line.hasPrefix("\\newcommand{\\") {
      let rest = line.dropFirst("\\newcommand{\\".count)
      guard let end = rest.firstIndex(of: "}") else { continue }
      values[String(rest[..<end])] = String(rest[rest.index(after: end)...])
    }
    return values
  }

  /// Runs latexmk; nil when it is not installed.
  ///
  /// - Throws: `InputError.data` with LaTeX's first error.
  public func typeset() throws -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    guard let latexmk = folders.map({ "\($0)/latexmk" }).first(where: FileManager.default.isExecutableFile) else {
      return nil
    }
    // a fixed date makes equal sources give equal bytes
    let process = try ChildProcess(
      latexmk, ["-pdf", "-interaction=nonstopmode", "-halt-on-error", "-quiet", "paper.tex"], in: paper,
      environment: ["SOURCE_DATE_EPOCH": "1764000000", "FORCE_SOURCE_DATE": "1"])
    guard process.code == 0 else {
      let log = (try? String(contentsOf: paper.appendingPathComponent("paper.log"), encoding: .isoLatin1)) ?? ""
      let reason = log.split(separator: "\n").first { $0.hasPrefix("!") } ?? "see paper.log"
      throw InputError.data("LaTeX failed: \(reason)")
    }
    return paper.appendingPathComponent("paper.pdf")
  }
}
