extension VectorField {
  /// `J(t, h)` as a dense matrix, column-major d x d, by d Jacobian-vector products.
  func jacobian(depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    let d = dimension
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d) { unit in
      unit.initialize(repeating: 0)
      for j in 0..<d {
        unit[j] = 1
        applyJacobian(depth: depth, state: state, vector: unit.baseAddress!, into: columns + j * d)
        unit[j] = 0
      }
    }
  }
}
