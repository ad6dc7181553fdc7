import DepthNumerics

/// The same core where a matrix product's call would cost more than its work: one sample, or eight side by side.
///
/// Weights come twice: as they are, and `transposed` (W1^T, then W2^T), which is what one sample's products read.
extension TanhResidualCore {
  /// W1^T (d x m) and W2^T (m x d), one after the other.
  func transposedWeights(_ parameters: [Double]) -> [Double] {
    let (d, m) = (dimension, width)
    var result = [Double](repeating: 0, count: 2 * d * m)
    for j in 0..<m {
      for i in 0..<d {
        result[i * m + j] = parameters[j * d + i]
        result[d * m + j * d + i] = parameters[offsetOfOutputWeights + i * m + j]
      }
    }
    return result
  }

  /// f of one sample whose hidden values nobody needs.
  func evaluateOne(
    _ parameters: UnsafePointer<Double>, _ transposed: UnsafePointer<Double>, depth: Double,
    state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (dimension, width)
    guard m <= LaneKernels.widestCore else {
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: m) { hidden in
        evaluateOne(
          parameters, transposed, depth: depth, state: state, hidden: hidden.baseAddress!, into: result)
      }
    }
    LaneKernels.core(
      dimension: d, width: m, transposed: transposed, parameters + offsetOfHiddenBias,
      dependsOnDepth ? parameters + offsetOfDepthWeights : nil, depth: depth, transposed: transposed + d * m,
      parameters + offsetOfOutputBias, state, into: result)
  }

  /// f of eight samples whose hidden values nobody needs.
  func evaluateLanes(
    _ parameters: UnsafePointer<Double>, depths: UnsafePointer<Double>, states: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    guard width <= LaneKernels.widestCore else {
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: 8 * width) { hidden in
        evaluateLanes(parameters, depths: depths, states: states, hidden: hidden.baseAddress!, into: result)
      }
    }
    LaneKernels.coreLanes(
      dimension: dimension, width: width, parameters, parameters + offsetOfHiddenBias,
      dependsOnDepth ? parameters + offsetOfDepthWeights : nil, depths: depths, parameters + offsetOfOutputWeights,
      parameters + offsetOfOutputBias, states, into: result)
  }

  /// f of one sample; `hidden` (m) keeps tanh(...).
  func evaluateOne(
    _ parameters: UnsafePointer<Double>, _ transposed: UnsafePointer<Double>, depth: Double,
    state: UnsafePointer<Double>, hidden: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (dimension, width)
    LaneKernels.affine(
      rows: m, columns: d, transposed: transposed, bias: parameters + offsetOfHiddenBias, vector: state, into: hidden)
    if dependsOnDepth {
      let weights = parameters + offsetOfDepthWeights
      for j in 0..<m { hidden[j] += depth * weights[j] }
    }
    VectorMath.tanh(hidden, into: hidden, count: m)
    LaneKernels.affine(
      rows: d, columns: m, transposed: transposed + d * m, bias: parameters + offsetOfOutputBias, vector: hidden,
      into: result)
  }

  /// f of eight samples, component-major; `hidden` (m x 8) keeps tanh(...).
  func evaluateLanes(
    _ parameters: UnsafePointer<Double>, depths: UnsafePointer<Double>, states: UnsafePointer<Double>,
    hidden: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (dimension, width)
    LaneKernels.affine(
      rows: m, columns: d, parameters, bias: parameters + offsetOfHiddenBias, states, into: hidden)
    if dependsOnDepth {
      let weights = parameters + offsetOfDepthWeights
      for j in 0..<m {
        for lane in 0..<Lanes.count { hidden[8 * j + lane] += depths[lane] * weights[j] }
      }
    }
    VectorMath.tanh(hidden, into: hidden, count: 8 * m)
    LaneKernels.affine(
      rows: d, columns: m, parameters + offsetOfOutputWeights, bias: parameters + offsetOfOutputBias, hidden,
      into: result)
  }

  /// The vector-Jacobian products of eight samples, from the tanh(...) that `evaluateLanes` left in `hidden`; `scratch` holds
  /// 8 (m + max(d, m)).
  func pullbackLanes(
    _ parameters: UnsafePointer<Double>, depths: UnsafePointer<Double>, states: UnsafePointer<Double>,
    hidden: UnsafePointer<Double>, cotangents: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>,
    stateGradients: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (d, m) = (dimension, width)
    let (slopes, spare) = (scratch, scratch + 8 * m)
    LaneKernels.transposed(rows: d, columns: m, parameters + offsetOfOutputWeights, cotangents, into: slopes)
    LaneKernels.scaleByTanhSlope(hidden, count: 8 * m, slopes)
    LaneKernels.transposed(rows: m, columns: d, parameters, slopes, into: stateGradients)
    guard let gradient = parameterGradient else { return }
    LaneKernels.addOuter(
      rows: d, columns: m, cotangents, hidden, scratch: spare, to: gradient + offsetOfOutputWeights)
    LaneKernels.addSum(rows: d, cotangents, to: gradient + offsetOfOutputBias)
    LaneKernels.addOuter(rows: m, columns: d, slopes, states, scratch: spare, to: gradient)
    LaneKernels.addSum(rows: m, slopes, to: gradient + offsetOfHiddenBias)
    guard dependsOnDepth else { return }
    for j in 0..<m {
      for lane in 0..<Lanes.count { gradient[offsetOfDepthWeights + j] += depths[lane] * slopes[8 * j + lane] }
    }
  }

  /// The same for one sample; `scratch` holds m.
  func pullbackOne(
    _ parameters: UnsafePointer<Double>, depth: Double, state: UnsafePointer<Double>, hidden: UnsafePointer<Double>,
    cotangent: UnsafePointer<Double>, scratch slopes: UnsafeMutablePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (d, m) = (dimension, width)
    // a row-major W is the transpose of W^T, which is what the kernel wants to be given
    LaneKernels.affine(
      rows: m, columns: d, transposed: parameters + offsetOfOutputWeights, bias: nil, vector: cotangent, into: slopes)
    LaneKernels.scaleByTanhSlope(hidden, count: m, slopes)
    LaneKernels.affine(rows: d, columns: m, transposed: parameters, bias: nil, vector: slopes, into: stateGradient)
    guard let gradient = parameterGradient else { return }
    LaneKernels.addOuter(rows: d, columns: m, vector: cotangent, hidden, to: gradient + offsetOfOutputWeights)
    LaneKernels.add(count: d, scale: 1, cotangent, to: gradient + offsetOfOutputBias)
    LaneKernels.addOuter(rows: m, columns: d, vector: slopes, state, to: gradient)
    LaneKernels.add(count: m, scale: 1, slopes, to: gradient + offsetOfHiddenBias)
    if dependsOnDepth { LaneKernels.add(count: m, scale: depth, slopes, to: gradient + offsetOfDepthWeights) }
  }
}
