/// Training was asked to stop; the checkpoint holds the epochs done.
public struct TrainingInterrupted: Error, CustomStringConvertible, Equatable, Sendable {
  public let epoch: Int
  public let epochs: Int

  public init(epoch: Int, epochs: Int) {
    self.epoch = epoch
    self.epochs = epochs
  }

  public var description: String { "interrupted after epoch \(epoch) of \(epochs)" }
}

/// The loss or its gradient stopped being finite.
public struct TrainingDiverged: Error, CustomStringConvertible, Equatable, Sendable {
  /// From 1.
  public let epoch: Int
  /// Of all batches of the training, from 0.
  public let step: Int
  public let place: Place

  /// Where the first number that is not finite appeared.
  public enum Place: Equatable, Sendable {
    /// After this block; -1: before any block.
    case state(afterBlock: Int)
    /// In this block's gradient, the states being finite.
    case gradient(ofBlock: Int)
    /// In the gradient of a map, a head or a gate.
    case gradientElsewhere
  }

  public var description: String {
    let text =
      switch place {
      case .state(-1): "the states before block 0 or their logits"
      case .state(let block): "the states after block \(block) or their logits"
      case .gradient(let block): "the gradient of block \(block)"
      case .gradientElsewhere: "the gradient of a map, a head or a gate"
      }
    return "the loss is not finite in epoch \(epoch), step \(step), first in \(text); try a smaller learning_rate"
  }
}
