import ArgumentParser
import DepthFigures
import DepthRuns
import Foundation

/// `depth figures RUN`: pictures from the tables of a run.
struct FiguresCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figures", abstract: "Pictures from tables: the standard ones of a run, or any tidy table.",
    discussion: """
      examples:
        depth figures runs/digits --output pictures
        depth figures reproduction/objective-against-cost.csv --x running_cost --y objective --by rule --log x,y --plot -
      """)

  @Argument(help: "Run folders, or CSV tables with --x and --y.") var sources: [String]
  @Option(name: .long, help: "Column on the horizontal axis.") var x: String?
  @Option(name: .long, help: "Column on the vertical axis; its _lower and _upper make a band.") var y: String?
  @Option(name: .long, help: "Column whose values become lines.") var by: String?
  @Option(name: .long, help: "Column whose values become panels.") var facet: String?
  @Option(name: .long, help: "Logarithmic axes: x, y or x,y.") var log: String?
  @Option(name: .long, help: "Folder for the pictures (default: the run's own).") var output: String?
  @Option(name: .long, help: "FILE.png, .svg, .pdf, .tex, or - for the terminal; one table only.") var plot: String?
  @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false

  func run() throws {
    guard !sources.isEmpty else { throw InputError.usage("name a run folder or a CSV table") }
    let drawn = try sources.flatMap { try x == nil && y == nil ? standard($0) : [tidy($0)] }
    if json {
      try printJSON(
        "figures", ["sources": .array(sources.map { .string($0) })],
        [
          "figures": .array(
            drawn.map { ["file": .string($0.file), "table": .string($0.table), "run": .string($0.run)] })
        ])
    } else {
      for figure in drawn where figure.file != "-" { print(figure.file) }
    }
  }

  private struct Drawn {
    let file: String
    let table: String
    let run: String
  }

  private func tidy(_ source: String) throws -> Drawn {
    guard let x, let y else { throw InputError.usage("--x and --y go together") }
    let axes = Set((log ?? "").split(separator: ",").map(String.init))
    guard axes.isSubset(of: ["x", "y"]) else { throw InputError.value(log ?? "", of: "--log", allowed: "x, y or x,y") }
    var url = URL(fileURLWithPath: source)
    if !source.hasSuffix(".csv") { url.appendPathComponent("results.csv") }
    let table = try Table(contentsOf: url)
    let figure = try Figures.tidy(
      table, x: x, y: y, by: by, facet: facet, logarithmicX: axes.contains("x"), logarithmicY: axes.contains("y"))
    let target = plot ?? folder(url.deletingLastPathComponent()).appendingPathComponent("\(table.name)-\(y).png").path
    try deliver(figure, target)
    return Drawn(file: target, table: url.path, run: url.deletingLastPathComponent().path)
  }

  /// The pictures that a run's tables allow, by the tables' names.
  private func standard(_ source: String) throws -> [Drawn] {
    let run = try RunFolder(opening: URL(fileURLWithPath: source))
    let kinds: [(table: String, draw: (Table) throws -> Figure)] = [
      ("exits", Figures.accuracyPerBlock), ("accuracy-per-block", Figures.accuracyPerBlock),
      ("depth-limit", Figures.depthLimit), ("depth-limit-network", Figures.depthLimit),
      ("halting-law-kernel", Figures.haltingLaw), ("halting-law-diffusion", Figures.haltingLaw),
      ("objective-against-cost", Figures.objectiveAgainstCost), ("accuracy_depth", Figures.accuracyDepth),
      ("path-length", Figures.pathLength), ("field-norm-envelope", Figures.fieldNormEnvelope),
      ("logarithmic-norm", Figures.logarithmicNorm), ("lyapunov-running", Figures.lyapunovExponents),
      ("contraction-profile", { try Figures.contraction($0, bounds: run.table("contraction")) }),
      ("value", { try Figures.stoppingRegions($0, boundary: run.table("boundary")) }),
    ]
    let present = kinds.filter { run.has("\($0.table).csv") }
    guard !present.isEmpty else {
      throw InputError.data("\(source) has no table with a standard picture; give --x and --y")
    }
    guard plot == nil || present.count == 1 else {
      throw InputError.usage(
        "--plot takes one picture, \(source) has \(present.count): \(present.map(\.table).joined(separator: ", "))")
    }
    return try present.flatMap { kind -> [Drawn] in
      let figure = try kind.draw(run.table(kind.table))
      let targets =
        plot.map { [$0] } ?? ["png", "svg"].map { folder(run.url).appendingPathComponent("\(kind.table).\($0)").path }
      return try targets.map { target in
        try deliver(figure, target)
        return Drawn(file: target, table: run.file("\(kind.table).csv").path, run: source)
      }
    }
  }

  private func folder(_ fallback: URL) -> URL { output.map { URL(fileURLWithPath: $0) } ?? fallback }

  private func deliver(_ figure: Figure, _ target: String) throws {
    if target == "-" {
      let isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
      print(try BrailleRenderer(color: isTerminal).render(figure))
    } else {
      if output != nil { try AtomicFile.makeFolder(URL(fileURLWithPath: target).deletingLastPathComponent()) }
      try FigureFile.write(figure, to: URL(fileURLWithPath: target))
    }
  }
}
