/// Something that happens where a function `phi(t, h)` of depth and state crosses zero along a flow.
///
/// Where it happens is located on the integrator's dense output (`EventLocator`). A terminal event ends the integration, the
/// others are noted. Where the function only touches zero, that counts in the direction in which zero was reached, and is marked
/// as a touch.
///
/// A root at the start is no crossing and does not block what follows. A halting event is a condition instead, "the first depth
/// at which it holds": `phi <= 0` if falling, `phi >= 0` if rising, and `phi = 0` but for rounding in either direction; where it
/// holds at the start, the event lies there.
public struct Event: Sendable {
  public enum Direction: Int32, Sendable { case falling = -1, either = 0, rising = 1 }

  public typealias Function = @Sendable (_ depth: Double, _ state: UnsafePointer<Double>) -> Double
  /// Writes `dphi/dh` into `dimension` doubles, which come as zeros, and returns `dphi/dt`.
  public typealias Differential =
    @Sendable (_ depth: Double, _ state: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>) -> Double
  /// Adds `dphi/dp` to as many doubles as the field has parameters.
  public typealias ParameterDifferential =
    @Sendable (_ depth: Double, _ state: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>) -> Void

  public let name: String
  public let direction: Direction
  /// Whether it ends the integration.
  public var isTerminal: Bool
  /// Whether it is a condition that may hold at the start already.
  public let isHalting: Bool
  /// `phi(t, h)`.
  public let function: Function
  /// Exact derivatives of phi; nil: `EventGradient` takes central differences, good to about 1e-9 relative.
  public let differential: Differential?
  /// The derivative of phi with respect to the field's parameters at a fixed state; nil: phi does not depend on them.
  public let parameterDifferential: ParameterDifferential?

  public init(
    name: String, direction: Direction = .either, isTerminal: Bool = true, isHalting: Bool = false,
    differential: Differential? = nil, parameterDifferential: ParameterDifferential? = nil,
    function: @escaping Function
  ) {
    self.name = name
    self.direction = direction
    self.isTerminal = isTerminal
    self.isHalting = isHalting
    self.function = function
    self.differential = differential
    self.parameterDifferential = parameterDifferential
  }

  /// Whether phi at the start is the condition already.
  func holdsAtStart(_ value: Double) -> Bool {
    guard isHalting else { return false }
    switch direction {
    case .falling: return value <= 0
    case .rising: return value >= 0
    case .either: return value == 0
    }
  }

  /// The same event in another direction.
  public func inDirection(_ direction: Direction) -> Event {
    Event(
      name: name, direction: direction, isTerminal: isTerminal, isHalting: isHalting, differential: differential,
      parameterDifferential: parameterDifferential, function: function)
  }

  /// `||h||^2 = radius^2`.
  public static func stateNorm(_ radius: Double, dimension: Int) -> Event {
    Event(
      name: "state-norm",
      differential: { _, state, gradient in
        for i in 0..<dimension { gradient[i] = 2 * state[i] }
        return 0
      },
      function: { _, state in
        var sum = -radius * radius
        for i in 0..<dimension { sum += state[i] * state[i] }
        return sum
      })
  }

  /// `h_i = value`.
  public static func component(_ index: Int, equals value: Double) -> Event {
    precondition(index >= 0, "component \(index)")
    return Event(
      name: "component-\(index)",
      differential: { _, _, gradient in
        gradient[index] = 1
        return 0
      },
      function: { _, state in state[index] - value })
  }

  /// The halting event `||f(t, h)|| <= threshold`, as the falling root of `||f||^2 - threshold^2`; at the start if it holds
  /// there.
  ///
  /// Its derivatives `2 J^T f`, `2 f . f_t` and `2 (df/dp)^T f` are exact for a differentiable field.
  public static func fieldNorm(_ threshold: Double, of field: some VectorField) -> Event {
    let pulled = (field as? any DifferentiableField).map { fieldNormDifferentials($0) }
    return Event(
      name: "field-norm", direction: .falling, isHalting: true, differential: pulled?.state,
      parameterDifferential: pulled?.parameters,
      function: { depth, state in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: field.dimension) { buffer in
          let slope = buffer.baseAddress!
          field.evaluate(depth: depth, state: state, into: slope)
          var sum = -threshold * threshold
          for i in 0..<field.dimension { sum += slope[i] * slope[i] }
          return sum
        }
      })
  }

  private static func fieldNormDifferentials(
    _ field: some DifferentiableField
  ) -> (state: Differential, parameters: ParameterDifferential) {
    let d = field.dimension
    return (
      { depth, state, gradient in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d) { buffer in
          let (slope, depthSlope) = (buffer.baseAddress!, buffer.baseAddress! + d)
          field.evaluate(depth: depth, state: state, into: slope)
          field.depthDerivative(depth: depth, state: state, into: depthSlope)
          var rate = 0.0
          for i in 0..<d {
            rate += 2 * slope[i] * depthSlope[i]
            slope[i] *= 2
          }
          field.pullback(depth: depth, state: state, cotangent: slope, stateGradient: gradient, parameterGradient: nil)
          return rate
        }
      },
      { depth, state, gradient in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d) { buffer in
          let (slope, unused) = (buffer.baseAddress!, buffer.baseAddress! + d)
          field.evaluate(depth: depth, state: state, into: slope)
          for i in 0..<d { slope[i] *= 2 }
          field.pullback(
            depth: depth, state: state, cotangent: slope, stateGradient: unused, parameterGradient: gradient)
        }
      }
    )
  }
}
