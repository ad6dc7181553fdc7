public import DepthRuns

/// What one sample's inputs are; `Dataset.inputs` holds them row by row.
public enum InputShape: Equatable, Sendable {
  case vector(Int)
  /// Channel by channel, each row by row.
  case image(channels: Int, height: Int, width: Int)
  /// Whole numbers below `vocabulary`, in order.
  case tokens(length: Int, vocabulary: Int)
  /// `steps` rows of `count`: block k is shown row k, so exit k knows rows 0...k-1, exit 0 none.
  case shown(steps: Int, count: Int)

  /// Scalars of a sample.
  public var count: Int {
    switch self {
    case .vector(let count): count
    case .image(let channels, let height, let width): channels * height * width
    case .tokens(let length, _): length
    case .shown(let steps, let count): steps * count
    }
  }

  public var json: JSONValue {
    switch self {
    case .vector(let count): ["kind": "vector", "count": .integer(count)]
    case .image(let channels, let height, let width):
      ["kind": "image", "channels": .integer(channels), "height": .integer(height), "width": .integer(width)]
    case .tokens(let length, let vocabulary):
      ["kind": "tokens", "length": .integer(length), "vocabulary": .integer(vocabulary)]
    case .shown(let steps, let count): ["kind": "shown", "steps": .integer(steps), "count": .integer(count)]
    }
  }
}

extension InputShape: CustomStringConvertible {
  public var description: String {
    switch self {
    case .vector(let count): "vectors of \(count)"
    case .image(let channels, let height, let width): "images of \(channels) x \(height) x \(width)"
    case .tokens(let length, let vocabulary): "\(length) tokens of \(vocabulary) kinds"
    case .shown(let steps, let count): "\(steps) rows of \(count), one shown a block"
    }
  }
}
