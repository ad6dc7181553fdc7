import ArgumentParser
import DepthExperiments
import DepthFigures
import DepthRuns
import Foundation

/// `depth figures RUN/SWEEP...`: pictures from the tables of runs and sweeps.
struct FiguresCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figures", abstract: "Pictures from tables: a run's standard ones, a sweep's, or any tidy table's.",
    discussion: """
      examples:
        depth figures runs/digits --output pictures
        depth figures sweep --x c --y boundary --by s --log x,y
        depth figures sweep --x c --y boundary --where s=0.5 --plot -
        depth figures sweep --x c --y s --z value --log x --plot value.png
        depth figures reproduction/objective-against-cost.csv --x running_cost --y objective --by rule --log x,y --plot -
        depth figures --gallery gallery

      A sweep's rows that differ in replicate and seed alone become a mean with its 95 % interval (Student); that table is
      written beside the picture. Columns go by their names, aliases (c) and short forms: value is value.0.value, boundary is
      boundary.radius, or boundary.lower with boundary.upper, and 'rules.*.objective' is a line a rule.
      """)

  @Argument(help: "Run folders, or sweeps and CSV tables with --x and --y.", completion: Completions.folders)
  var sources: [String] = []
  @Option(name: .long, help: "Column on the horizontal axis.") var x: String?
  @Option(name: .long, help: "Column on the vertical axis; of a table, its _lower and _upper make a band.") var y:
    String?
  @Option(name: .long, help: "Column that is the colour over x and y: a heat map.") var z: String?
  @Option(name: .long, help: "Column whose values become lines.") var by: String?
  @Option(name: .long, help: "Column whose values become panels.") var facet: String?
  @Option(
    name: .customLong("where"), parsing: .unconditionalSingleValue, help: "Only rows with COLUMN=VALUE; repeatable.")
  var filters: [String] = []
  @Option(name: .long, help: "Logarithmic axes: x, y, z, or several: x,y.", completion: .list(["x", "y", "x,y", "z"]))
  var log: String?
  @Option(
    name: .long, help: "Folder for the pictures and their tables (default: the run's own).", completion: .directory)
  var output: String?
  @Option(
    name: .long, help: "FILE.png, .svg, .pdf, .tex, or - for the terminal; one picture only.",
    completion: Completions.pictures)
  var plot: String?
  @Option(
    name: .long, help: "Compute and draw the standard figures into this folder, with a page of their commands.",
    completion: .directory)
  var gallery: String?
  @Flag(name: .long, help: "No progress on stderr.") var quiet = false
  @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false

  func run() throws {
    if let gallery { return try drawGallery(URL(fileURLWithPath: gallery)) }
    guard !sources.isEmpty else {
      throw InputError.usage("name a run folder, a sweep or a CSV table, or --gallery with a folder")
    }
    let isTidy = x != nil || y != nil || z != nil
    guard isTidy || (by == nil && facet == nil && log == nil && filters.isEmpty) else {
      throw InputError.usage("--by, --facet, --where and --log go with --x and --y")
    }
    guard plot == nil || sources.count == 1 else {
      throw InputError.usage("--plot takes one picture, of one run or table, not of \(sources.count)")
    }
    if let plot, plot != "-" { try FigureFile.requireWritable(URL(fileURLWithPath: plot)) }
    let pictures = try sources.flatMap { source in
      try isTidy ? [tidy(source)] : StandardFigures(of: source).pictures(plot: plot)
    }
    try deliver(pictures)
  }

  private func deliver(_ pictures: [Picture]) throws {
    var drawn: [DrawnPicture] = []
    for picture in pictures {
      for note in picture.notes { Messages.note("note: \(note)", quiet: quiet || json) }
      drawn += try picture.draw(plot: plot, output: output, toError: json)
    }
    guard json else {
      for figure in drawn where figure.file != "-" { try StandardOutput.print(figure.file) }
      return
    }
    try printJSON("figures", record, ["figures": .array(drawn.map(\.json))], warnings: pictures.flatMap(\.notes))
  }

  private var record: [String: JSONValue] {
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return [
      "sources": .array(sources.map { .string($0) }), "x": text(x), "y": text(y), "z": text(z), "by": text(by),
      "facet": text(facet), "log": text(log), "where": .array(filters.map { .string($0) }),
    ]
  }

  /// The picture that --x, --y and the like ask for.
  private func tidy(_ source: String) throws -> Picture {
    guard let x, let y else { throw InputError.usage("--x and --y go together") }
    guard z == nil || by == nil else {
      throw InputError.usage("--by makes lines, --z colours; allowed: one of them (--facet goes with both)")
    }
    let axes = Set((log ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
    guard axes.isSubset(of: z == nil ? ["x", "y"] : ["x", "y", "z"]) else {
      throw InputError.value(log ?? "", of: "--log", allowed: z == nil ? "x, y or x,y" : "x, y, z or several: x,y")
    }
    let url = URL(fileURLWithPath: source)
    let table = try SweepSource(contentsOf: url)
    let request = SweepAggregation.Request(
      x: x, y: y, z: z, by: by, facet: facet, filters: try filters.map(Self.filter))
    return try TidyPicture(table, request, logarithmic: axes).picture(of: url)
  }

  private static func filter(_ text: String) throws -> (column: String, value: String) {
    let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw InputError.value("'\(text)'", of: "--where", allowed: "COLUMN=VALUE")
    }
    return (parts[0], parts[1])
  }

  private func drawGallery(_ folder: URL) throws {
    guard sources.isEmpty, x == nil, y == nil, plot == nil, output == nil else {
      throw InputError.usage("--gallery computes its own runs and takes no others; allowed beside it: --json, --quiet")
    }
    let page = try Gallery(folder: folder).draw { Messages.note($0, quiet: quiet) }
    guard json else { return try StandardOutput.print(page.index.path) }
    try printJSON(
      "figures", ["gallery": .string(folder.path)],
      ["index": .string(page.index.path), "figures": .array(page.pictures.map(\.json))])
  }
}
