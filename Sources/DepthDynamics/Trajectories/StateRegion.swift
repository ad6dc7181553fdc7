import DepthRuns

/// States and depths over which a bound holds: a ball about the origin, or everything.
public struct StateRegion: Equatable, Sendable {
  /// Of the ball `||h||_2 <= radius`; infinite for all states.
  public let radius: Double
  public let depths: ClosedRange<Double>

  public static func everywhere(depths: ClosedRange<Double>) -> StateRegion {
    StateRegion(radius: .infinity, depths: depths)
  }

  /// - Throws: `InputError.usage` unless the radius is positive.
  public static func ball(radius: Double, depths: ClosedRange<Double>) throws -> StateRegion {
    guard radius > 0, radius.isFinite else { throw InputError.value(radius, of: "radius", allowed: "positive numbers") }
    return StateRegion(radius: radius, depths: depths)
  }

  public var description: String { radius.isFinite ? "||h|| <= \(radius)" : "all states" }
}

/// A field whose weights bound its Euclidean logarithmic norm over a whole region, not only where it was sampled.
public protocol LogarithmicNormBounded: VectorField {
  /// An upper bound of `mu_2(J(t, h))` over the region (up to rounding), and the argument for it in one line.
  func logarithmicNormBound(over region: StateRegion) throws -> LogarithmicNormBound
}

public struct LogarithmicNormBound: Equatable, Sendable {
  public let value: Double
  public let argument: String

  public init(value: Double, argument: String) {
    self.value = value
    self.argument = argument
  }
}
