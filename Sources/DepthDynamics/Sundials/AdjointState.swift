internal import CSundials

/// What the callbacks of a backward problem reach through their user data.
struct AdjointState {
  let functions: FieldFunctions
  let pullbacks: PullbackFunctions
  let dimension: Int
  /// The last depth inside the present segment at which f may be evaluated.
  var lastDepth = Double.infinity
  /// -1 as long as `J^T lambda` was finite.
  var nonFiniteComponent = -1

  static let rightHandSide: CVRhsFnB = { depth, state, adjoint, result, userData in
    guard let state, let adjoint, let result, let userData else { return -1 }
    return userData.assumingMemoryBound(to: AdjointState.self).pointee.evaluate(
      depth, Sundials.data(state), Sundials.data(adjoint), Sundials.data(result))
  }

  /// `-J^T`, dense.
  static let jacobian: CVLsJacFnB = { depth, state, _, _, matrix, userData, _, _, _ in
    guard let state, let matrix, let userData, let columns = SUNDenseMatrix_Data(matrix) else { return -1 }
    let session = userData.assumingMemoryBound(to: AdjointState.self)
    let d = session.pointee.dimension
    session.pointee.functions.jacobian(min(depth, session.pointee.lastDepth), Sundials.data(state), columns)
    for j in 0..<d {
      columns[j * d + j] = -columns[j * d + j]
      for i in 0..<j { (columns[j * d + i], columns[i * d + j]) = (-columns[i * d + j], -columns[j * d + i]) }
    }
    return 0
  }

  @inline(__always)
  private mutating func evaluate(
    _ depth: Double, _ state: UnsafePointer<Double>, _ adjoint: UnsafePointer<Double>,
    _ result: UnsafeMutablePointer<Double>
  ) -> Int32 {
    pullbacks.pullback(min(depth, lastDepth), state, adjoint, result, nil)
    var sum = 0.0
    for i in 0..<dimension {
      result[i] = -result[i]
      sum += 0 * result[i]
    }
    if sum == 0 { return 0 }
    nonFiniteComponent = (0..<dimension).first { !result[$0].isFinite } ?? -1
    return 1
  }
}
