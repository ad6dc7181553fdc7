/// One axis of a panel: what it says, its scale and, if it is not to follow the data, its range.
public struct Axis: Equatable, Sendable {
  public enum Scale: String, Sendable {
    case linear
    /// Base 10. Values that are not positive count as missing.
    case logarithmic
  }

  public var label: FigureLabel
  public var scale: Scale
  /// Nil: the extent of the data and a small margin.
  public var range: ClosedRange<Double>?
  /// Whether ticks stand at integers only, as for blocks.
  public var isInteger: Bool

  /// An axis with a text of its own.
  ///
  /// `range` must be wider than one point, and positive on a logarithmic axis.
  public init(
    _ label: FigureLabel, scale: Scale = .linear, range: ClosedRange<Double>? = nil, isInteger: Bool = false
  ) {
    if let range {
      precondition(
        range.lowerBound < range.upperBound && range.lowerBound.isFinite && range.upperBound.isFinite
          && (scale == .linear || range.lowerBound > 0), "\(range) is no range of a \(scale.rawValue) axis")
    }
    self.label = label
    self.scale = scale
    self.range = range
    self.isInteger = isInteger
  }

  /// The axis of a column, labelled from `Vocabulary`; counts of blocks have ticks at integers.
  public init(column: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    self.init(
      FigureLabel(column: column), scale: scale, range: range, isInteger: column == "block" || column == "blocks")
  }
}
