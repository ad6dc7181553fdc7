public import DepthNumerics
import DepthStopping
import Foundation

/// What a network that skips answers to many requests: tau, prediction and loss of each.
public struct InferenceOutcome: Equatable, Sendable {
  public let stoppingDepths: [Int]
  /// Logits at tau, count x classes.
  public let logits: [Double]
  /// g_tau.
  public let stoppingLoss: [Double]
  /// 1 where the prediction is right.
  public let correct: [Double]

  /// All requests, in batches of `inference.batchSize`.
  ///
  /// - Parameter assigned: the index of each request's rule; nil for the first.
  /// - Throws: `NonFiniteAnswer` for the first request whose logits are not finite.
  public init<Scalar: MatrixScalar>(
    _ inference: SkippingInference<Scalar>, _ requests: InferenceRequests<Scalar>, rules assigned: [Int]? = nil,
    lossKind: StoppingLossKind = .crossEntropy
  ) throws {
    let classes = inference.architecture.classCount
    var (depths, logits) = ([Int](), [Double]())
    depths.reserveCapacity(requests.count)
    logits.reserveCapacity(requests.count * classes)
    inference.run(all: requests, rules: assigned, first: requests.count) {
      depths += inference.stoppingDepths
      logits += inference.logits.map { Double($0) }
    }
    if let place = logits.firstIndex(where: { !$0.isFinite }) {
      throw NonFiniteAnswer(request: place / classes, exit: depths[place / classes])
    }
    var (losses, correct) = ([Double](), [Double]())
    for (request, label) in requests.labels.enumerated() {
      let row = logits[(request * classes)..<((request + 1) * classes)]
      let isRight = row.withUnsafeBufferPointer {
        LogitFeatures.predictedClass($0.baseAddress!, classes: classes) == label
      }
      correct.append(isRight ? 1 : 0)
      losses.append(lossKind == .crossEntropy ? Self.crossEntropy(row, label) : isRight ? 0 : 1)
    }
    (stoppingDepths, self.logits, stoppingLoss, self.correct) = (depths, logits, losses, correct)
  }

  /// `ln sum_j e^(z_j - z_top) + z_top - z_y`.
  private static func crossEntropy(_ row: ArraySlice<Double>, _ label: Int) -> Double {
    let top = row.max() ?? 0
    let sum = row.reduce(0) { $0 + exp($1 - top) }
    return max(0, log(sum) + top - row[row.startIndex + label])
  }
}

/// A request whose answer is not finite: inputs far from those that the network was trained on.
public struct NonFiniteAnswer: Error, CustomStringConvertible, Equatable, Sendable {
  public let request: Int
  public let exit: Int
  public var description: String { "the logits of request \(request) are not finite at exit \(exit), where it halts" }
}

extension SkippingInference {
  /// The first `first` requests in batches; `each` is called after every batch.
  func run(
    all requests: InferenceRequests<Scalar>, rules assigned: [Int]?, first: Int, each: () -> Void = {}
  ) {
    precondition(
      requests.inputCount == architecture.inputCount && assigned.map { $0.count == requests.count } ?? true,
      "\(requests.inputCount) inputs, \(assigned?.count ?? 0) rules")
    requests.inputs.withUnsafeBufferPointer { inputs in
      (assigned ?? []).withUnsafeBufferPointer { rules in
        guard let base = inputs.baseAddress else { return }
        for start in stride(from: 0, to: first, by: batchSize) {
          run(
            base + start * requests.inputCount, count: min(batchSize, first - start),
            rules: assigned == nil ? nil : rules.baseAddress.map { $0 + start })
          each()
        }
      }
    }
  }
}
