import DepthRuns
public import DepthStopping
public import Foundation

/// A finished training run on disk: network, recorded paths, tables.
///
/// Files beside the run folder's own: `network.npz`, `paths.npz`, `checkpoint.npz`, `training.csv`, `exits.csv`; of networks with
/// several answers a sample also `sequences.npz`, the paths averaged over each sample's answers, for rules of whole sequences.
public struct TrainingRun: Sendable {
  public let network: ResidualNetwork
  public let paths: StoppingPaths
  /// Columns `epoch`, `loss`.
  public let history: Table
  /// The largest difference between a logit in single and in double precision, over all exits of the test part.
  public let precisionDifference: Double

  /// Trains on the train part, then records all parts, or of each part as many samples as `recorded` holds.
  ///
  /// - Throws: as `Trainer.train`.
  public init(
    _ trainer: Trainer, split: [StoppingPaths.Split], recorded: [Int]? = nil, lossKind: StoppingLossKind,
    checkpoint: URL?,
    progress: (Trainer.Progress) -> Void, shouldStop: @Sendable () -> Bool
  ) throws {
    let trained = try trainer.train(checkpoint: checkpoint, progress: progress, shouldStop: shouldStop)
    network = trained.network
    let dataset = recorded.map { trainer.dataset.selecting($0) } ?? trainer.dataset
    let split = recorded.map { $0.map { split[$0] } } ?? split
    paths = try PathRecorder(
      network: network, lossKind: lossKind, threads: trainer.threads, augmentation: trainer.augmentation
    )
    .record(dataset, split: split)
    precisionDifference = PrecisionCheck(
      network: network, augmentation: trainer.augmentation, threads: trainer.threads
    )
    .largestDifference(dataset, from: paths)
    var history = Table(name: "training")
    history.add("epoch", Array(1...trained.losses.count))
    history.add("loss", trained.losses)
    self.history = history
  }

  /// Test accuracy and mean stopping loss of every exit: columns `block`, `accuracy`, `stopping_loss`, `operations`.
  public var exitTable: Table {
    let test = paths.samples(of: .test)
    var table = Table(name: "exits")
    table.add("block", Array(0..<paths.exitCount))
    table.add(
      "accuracy",
      (0..<paths.exitCount).map { k in
        Double(test.filter { paths.isCorrect($0, k) == true }.count) / Double(test.count)
      })
    table.add(
      "stopping_loss",
      (0..<paths.exitCount).map { k in
        test.reduce(0) { $0 + paths.loss($1, k) } / Double(test.count)
      })
    table.add("operations", network.architecture.exitOperations.totals(reading: .gates))
    return table
  }

  public func write(into folder: RunFolder) throws {
    try ArrayArchive.write(network.archive, to: folder.file("network.npz"))
    try ArrayArchive.write(paths.archive, to: folder.file("paths.npz"))
    if !paths.groups.isEmpty {
      try ArrayArchive.write(paths.averagedByGroup().archive, to: folder.file("sequences.npz"))
    }
    try folder.write(history)
    try folder.write(exitTable)
  }
}
