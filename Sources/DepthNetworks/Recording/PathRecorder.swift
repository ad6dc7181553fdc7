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

/// Runs a trained network over a data set and records its `StoppingPaths`.
public struct PathRecorder: Sendable {
  public let network: ResidualNetwork
  public let lossKind: StoppingLossKind

  public init(network: ResidualNetwork, lossKind: StoppingLossKind = .crossEntropy) {
    self.network = network
    self.lossKind = lossKind
  }

  /// All samples with their parts; features in the order of `StoppingPaths.standardFeatures`.
  ///
  /// - Throws: `NonFiniteNetwork` when training ended with parameters that no longer give finite logits.
  public func record(_ dataset: Dataset, split: [StoppingPaths.Split]) throws -> StoppingPaths {
    let shape = network.shape
    let (n, exits, d) = (dataset.sampleCount, shape.exits, shape.stateDimension)
    let m = StoppingPaths.standardFeatures.count
    var loss = [Double](repeating: 0, count: n * exits)
    var logits = [Double](repeating: 0, count: n * exits * shape.classCount)
    var features = [Double](repeating: 0, count: n * exits * m)
    var residuals = [Double](repeating: 0, count: n * shape.blocks)
    let workspace = NetworkWorkspace(shape: shape, capacity: Trainer.chunk)
    for start in stride(from: 0, to: n, by: Trainer.chunk) {
      let count = min(Trainer.chunk, n - start)
      let inputs = Array(dataset.features[(start * dataset.featureCount)..<((start + count) * dataset.featureCount)])
      workspace.forward(
        network.parameters, inputs: inputs, labels: Array(dataset.labels[start..<(start + count)]), count: count)
      for i in 0..<count {
        for k in 0..<exits {
          let cell = (start + i) * exits + k
          let z = UnsafeBufferPointer(start: workspace.logits(k) + i * shape.classCount, count: shape.classCount)
          let state = workspace.states(k) + i * d
          let update = k == 0 ? 0 : Self.distance(state, workspace.states(k - 1) + i * d, d)
          guard z.allSatisfy(\.isFinite) else { throw NonFiniteNetwork(exit: k, sample: start + i) }
          for j in z.indices { logits[cell * shape.classCount + j] = z[j] }
          let wrong = z.indices.max { z[$0] < z[$1] }! != dataset.labels[start + i]
          loss[cell] = lossKind == .crossEntropy ? max(0, workspace.loss(i, k)) : wrong ? 1 : 0
          let gate = k < shape.blocks ? workspace.gate(i, k) : 1
          let row = LogitFeatures.values(z) + [update, BLAS.norm(d, state), gate]
          for j in 0..<m { features[cell * m + j] = row[j] }
          if k > 0 { residuals[(start + i) * shape.blocks + k - 1] = update / shape.blockSize }
        }
      }
    }
    return StoppingPaths(
      sampleCount: n, exitCount: exits, stoppingLoss: loss, featureNames: StoppingPaths.standardFeatures,
      features: features, classCount: shape.classCount, logits: logits, labels: dataset.labels, residualNorm: residuals,
      split: split, lipschitzConstant: lossKind == .crossEntropy ? lipschitzConstants : [],
      operations: shape.exitOperations)
  }

  /// Cross-entropy's gradient in h is `U^T (p - e_y)`, so `Lambda_k = sqrt(2) ||U_k||_2`.
  private var lipschitzConstants: [Double] {
    (0..<network.shape.exits).map {
      2.0.squareRoot()
        * LinearSystems.spectralNorm(
          network.headWeights($0), rows: network.shape.classCount, columns: network.shape.stateDimension)
    }
  }

  private static func distance(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += (a[i] - b[i]) * (a[i] - b[i]) }
    return sum.squareRoot()
  }
}

/// A trained network whose output is not finite.
public struct NonFiniteNetwork: Error, CustomStringConvertible, Equatable, Sendable {
  public let exit: Int
  public let sample: Int
  public var description: String {
    "the trained network's logits are not finite at exit \(exit) of sample \(sample); try a smaller learning_rate"
  }
}
