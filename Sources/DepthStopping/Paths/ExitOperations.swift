/// Which exits a rule computes on its way to the one where it stops; what it pays besides the blocks.
public enum ExitReading: String, Sendable {
  /// The head of the exit where it stops, no other: a depth known beforehand.
  case last
  /// Every gate on the way, and the head where it stops.
  case gates
  /// Every head on the way.
  case heads
  /// Every head and every gate on the way.
  case everything
}

/// Floating-point operations of a network by exit, a multiplication and an addition counting two.
public struct ExitOperations: Equatable, Sendable {
  /// From the input to the state of exit k, without heads and gates; L+1.
  public let trunk: [Double]
  /// The head of exit k; L+1.
  public let head: [Double]
  /// The gate of exit k; L+1, 0 where there is none.
  public let gate: [Double]

  public init(trunk: [Double], head: [Double], gate: [Double]) {
    precondition(
      trunk.count == head.count && head.count == gate.count,
      "\(trunk.count) exits, \(head.count) heads, \(gate.count) gates")
    self.trunk = trunk
    self.head = head
    self.gate = gate
  }

  /// Given per exit as one number, everything read on the way included.
  public init(totals: [Double]) {
    let none = [Double](repeating: 0, count: totals.count)
    self.init(trunk: totals, head: none, gate: none)
  }

  public var exitCount: Int { trunk.count }

  /// What a sample that stops at exit k has cost, k = 0...L.
  public func totals(reading: ExitReading) -> [Double] {
    var (heads, gates) = (0.0, 0.0)
    return trunk.indices.map { exit in
      heads += head[exit]
      gates += gate[exit]
      return switch reading {
      case .last: trunk[exit] + head[exit]
      case .gates: trunk[exit] + head[exit] + gates
      case .heads: trunk[exit] + heads
      case .everything: trunk[exit] + heads + gates
      }
    }
  }

  /// The first `count` exits.
  public func prefix(_ count: Int) -> ExitOperations {
    ExitOperations(
      trunk: Array(trunk.prefix(count)), head: Array(head.prefix(count)), gate: Array(gate.prefix(count)))
  }
}
