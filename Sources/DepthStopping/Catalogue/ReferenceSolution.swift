/// The known answer of a catalogue problem, independent of the methods that are held against it.
public struct ReferenceSolution: Sendable {
  /// V at a state; nil outside the formula's reach.
  public let value: @Sendable ([Double]) -> Double?
  /// Scalar states of the boundary (the radius alone for a ball), ascending; the block for discrete gains.
  public let boundary: [Double]
  /// `E tau*` from a state.
  public let expectedDepth: @Sendable ([Double]) -> Double?
  public let citation: String
  /// Relative accuracy to which the formula is evaluated in double precision, its cancellation included.
  public let accuracy: Double

  public init(
    boundary: [Double], citation: String, accuracy: Double, value: @escaping @Sendable ([Double]) -> Double?,
    expectedDepth: @escaping @Sendable ([Double]) -> Double?
  ) {
    self.value = value
    self.boundary = boundary
    self.expectedDepth = expectedDepth
    self.citation = citation
    self.accuracy = accuracy
  }
}
