import DepthNumerics
import DepthRuns
public import DepthStopping
import Foundation

/// What one pays by predicting at an exit.
public enum StoppingLossKind: String, CaseIterable, Sendable {
  /// `-ln p_y`, in nats; unbounded above.
  case crossEntropy = "cross-entropy"
  /// 1 for a wrong prediction.
  case zeroOne = "zero-one"

  /// - Throws: `InputError.usage` for an unknown name.
  public static func named(_ name: String) throws -> StoppingLossKind {
    guard let kind = StoppingLossKind(rawValue: name) else {
      throw InputError.unknown(name, kindOfName: "stopping loss", known: allCases.map(\.rawValue))
    }
    return kind
  }
}

/// Runs a trained network over a data set in double precision and records its `StoppingPaths`.
public struct PathRecorder: Sendable {
  public let network: ResidualNetwork
  public let lossKind: StoppingLossKind
  public let threads: Int
  /// What the network was trained with: of images it sees the centred window.
  public let augmentation: Augmentation

  public init(
    network: ResidualNetwork, lossKind: StoppingLossKind = .crossEntropy, threads: Int = 1,
    augmentation: Augmentation = .none
  ) {
    self.augmentation = augmentation
    self.network = network
    self.lossKind = lossKind
    self.threads = threads
  }

  /// All samples with their parts; features in the order of `StoppingPaths.standardFeatures`.
  ///
  /// Of several answers a sample every answer is a path, its state and residual its own token's, and its group the sample: the
  /// answers of one sequence are dependent. `split` is of the samples.
  ///
  /// - Throws: `NonFiniteNetwork` when training ended with parameters that no longer give finite logits.
  public func record(_ dataset: Dataset, split: [StoppingPaths.Split]) throws -> StoppingPaths {
    precondition(
      dataset.answersPerSample == network.architecture.answersPerSample,
      "\(dataset.answersPerSample) labels a sample, the network gives \(network.architecture.answersPerSample) answers")
    let record = PathRecord(network.architecture, dataset, augmentation)
    let samples = Array(0..<dataset.sampleCount)
    let failures = network.forwardPasses(threads: threads).map(record.data, samples: samples) { workspace, places in
      record.take(workspace, from: places.lowerBound, count: places.count, lossKind)
    }
    if let failure = failures.first { throw failure }
    let answers = network.architecture.answersPerSample
    return StoppingPaths(
      sampleCount: dataset.labels.count, exitCount: network.architecture.exits, stoppingLoss: record.losses.values,
      featureNames: StoppingPaths.standardFeatures, features: record.features.values,
      classCount: dataset.classCount, logits: record.logits.values, labels: dataset.labels,
      residualNorm: record.residuals.values, split: split.flatMap { repeatElement($0, count: answers) },
      lipschitzConstant: lossKind == .crossEntropy ? lipschitzConstants : [],
      operations: network.architecture.exitOperations,
      groups: answers == 1 ? [] : dataset.labels.indices.map { $0 / answers })
  }

  /// Cross-entropy's gradient in the features is `U^T (p - e_y)`, so `Lambda_k = sqrt(2) ||U_k||_2`, times the pooling's constant;
  /// empty where that is not known.
  private var lipschitzConstants: [Double] {
    let architecture = network.architecture
    let constants = (0..<architecture.exits).compactMap { exit -> Double? in
      let pooling = architecture.stages[architecture.stage(ofExit: exit)].pooling
      guard let factor = pooling == nil ? 1 : pooling?.map.lipschitzConstant else { return nil }
      return factor * 2.0.squareRoot()
        * LinearSystems.spectralNorm(
          network.headWeights(exit), rows: architecture.classCount,
          columns: architecture.layout.headFeatures[exit])
    }
    return constants.count == architecture.exits ? constants : []
  }
}

/// The buffers of a recording, filled by rows that no two threads share.
private final class PathRecord: @unchecked Sendable {
  let data: TrainingData
  let losses: SharedRows
  let features: SharedRows
  let logits: SharedRows
  let residuals: SharedRows
  private let architecture: NetworkArchitecture

  init(_ architecture: NetworkArchitecture, _ dataset: Dataset, _ augmentation: Augmentation) {
    self.architecture = architecture
    data = TrainingData(dataset, augmentation)
    let cells = dataset.labels.count * architecture.exits
    losses = SharedRows(count: cells)
    features = SharedRows(count: cells * StoppingPaths.standardFeatures.count)
    logits = SharedRows(count: cells * architecture.classCount)
    residuals = SharedRows(count: dataset.labels.count * architecture.blocks)
  }

  /// Copies what a chunk's forward pass found; the first sample whose logits are not finite, if any.
  func take(
    _ workspace: NetworkWorkspace<Double>, from start: Int, count: Int, _ kind: StoppingLossKind
  ) -> NonFiniteNetwork? {
    let (classes, blocks, exits) = (architecture.classCount, architecture.blocks, architecture.exits)
    let (width, answers) = (StoppingPaths.standardFeatures.count, architecture.answersPerSample)
    let first = start * answers
    for i in 0..<(count * answers) {
      for k in 0..<exits {
        let (cell, part) = ((first + i) * exits + k, workspace.answerParts[k])
        let place = i / answers * workspace.stateCounts[k] + part.start + i % answers * part.size
        let row = workspace.logits[k] + i * workspace.layout.headRows[k]
        let z = UnsafeBufferPointer(start: row, count: classes)
        guard z.allSatisfy(\.isFinite) else { return NonFiniteNetwork(exit: k, sample: start + i / answers) }
        (logits.base + cell * classes).update(from: row, count: classes)
        let state = workspace.states[k] + place
        let update = k == 0 ? 0 : Self.distance(state, workspace.blockInputs[k - 1] + place, part.size)
        let wrong = z.indices.max { z[$0] < z[$1] }! != data.labels[first + i]
        losses.base[cell] = kind == .crossEntropy ? max(0, workspace.loss(i, k)) : wrong ? 1 : 0
        let gate = k < blocks ? workspace.gate(i, k) : 1
        let values = LogitFeatures.values(z) + [update, BLAS.norm(part.size, state), gate]
        for j in 0..<width { features.base[cell * width + j] = values[j] }
        if k > 0 { residuals.base[(first + i) * blocks + k - 1] = update / architecture.blockSize }
      }
    }
    return nil
  }

  private static func distance(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += (a[i] - b[i]) * (a[i] - b[i]) }
    return sum.squareRoot()
  }
}

/// Zeros that several threads fill, each its own rows.
final class SharedRows: @unchecked Sendable {
  let base: UnsafeMutablePointer<Double>
  private let count: Int
  private let memory = WorkspaceMemory()

  init(count: Int) {
    self.count = count
    base = memory.allocate(count)
  }

  var values: [Double] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

/// A trained network whose output is not finite.
public struct NonFiniteNetwork: Error, CustomStringConvertible, Equatable, Sendable {
  public let exit: Int
  public let sample: Int
  public var description: String {
    "the trained network's logits are not finite at exit \(exit) of sample \(sample); try a smaller learning_rate"
  }
}
