import DepthNumerics

/// `gradient-flow`: `h' = -W^T tanh(W h + b)`, the negative gradient of `sum_j ln cosh (W h + b)_j`: never expanding.
///
/// Its Jacobian `-W^T diag(1 - tanh^2) W` is symmetric and negative semidefinite. Parameters: W (m x d, row-major), b (m).
public struct GradientFlowField: DifferentiableField {
  public let dimension: Int
  /// m, the rows of W.
  public let width: Int
  public let parameters: [Double]

  public init(dimension: Int, width: Int, parameters: [Double]) {
    precondition(
      dimension > 0 && width > 0 && parameters.count == width * (dimension + 1),
      "\(parameters.count) parameters, \(width) x \(dimension) weights and \(width) biases need \(width * (dimension + 1))"
    )
    self.dimension = dimension
    self.width = width
    self.parameters = parameters
  }

  public func replacing(parameters: [Double]) -> GradientFlowField {
    GradientFlowField(dimension: dimension, width: width, parameters: parameters)
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { buffer in
      let hidden = buffer.baseAddress!
      activate(state, hidden)
      BLAS.multiply(
        rows: width, columns: dimension, alpha: -1, parameters, .transposed, vector: hidden, into: result)
    }
  }

  public func evaluate(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * width) { buffer in
      let hidden = buffer.baseAddress!
      parameters.withUnsafeBufferPointer { weights in
        for row in 0..<count {
          (hidden + row * width).update(from: weights.baseAddress! + width * dimension, count: width)
        }
        BLAS.multiply(
          rows: count, columns: width, inner: dimension, states, .normal, weights.baseAddress!, .transposed, beta: 1,
          into: hidden)
        VectorMath.tanh(hidden, into: hidden, count: count * width)
        BLAS.multiply(
          rows: count, columns: dimension, inner: width, alpha: -1, hidden, .normal, weights.baseAddress!, .normal,
          into: result)
      }
    }
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * width) { buffer in
      let (hidden, tangent) = (buffer.baseAddress!, buffer.baseAddress! + width)
      activate(state, hidden)
      BLAS.multiply(rows: width, columns: dimension, parameters, vector: vector, into: tangent)
      for j in 0..<width { tangent[j] *= hidden[j] * hidden[j] - 1 }
      BLAS.multiply(rows: width, columns: dimension, parameters, .transposed, vector: tangent, into: result)
    }
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * width) { buffer in
      let (hidden, tangent) = (buffer.baseAddress!, buffer.baseAddress! + width)
      activate(state, hidden)
      // J is symmetric
      BLAS.multiply(rows: width, columns: dimension, parameters, vector: cotangent, into: tangent)
      for j in 0..<width { tangent[j] *= hidden[j] * hidden[j] - 1 }
      BLAS.multiply(rows: width, columns: dimension, parameters, .transposed, vector: tangent, into: stateGradient)
      guard let parameterGradient else { return }
      for j in 0..<width {
        BLAS.add(dimension, alpha: -hidden[j], cotangent, to: parameterGradient + j * dimension)
        BLAS.add(dimension, alpha: tangent[j], state, to: parameterGradient + j * dimension)
      }
      BLAS.add(width, tangent, to: parameterGradient + width * dimension)
    }
  }

  /// `tanh(W h + b)`.
  private func activate(_ state: UnsafePointer<Double>, _ hidden: UnsafeMutablePointer<Double>) {
    parameters.withUnsafeBufferPointer { weights in
      hidden.update(from: weights.baseAddress! + width * dimension, count: width)
      BLAS.multiply(rows: width, columns: dimension, weights.baseAddress!, vector: state, beta: 1, into: hidden)
    }
    VectorMath.tanh(hidden, into: hidden, count: width)
  }
}
