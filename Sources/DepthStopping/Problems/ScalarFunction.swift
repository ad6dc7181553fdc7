/// A function of depth and a scalar state, `(t, x) -> R`, that knows whether it varies.
///
/// Solvers evaluate it in blocks (`fill`), so that a typed expression can run over many states at once, and skip what does
/// not change: `constantValue` and `dependsOnDepth` are promises of whoever makes it.
public struct ScalarFunction: Sendable {
  public typealias Pointwise = @Sendable (_ depth: Double, _ state: Double) -> Double
  /// Writes `count` values at `states` into the last argument, without aliasing.
  public typealias Blockwise =
    @Sendable (
      _ depth: Double, _ states: UnsafePointer<Double>, _ count: Int, _ values: UnsafeMutablePointer<Double>
    ) -> Void

  private let pointwise: Pointwise
  private let blockwise: Blockwise?
  public let dependsOnDepth: Bool
  /// The value where the function is one; nil where it varies (or is not known not to).
  public let constantValue: Double?

  public init(dependsOnDepth: Bool = false, blockwise: Blockwise? = nil, _ pointwise: @escaping Pointwise) {
    self.pointwise = pointwise
    self.blockwise = blockwise
    self.dependsOnDepth = dependsOnDepth
    constantValue = nil
  }

  public init(constant value: Double) {
    pointwise = { _, _ in value }
    blockwise = nil
    dependsOnDepth = false
    constantValue = value
  }

  @inline(__always)
  public func callAsFunction(_ depth: Double, _ state: Double) -> Double { pointwise(depth, state) }

  /// Values at `count` states of one depth.
  public func fill(
    depth: Double, states: UnsafePointer<Double>, count: Int, into values: UnsafeMutablePointer<Double>
  ) {
    if let constantValue {
      values.update(repeating: constantValue, count: count)
    } else if let blockwise {
      blockwise(depth, states, count, values)
    } else {
      for i in 0..<count { values[i] = pointwise(depth, states[i]) }
    }
  }

  /// The values at `states` of one depth.
  public func values(depth: Double, _ states: [Double]) -> [Double] {
    // filling an empty array writes into storage that all threads share
    guard !states.isEmpty else { return [] }
    return [Double](unsafeUninitializedCapacity: states.count) { buffer, count in
      if let base = buffer.baseAddress { fill(depth: depth, states: states, count: states.count, into: base) }
      count = states.count
    }
  }

  /// The function times a number.
  public func scaled(by factor: Double) -> ScalarFunction {
    if factor == 1 { return self }
    if let constantValue { return ScalarFunction(constant: factor * constantValue) }
    let pointwise = self.pointwise
    guard let blockwise else { return ScalarFunction(dependsOnDepth: dependsOnDepth) { factor * pointwise($0, $1) } }
    return ScalarFunction(
      dependsOnDepth: dependsOnDepth,
      blockwise: { depth, states, count, values in
        blockwise(depth, states, count, values)
        for i in 0..<count { values[i] *= factor }
      }, { factor * pointwise($0, $1) })
  }
}
