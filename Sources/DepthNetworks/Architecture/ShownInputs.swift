/// Inputs of which every block sees one row: before block k the state gets `W_s x_k` added, W_s (d x count) shared by all blocks.
///
/// A sample's inputs are `steps` rows of `count` numbers. Exit k has then seen the rows 0, ..., k - 1; blocks beyond the last row
/// see nothing new.
public struct ShownInputs: Equatable, Sendable {
  public let steps: Int
  public let count: Int

  public init(steps: Int, count: Int) {
    precondition(steps > 0 && count > 0, "\(steps) rows of \(count)")
    self.steps = steps
    self.count = count
  }

  public var inputCount: Int { steps * count }
}
