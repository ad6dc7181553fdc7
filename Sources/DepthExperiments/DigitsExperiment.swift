import DepthDynamics
import DepthNetworks
import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
public import Foundation

/// A residual network on real digits, over seeds: training, the finite-depth theorem, and halting against prediction.
public struct DigitsExperiment: Sendable {
  public let effort: Effort
  public let threads: Int
  /// Cost at which laws, regions and the theorem are shown.
  public static let shownCost = 0.01
  static let coordinate = "log_odds"

  public init(effort: Effort, threads: Int) {
    self.effort = effort
    self.threads = threads
  }

  /// One seed's run folder and everything found in it.
  public struct SeedResult: Sendable {
    public let seed: UInt64
    public let run: TrainingRun
    public let report: FiniteDepthReport
    public let evidence: FiniteDepthReport.Evidence
    /// One comparison per cost.
    public let comparisons: [DepthComparison]

    func comparison(_ cost: Double) -> DepthComparison {
      comparisons.first { $0.runningCost == cost } ?? comparisons[0]
    }
  }

  /// Trains or resumes each seed in `folder/seed-S`, then checks and compares.
  ///
  /// - Throws: `TrainingInterrupted` when `shouldStop` says so; finished seeds and checkpoints stay on disk.
  public func run(
    into folder: URL, progress: (String) -> Void, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> [SeedResult] {
    let dataset = try DatasetCatalogue.load("digits")
    return try effort.seeds.map { seed in
      let seedFolder = try RunFolder(creating: folder.appendingPathComponent("seed-\(seed)"))
      let configuration = Self.training(seed: seed)
      let split = StratifiedSplit.parts(of: dataset, seed: seed)
      let trainer = try Trainer(
        configuration: configuration, dataset: dataset, samples: split.indices.filter { split[$0] == .train },
        threads: threads)
      progress("seed \(seed): training \(configuration.blocks) blocks for \(configuration.epochs) epochs")
      let (run, seconds) = try timed {
        try TrainingRun(
          trainer, split: split, lossKind: .crossEntropy, checkpoint: seedFolder.file("checkpoint.npz"),
          progress: { _ in }, shouldStop: shouldStop)
      }
      progress("seed \(seed): theory against halting at \(effort.runningCosts.count) costs")
      let result = try analyse(run, seed: seed, shouldStop: shouldStop)
      try write(result, configuration, dataset, into: seedFolder, seconds: seconds)
      return result
    }
  }

  /// Tanh blocks, because the theory's limits want a smooth field, trained in the precision that the theory computes in.
  static func training(seed: UInt64) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    (configuration.network, configuration.precision, configuration.seed) = (.tanhMLP, .double, seed)
    return configuration
  }

  private var trainedEpochs: Int { Self.training(seed: 0).epochs }

  private func analyse(
    _ run: TrainingRun, seed: UInt64, shouldStop: @Sendable () -> Bool
  ) throws -> SeedResult {
    let (report, evidence) = try FiniteDepthReport.checking(
      run.paths, runningCost: Self.shownCost, coordinate: Self.coordinate, seed: seed, threads: threads)
    let comparisons = try effort.runningCosts.map { cost in
      if shouldStop() { throw TrainingInterrupted(epoch: trainedEpochs, epochs: trainedEpochs) }
      return try DepthComparison(
        run.paths, runningCost: cost, coordinate: Self.coordinate, seed: seed, threads: threads)
    }
    return SeedResult(seed: seed, run: run, report: report, evidence: evidence, comparisons: comparisons)
  }

  private func write(
    _ result: SeedResult, _ configuration: TrainingConfiguration, _ dataset: Dataset, into folder: RunFolder,
    seconds: Double
  ) throws {
    try result.run.write(into: folder)
    let shown = result.comparison(Self.shownCost)
    let tables =
      [
        result.report.table, result.report.hypothesisTable, result.evidence.envelope.table, shown.ruleTable,
        shown.lawTable(.kernel), shown.lawTable(.diffusion), shown.predictionTable,
      ] + (shown.fit.map { [$0.table] } ?? []) + (result.evidence.residuals.map { [$0.table] } ?? [])
    for table in tables { try folder.write(table) }
    try folder.write(.object(result.report.json), as: "theory.json")
    try folder.write(.object(shown.json), as: "compare.json")
    var resolved = configuration.json
    resolved["data"] = .string(dataset.name)
    resolved["data_sha256"] = .string(dataset.sha256)
    try folder.finish(
      Manifest(
        command: "train", seed: result.seed, configuration: resolved, versions: LibraryVersions.all, seconds: seconds))
  }
}
