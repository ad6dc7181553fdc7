internal import CSundials

/// The functions that SUNDIALS calls; CVODE's and ARKODE's have the same signatures.
extension CallbackSession {
  static let rightHandSide: CVRhsFn = { depth, state, result, userData in
    guard let state, let result, let userData else { return -1 }
    return userData.assumingMemoryBound(to: CallbackState.self).pointee.evaluate(
      depth, Sundials.data(state), Sundials.data(result))
  }

  static let stepTaken: ARKPostProcessFn = { depth, state, userData in
    guard let state, let userData else { return -1 }
    let session = userData.assumingMemoryBound(to: CallbackState.self)
    session.pointee.stepDepth = depth
    session.pointee.stepState.update(from: Sundials.data(state), count: session.pointee.dimension)
    return 0
  }

  static let sensitivityRightHandSide: CVSensRhsFn = { count, depth, state, _, columns, results, userData, _, _ in
    guard let state, let columns, let results, let userData else { return -1 }
    return userData.assumingMemoryBound(to: CallbackState.self).pointee.sensitivities(
      Int(count), depth, Sundials.data(state), columns, results)
  }

  static let denseJacobian: CVLsJacFn = { depth, state, _, matrix, userData, _, _, _ in
    guard let state, let matrix, let userData, let columns = SUNDenseMatrix_Data(matrix) else { return -1 }
    let session = userData.assumingMemoryBound(to: CallbackState.self)
    session.pointee.functions.jacobian(min(depth, session.pointee.lastDepth), Sundials.data(state), columns)
    return 0
  }

  static let bandedJacobian: CVLsJacFn = { depth, state, _, matrix, userData, _, _, _ in
    guard let state, let matrix, let userData else { return -1 }
    let session = userData.assumingMemoryBound(to: CallbackState.self)
    session.pointee.bandedJacobian(depth, Sundials.data(state), matrix)
    return 0
  }

  static let jacobianTimes: CVLsJacTimesVecFn = { vector, result, depth, state, _, userData, _ in
    guard let vector, let result, let state, let userData else { return -1 }
    let session = userData.assumingMemoryBound(to: CallbackState.self)
    session.pointee.functions.applyJacobian(
      min(depth, session.pointee.lastDepth), Sundials.data(state), Sundials.data(vector), Sundials.data(result))
    return 0
  }
}

extension CallbackState {
  /// `S_j' = J S_j + df/dp_j`: a vector-Jacobian product with each unit vector gives a row of J and one of df/dp.
  fileprivate func sensitivities(
    _ count: Int, _ depth: Double, _ state: UnsafePointer<Double>, _ columns: UnsafeMutablePointer<N_Vector?>,
    _ results: UnsafeMutablePointer<N_Vector?>
  ) -> Int32 {
    guard let pullbacks else { return -1 }
    let (d, p) = (dimension, pullbacks.parameterCount)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d + p) { buffer in
      let unit = buffer.baseAddress!
      let (row, parameterRow) = (unit + d, unit + 2 * d)
      unit.initialize(repeating: 0, count: d)
      var check = 0.0
      for i in 0..<d {
        unit[i] = 1
        parameterRow.initialize(repeating: 0, count: p)
        pullbacks.pullback(min(depth, lastDepth), state, unit, row, parameterRow)
        unit[i] = 0
        for j in 0..<count {
          guard let column = columns[j], let result = results[j] else { return -1 }
          var sum = j < p ? parameterRow[j] : 0
          for k in 0..<d { sum += row[k] * Sundials.data(column)[k] }
          Sundials.data(result)[i] = sum
          check += 0 * sum
        }
      }
      return check == 0 ? 0 : 1
    }
  }

  /// Columns further apart than the band's width do not overlap: one product of J gives them all, `lower + upper + 1` products
  /// the matrix. Source: Curtis, Powell and Reid, IMA J. Appl. Math. 13 (1974).
  fileprivate func bandedJacobian(_ depth: Double, _ state: UnsafePointer<Double>, _ matrix: SUNMatrix) {
    let width = band.lower + band.upper + 1
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * dimension) { buffer in
      let (units, product) = (buffer.baseAddress!, buffer.baseAddress! + dimension)
      for group in 0..<min(width, dimension) {
        units.initialize(repeating: 0, count: dimension)
        for j in stride(from: group, to: dimension, by: width) { units[j] = 1 }
        functions.applyJacobian(min(depth, lastDepth), state, units, product)
        for j in stride(from: group, to: dimension, by: width) {
          guard let column = SUNBandMatrix_Column(matrix, Int64(j)) else { continue }
          for i in max(0, j - band.upper)...min(dimension - 1, j + band.lower) { column[i - j] = product[i] }
        }
      }
    }
  }
}
