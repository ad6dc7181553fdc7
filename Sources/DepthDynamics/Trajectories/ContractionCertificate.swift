import DepthNumerics

/// How fast trajectories approach each other, and on what evidence: an upper bound of `mu_2(J)` and where it holds.
///
/// With `mu_2 <= -rate < 0` on a convex region, two trajectories that stay in it approach at least as `e^(-rate t)`.
/// Source: Lohmiller and Slotine, Automatica 34 (1998); Söderlind, BIT 46 (2006).
public struct ContractionCertificate: Equatable, Sendable {
  public enum Kind: String, Sendable {
    /// Holds for all states of the region, by an argument from the weights (up to rounding).
    case certified
    /// The largest value met on one trajectory: says nothing about other states.
    case sampled
  }

  public let kind: Kind
  /// Where it holds: "all states", "||h|| <= R" or "one trajectory".
  public let region: String
  /// The bound of mu_2.
  public let logarithmicNorm: Double
  public let argument: String

  public var isContracting: Bool { logarithmicNorm < 0 }

  /// What the field's weights prove over the region; nil for a field that offers no bound.
  ///
  /// - Throws: `LinearAlgebraError` when weights are not finite.
  public static func certified(_ field: some VectorField, over region: StateRegion) throws -> ContractionCertificate? {
    guard let bounded = field as? any LogarithmicNormBounded else { return nil }
    let bound = try bounded.logarithmicNormBound(over: region)
    return ContractionCertificate(
      kind: .certified, region: region.description, logarithmicNorm: bound.value, argument: bound.argument)
  }
}
