/// A flow with quantities carried along it: state (h, w), `h' = f(t, h)`, `w' = g(t, h, w)`.
///
/// Implicit methods need its Jacobian `(J 0; g_h g_w)`: J is the field's own; g_h comes by central differences with steps on
/// the scale of each component of h (about 1e-10 relative), since it asks for second derivatives of f; g_w from `carriedJacobian`.
/// A Newton iteration on it is as good as on J: what is carried does not act back.
public protocol ExtendedField: VectorField {
  associatedtype Base: VectorField
  /// f, of the first `field.dimension` components.
  var field: Base { get }

  /// What w consists of, in order; for messages.
  var carriedParts: [StatePart] { get }

  /// g_w into the columns of the whole Jacobian that belong to w, which are zero before; `base` is J, column-major.
  ///
  /// By default differences, one for each component of w: exact but for rounding where g is affine in w.
  func carriedJacobian(
    depth: Double, state: UnsafePointer<Double>, base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  )
}

extension ExtendedField {
  var parts: [StatePart] { [StatePart("", length: field.dimension)] + carriedParts }

  public func jacobian(depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    let (d, n) = (field.dimension, dimension)
    columns.update(repeating: 0, count: n * n)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d * d + 2 * n) { buffer in
      let base = buffer.baseAddress!
      let shifted = base + d * d
      field.jacobian(depth: depth, state: state, into: base)
      for j in 0..<d {
        (columns + j * n).update(from: base + j * d, count: d)
        difference(
          depth, state, component: j, step: 1e-5 * scale(state, j), shifted, from: d, into: columns + j * n)
      }
      carriedJacobian(depth: depth, state: state, base: base, into: columns)
    }
  }

  public func carriedJacobian(
    depth: Double, state: UnsafePointer<Double>, base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  ) {
    carriedDifferences(depth: depth, state: state, into: columns)
  }

  func carriedDifferences(
    depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>
  ) {
    let (d, n) = (field.dimension, dimension)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * n) { buffer in
      for j in d..<n {
        let step = 1e-5 * max(1, abs(state[j]))
        difference(depth, state, component: j, step: step, buffer.baseAddress!, from: d, into: columns + j * n)
      }
    }
  }

  /// `count` blocks J on the diagonal, of vectors that obey `v' = J v + ...` and come first in w.
  func fillDiagonal(count: Int, with base: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    let (d, n) = (field.dimension, dimension)
    for block in 1..<(count + 1) {
      for j in 0..<d { (columns + (block * d + j) * n + block * d).update(from: base + j * d, count: d) }
    }
  }

  /// The lower rows of one column.
  private func difference(
    _ depth: Double, _ state: UnsafePointer<Double>, component: Int, step: Double,
    _ scratch: UnsafeMutablePointer<Double>, from first: Int, into column: UnsafeMutablePointer<Double>
  ) {
    let n = dimension
    let (shifted, result) = (scratch, scratch + n)
    shifted.update(from: state, count: n)
    shifted[component] = state[component] - step
    evaluate(depth: depth, state: shifted, into: result)
    for i in first..<n { column[i] = result[i] }
    shifted[component] = state[component] + step
    evaluate(depth: depth, state: shifted, into: result)
    for i in first..<n { column[i] = (result[i] - column[i]) / (2 * step) }
  }

  /// How far a component of h has to go to matter: its own size, or a thousandth of the largest where it is small.
  private func scale(_ state: UnsafePointer<Double>, _ component: Int) -> Double {
    var largest = 0.0
    for i in 0..<field.dimension { largest = max(largest, abs(state[i])) }
    return largest > 0 ? max(abs(state[component]), 1e-3 * largest) : 1
  }

  /// J on the state's part of the vector, a directional difference with steps on each component's scale below.
  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (d, n) = (field.dimension, dimension)
    var (stateNorm, vectorNorm) = (0.0, 0.0)
    for i in 0..<n {
      stateNorm = max(stateNorm, abs(state[i]))
      vectorNorm = max(vectorNorm, abs(vector[i]))
    }
    guard vectorNorm > 0 else { return result.update(repeating: 0, count: n) }
    var step = max(1, stateNorm) / vectorNorm
    for i in 0..<d where vector[i] != 0 { step = min(step, scale(state, i) / abs(vector[i])) }
    step *= 1e-5
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * n) { buffer in
      let (shifted, backward) = (buffer.baseAddress!, buffer.baseAddress! + n)
      for i in 0..<n { shifted[i] = state[i] - step * vector[i] }
      evaluate(depth: depth, state: shifted, into: backward)
      for i in 0..<n { shifted[i] = state[i] + step * vector[i] }
      evaluate(depth: depth, state: shifted, into: result)
      for i in d..<n { result[i] = (result[i] - backward[i]) / (2 * step) }
    }
    field.applyJacobian(depth: depth, state: state, vector: vector, into: result)
  }
}

extension Integrator {
  /// Integrates a flow with what it carries along; keeps the final state alone unless depths are given.
  ///
  /// - Throws: as `integrate`; a failure names components by what they belong to.
  public func integrate<Field: ExtendedField>(
    extended problem: InitialValueProblem<Field>, saving depths: [Double]? = nil
  ) throws -> Trajectory {
    do {
      return try integrate(problem, saving: depths ?? [problem.end], events: [])
    } catch let error as IntegrationError {
      throw error.carrying(problem.field.parts)
    }
  }
}
