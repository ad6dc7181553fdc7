/// Ends an integration where `function(t, h)` crosses zero.
public struct TerminalEvent: Sendable {
  public enum Direction: Int32, Sendable { case falling = -1, either = 0, rising = 1 }

  public let name: String
  public let direction: Direction
  public let function: @Sendable (_ depth: Double, _ state: UnsafePointer<Double>) -> Double

  public init(
    name: String, direction: Direction = .either,
    function: @escaping @Sendable (_ depth: Double, _ state: UnsafePointer<Double>) -> Double
  ) {
    self.name = name
    self.direction = direction
    self.function = function
  }

  /// `||h||^2 = radius^2`.
  public static func stateNorm(_ radius: Double, dimension: Int) -> TerminalEvent {
    TerminalEvent(name: "state-norm") { _, state in
      var sum = -radius * radius
      for i in 0..<dimension { sum += state[i] * state[i] }
      return sum
    }
  }

  /// The halting event `||f(t, h)|| <= threshold`, as the root of `||f||^2 - threshold^2`.
  public static func fieldNorm(_ threshold: Double, of field: some VectorField) -> TerminalEvent {
    TerminalEvent(name: "field-norm", direction: .falling) { depth, state in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: field.dimension) { buffer in
        field.evaluate(depth: depth, state: state, into: buffer.baseAddress!)
        return buffer.reduce(-threshold * threshold) { $0 + $1 * $1 }
      }
    }
  }

  /// `h_i = value`.
  public static func component(_ index: Int, equals value: Double) -> TerminalEvent {
    TerminalEvent(name: "component-\(index)") { _, state in state[index] - value }
  }
}
