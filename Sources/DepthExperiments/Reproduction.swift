import DepthFigures
import DepthDynamics
import DepthNetworks
import DepthRuns
public import Foundation

/// The whole path on real data, end to end: closed forms, depth limit, training, theory, comparison, figures, report.
public struct Reproduction: Sendable {
  public let effort: Effort
  public let threads: Int
  public let command: String

  public init(effort: Effort, threads: Int, command: String) {
    self.effort = effort
    self.threads = threads
    self.command = command
  }

  /// What a reproduction leaves behind.
  public struct Outcome: Sendable {
    public let report: URL
    public let figures: [URL]
    public let facts: [String: Double]
    public let seconds: Double
  }

  /// Runs everything into `folder`; training that was interrupted goes on from its checkpoint.
  ///
  /// - Throws: `InputError` (folder, gnuplot), `TrainingInterrupted`, and what solvers throw.
  public func run(
    into url: URL, progress: (String) -> Void, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> Outcome {
    let folder = try RunFolder(creating: url)
    let start = ContinuousClock.now
    progress("closed forms: \(effort.draws) random parameters a problem")
    let closedForms = try ClosedFormExperiment.run(draws: effort.draws, seed: 100)
    let results = try DigitsExperiment(effort: effort, threads: threads).run(
      into: url, progress: progress, shouldStop: shouldStop)
    progress("depth limit of flow-decay and of the trained network")
    let dataset = try DatasetCatalogue.load("digits")
    let limit = try DepthLimitExperiment.run(
      network: results[0].run.network, input: dataset.input(0).map { Double($0) })
    let evidence = ReproductionEvidence(
      closedForms: closedForms, limit: limit, digits: DigitsTables(results: results), first: results[0])
    for table in try evidence.tables() { try folder.write(table) }
    progress("figures and report")
    let figures = try ReproductionFigures(evidence).all()
    var files: [URL] = []
    for figure in figures {
      for ending in ["png", "svg", "tex"] {
        let file = folder.file("\(figure.name).\(ending)")
        try FigureFile.write(figure.figure, to: file)
        files.append(file)
      }
    }
    let elapsed = ContinuousClock.now - start
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    let manifest = Manifest(
      command: "reproduce", seed: 0, configuration: configuration, versions: LibraryVersions.all, seconds: seconds)
    let facts = try evidence.facts()
    try folder.write(.object(facts.mapValues { JSONValue($0) }), as: "facts.json")
    let report = folder.file("report.html")
    try ReproductionReport(evidence: evidence, figures: figures, facts: facts).report(
      command: command, configuration: .object(configuration), manifest: manifest
    ).write(to: report)
    try folder.finish(manifest)
    return Outcome(report: report, figures: files, facts: facts, seconds: seconds)
  }

  private var configuration: [String: JSONValue] {
    [
      "seeds": .array(effort.seeds.map { .integer(Int($0)) }), "running_costs": JSONValue(effort.runningCosts),
      "draws": .integer(effort.draws), "shown_cost": JSONValue(DigitsExperiment.shownCost),
      "coordinate": .string(DigitsExperiment.coordinate), "training": .object(DigitsExperiment.training(seed: 0).json),
    ]
  }
}
