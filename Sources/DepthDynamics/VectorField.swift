/// The right-hand side f of `dh/dt = f(t, h)`: a residual network's block in continuous depth.
///
/// Evaluation writes into a caller's buffer and allocates nothing on the heap, so that one field serves the fixed-step
/// network, SUNDIALS and backpropagation alike. Buffers hold `dimension` doubles and do not overlap.
public protocol VectorField: Sendable {
  var dimension: Int { get }

  /// Depths at which f jumps, ascending (the block ends of a network): integrators restart there.
  var discontinuities: [Double] { get }

  /// `f(t, h)`.
  func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)

  /// `f(t, h)` of `count` states, a row of `dimension` entries each; by default one after the other.
  func evaluate(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>)

  /// f of eight states at eight depths, component-major: entry i of sample l at `8 i + l`. By default one after the other.
  func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)

  /// `J(t, h) v` with `J = df/dh`; by default a central directional difference, good to about 1e-10 relative.
  func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>)

  /// `J(t, h)` as a dense matrix, column-major d x d; by default d Jacobian-vector products.
  func jacobian(depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>)

  /// `df/dt (t, h)`; zero for a field that does not depend on depth.
  func depthDerivative(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)

  /// The field's functions as closures without generics, for drivers that hold any field.
  ///
  /// A requirement only so that its default is compiled for each concrete field; there is no reason to replace it.
  var functions: FieldFunctions { get }
}

extension VectorField {
  public var discontinuities: [Double] { [] }

  public func evaluate(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    let d = dimension
    for sample in 0..<count { evaluate(depth: depth, state: states + sample * d, into: result + sample * d) }
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let d = dimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d) { buffer in
      let shifted = buffer.baseAddress!
      let backward = shifted + d
      var (stateNorm, vectorNorm) = (0.0, 0.0)
      for i in 0..<d {
        stateNorm = max(stateNorm, abs(state[i]))
        vectorNorm = max(vectorNorm, abs(vector[i]))
      }
      guard vectorNorm > 0 else { return result.update(repeating: 0, count: d) }
      let step = 6e-6 * max(1, stateNorm) / vectorNorm
      for i in 0..<d { shifted[i] = state[i] - step * vector[i] }
      evaluate(depth: depth, state: shifted, into: backward)
      for i in 0..<d { shifted[i] = state[i] + step * vector[i] }
      evaluate(depth: depth, state: shifted, into: result)
      for i in 0..<d { result[i] = (result[i] - backward[i]) / (2 * step) }
    }
  }

  public func jacobian(depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    let d = dimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d) { buffer in
      let unit = buffer.baseAddress!
      unit.initialize(repeating: 0, count: d)
      for j in 0..<d {
        unit[j] = 1
        applyJacobian(depth: depth, state: state, vector: unit, into: columns + j * d)
        unit[j] = 0
      }
    }
  }

  public func depthDerivative(
    depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    result.update(repeating: 0, count: dimension)
  }

  /// `f(t, h)` as an array: a convenience for tests and figures, not for loops.
  public func callAsFunction(depth: Double, state: [Double]) -> [Double] {
    precondition(state.count == dimension, "state has \(state.count) entries, the field \(dimension)")
    return [Double](unsafeUninitializedCapacity: dimension) { buffer, count in
      evaluate(depth: depth, state: state, into: buffer.baseAddress!)
      count = dimension
    }
  }
}
