import DepthNetworks
import DepthRuns
import DepthStopping

/// A run's held-out samples through its network, continued beyond the trained depth.
struct ExtendedPaths {
  let paths: StoppingPaths
  let trainedBlocks: Int
  let warnings: [String]

  /// Samples of each part; more would take long at hundreds of blocks.
  private static let mostSamples = 2000

  /// - Throws: `InputError` for a run whose network shares no weights or whose data are missing; `NonFiniteNetwork` where the state
  ///   grows beyond all numbers.
  init(_ path: String, blocks: Int, threads: Int) throws {
    let run = try TrainedRun(path, threads: threads)
    let network = try run.network.extended(toBlocks: blocks)
    let split = try run.split()
    let heldOut = RecordedSamples.evenly(split, most: Self.mostSamples).filter { split[$0] != .train }
    let recorder = PathRecorder(
      network: network, lossKind: try run.lossKind(), threads: threads, augmentation: run.augmentation)
    paths = try recorder.record(run.dataset.selecting(heldOut), split: heldOut.map { split[$0] })
    trainedBlocks = run.network.architecture.blocks
    let left = split.count { $0 != .train } - heldOut.count
    warnings =
      left > 0 ? ["\(heldOut.count) held-out samples run beyond the trained depth; \(left) more are left out"] : []
  }
}
