import ArgumentParser
import DepthFigures
import DepthNetworks
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// `depth lens NAME`: a neighbouring theory on the same recorded runs.
struct LensCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lens", abstract: "A neighbouring theory on the same recorded run.",
    discussion: """
      examples:
        depth lens neural-collapse --run runs/digits
        depth lens neural-collapse --run runs/L2 --run runs/L8 --run runs/L32 --running-cost 0.001 --plot collapse.png
        depth lens neural-collapse --layers layers.npz --paths mine.npz --running-cost 0.01 --json
      lenses:
      \(LensCatalogue.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))
      The network runs once more over the run's own data, and the rule halts the same samples.
      """)

  @Argument(help: "The lens.", completion: .list(LensCatalogue.all.map(\.name))) var lens: String
  @OptionGroup var common: CommonOptions
  @Option(name: .customLong("run"), help: "A run folder of depth train; repeatable, networks of several depths.")
  var folders: [String] = []
  @Option(name: .long, help: "A user's own layers: FILE.npz with label [n], features_K [n, d], head_K [classes, d].")
  var layers: String?
  @Option(name: .long, help: "The user's paths of the same samples, row by row.") var paths: String?
  @Option(name: .long, parsing: .unconditional, help: "The running cost c, loss per block (default: the run's).")
  var runningCost: Double?
  @Option(name: .long, help: "The halting rule (default backward-induction), fitted on the fit part.")
  var rule: String?
  @Option(name: .long, help: "Samples to look at: train, fit or test (default).") var part: String?
  @Option(name: .long, parsing: .unconditional, help: "Most samples, evenly spaced (default 10000).")
  var samples: Int?

  static let keys = ["lens", "run", "layers", "paths", "running_cost", "rule", "part", "samples"]

  /// What the command line and the file ask for.
  private struct Request {
    let rule: String
    let runningCost: Double?
    let part: StoppingPaths.Split
    let most: Int
    let threads: Int
  }

  func run() throws {
    let file = try common.file(known: Self.keys)
    guard try common.settings(file).isEmpty else { throw InputError.usage("lens has no problem parameters for --set") }
    let chosen = try LensCatalogue.named(lens)
    let runs = try folders.isEmpty ? file.strings("run") ?? [] : folders
    let request = try request(file)
    let (own, ownPaths) = (try layers ?? file.string("layers"), try paths ?? file.string("paths"))
    guard runs.isEmpty != (own == nil) else { throw InputError.usage("give either --run RUN or --layers FILE.npz") }
    guard (own == nil) == (ownPaths == nil) else { throw InputError.usage("--layers and --paths go together") }
    let (report, seconds) = try timed {
      let subjects =
        try own.flatMap { own in try ownPaths.map { [try Self.subject(layers: own, paths: $0, request)] } }
        ?? runs.map { try Self.subject($0, request) }
      return try chosen.report(subjects, threads: request.threads)
    }
    func named(_ name: String?) -> JSONValue { name.map { .string($0) } ?? .null }
    let configuration: [String: JSONValue] = [
      "lens": .string(chosen.name), "run": .array(runs.map { .string($0) }), "layers": named(own),
      "paths": named(ownPaths), "running_cost": JSONValue(request.runningCost), "rule": .string(request.rule),
      "part": .string("\(request.part)"), "samples": .integer(request.most),
    ]
    try CommandResult(
      command: "lens", configuration: configuration, results: report.results,
      diagnostics: Diagnostics(status: .converged, method: chosen.name, seconds: seconds),
      warnings: report.warnings, tables: report.tables, text: report.text, figure: { try Self.figure(report) }
    ).deliver(common)
  }

  private func request(_ file: OptionFile) throws -> Request {
    let name = try part ?? file.string("part") ?? "test"
    guard let part = StoppingPaths.Split.allCases.first(where: { "\($0)" == name }) else {
      throw InputError.unknown(name, kindOfName: "part", known: StoppingPaths.Split.allCases.map { "\($0)" })
    }
    let most = try samples ?? file.integer("samples") ?? 10_000
    guard most > 0 else { throw InputError.value(most, of: "samples", allowed: "positive integers") }
    let cost = try runningCost ?? (file.values["running_cost"] == .null ? nil : file.number("running_cost"))
    if let cost, !(cost > 0 && cost <= 1e100) {
      throw InputError.value(cost, of: "running_cost", allowed: "positive numbers up to 1e100")
    }
    let rule = try rule ?? file.string("rule") ?? "backward-induction"
    guard RuleCatalogue.names.contains(rule) else {
      throw InputError.unknown(rule, kindOfName: "rule", known: RuleCatalogue.names)
    }
    return Request(
      rule: rule, runningCost: cost, part: part, most: most, threads: try common.resolvedThreads(file))
  }

  /// The network of a run goes over its own data once more.
  private static func subject(_ folder: String, _ request: Request) throws -> LensSubject {
    let trained = try TrainedRun(folder, threads: request.threads)
    let paths = try StoppingPaths(archive: trained.folder.file("paths.npz"))
    let split = try trained.split()
    let recorded = try recordedSamples(trained, paths, split)
    let members = RecordedSamples.evenly(
      recorded.indices.filter { split[recorded[$0]] == request.part }, most: request.most)
    guard !members.isEmpty else {
      throw InputError.data("\(folder): no sample of the \(request.part) part was recorded")
    }
    let recorder = LayerRecorder(
      network: trained.network, augmentation: trained.augmentation, threads: request.threads)
    try MemoryGuard.require(
      recorder.bytes(samples: members.count) / 8, of: "the layers", take: "choose fewer --samples")
    let layers = try recorder.record(trained.dataset, samples: members.map { recorded[$0] })
    let answers = trained.network.architecture.answersPerSample
    return try LensSubject(
      name: folder, layers: layers, paths: paths,
      samples: members.flatMap { row in (0..<answers).map { row * answers + $0 } }, rule: request.rule,
      runningCost: try cost(request, trained))
  }

  /// Which samples of the data set the paths hold, in their order.
  private static func recordedSamples(
    _ trained: TrainedRun, _ paths: StoppingPaths, _ split: [StoppingPaths.Split]
  ) throws -> [Int] {
    let answers = trained.network.architecture.answersPerSample
    let most = trained.configuration["recorded_samples"]?.integerValue
    let recorded = most.map { RecordedSamples.evenly(split, most: $0) } ?? Array(split.indices)
    guard recorded.count * answers == paths.sampleCount else {
      throw InputError.data(
        "\(trained.folder.file("paths.npz").path) has \(paths.sampleCount) paths, the run's data \(recorded.count * answers)"
      )
    }
    return recorded
  }

  private static func cost(_ request: Request, _ trained: TrainedRun) throws -> Double {
    guard let cost = request.runningCost ?? trained.configuration["running_cost"]?.doubleValue, cost > 0 else {
      throw InputError.usage("--running-cost is missing")
    }
    return cost
  }

  private static func subject(layers: String, paths: String, _ request: Request) throws -> LensSubject {
    let recorded = try RecordedLayers(archive: URL(fileURLWithPath: layers))
    let own = try StoppingPaths(archive: URL(fileURLWithPath: paths))
    guard let cost = request.runningCost else { throw InputError.usage("--running-cost is missing") }
    return try LensSubject(
      name: layers, layers: recorded, paths: own, samples: Array(0..<own.sampleCount), rule: request.rule,
      runningCost: cost)
  }

  private static func figure(_ report: LensReport) throws -> Figure {
    let picture = report.picture
    guard let table = report.tables.first(where: { $0.name == picture.table }) else {
      throw InputError.data("the lens made no table \(picture.table)")
    }
    return try Figures.tidy(
      table, x: picture.x, y: picture.y, by: picture.by, logarithmicY: picture.hasLogarithmicY)
  }
}
