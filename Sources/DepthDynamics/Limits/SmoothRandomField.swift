import DepthNumerics
import Foundation

/// A residual block whose weights are smooth random functions of depth: `f(t, h) = V(t) tanh(W(t) h)`.
///
/// Every weight is a stationary Gaussian process, `w(t) = Q^(-1/2) sum_q a_q cos(omega_q t) + b_q sin(omega_q t)` with a, b
/// standard normal and omega_q at the quantiles of a half-normal law of scale 1/correlationLength: smooth, of covariance near
/// `exp(-t^2 / (2 correlationLength^2))`. A network of L blocks `h + f / L` is its Euler scheme on [0, 1].
public struct SmoothRandomField: VectorField {
  public let block: RandomBlock
  public let correlationLength: Double
  /// omega_q.
  private let frequencies: [Double]
  /// 2 Q rows of weights: those of the cosines, then of the sines.
  private let coefficients: [Double]

  private static let frequencyCount = 8

  public init(block: RandomBlock, correlationLength: Double, seed: UInt64, stream: UInt64 = 0) {
    precondition(correlationLength > 0, "correlation length \(correlationLength)")
    self.block = block
    self.correlationLength = correlationLength
    let count = Self.frequencyCount
    frequencies = (0..<count).map {
      Statistics.normalQuantile(0.5 + (Double($0) + 0.5) / Double(2 * count)) / correlationLength
    }
    var random = RandomStream(seed: seed, stream: stream)
    var draws = [Double](repeating: 0, count: 2 * count * block.weightCount)
    draws.withUnsafeMutableBufferPointer { buffer in
      random.bulkNormals(into: buffer)
      for row in 0..<(2 * count) {
        block.scale(buffer.baseAddress! + row * block.weightCount, by: 1 / Double(count).squareRoot())
      }
    }
    coefficients = draws
  }

  public var dimension: Int { block.dimension }

  /// The weights at a depth, or their derivatives in depth.
  func weights(at depth: Double, isDerivative: Bool = false, into result: UnsafeMutablePointer<Double>) {
    let count = Self.frequencyCount
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { basis in
      for (q, omega) in frequencies.enumerated() {
        let (cosine, sine) = (cos(omega * depth), sin(omega * depth))
        basis[q] = isDerivative ? -omega * sine : cosine
        basis[count + q] = isDerivative ? omega * cosine : sine
      }
      BLAS.multiply(
        rows: 2 * count, columns: block.weightCount, coefficients, .transposed, vector: basis.baseAddress!,
        into: result)
    }
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: block.weightCount + block.width) { buffer in
      let weights = buffer.baseAddress!
      self.weights(at: depth, into: weights)
      block.evaluate(weights, states: state, count: 1, hidden: weights + block.weightCount, into: result)
    }
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (block.dimension, block.width)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: block.weightCount + 2 * m) { buffer in
      let weights = buffer.baseAddress!
      let hidden = weights + block.weightCount
      let tangent = hidden + m
      self.weights(at: depth, into: weights)
      guard block.kind == .tanh else {
        return BLAS.multiply(rows: d, columns: m, weights, vector: vector, into: result)
      }
      block.evaluate(weights, states: state, count: 1, hidden: hidden, into: result)
      BLAS.multiply(rows: m, columns: d, weights + block.outerCount, vector: vector, into: tangent)
      for i in 0..<m { tangent[i] *= 1 - hidden[i] * hidden[i] }
      BLAS.multiply(rows: d, columns: m, weights, vector: tangent, into: result)
    }
  }

  /// `V' tanh(W h) + V diag(1 - tanh^2) W' h`.
  public func depthDerivative(
    depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (block.dimension, block.width)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * block.weightCount + 2 * m) { buffer in
      let weights = buffer.baseAddress!
      let slopes = weights + block.weightCount
      let hidden = slopes + block.weightCount
      let tangent = hidden + m
      self.weights(at: depth, into: weights)
      self.weights(at: depth, isDerivative: true, into: slopes)
      block.evaluate(weights, states: state, count: 1, hidden: hidden, into: result)
      BLAS.multiply(rows: d, columns: m, slopes, vector: hidden, into: result)
      guard block.kind == .tanh else { return }
      BLAS.multiply(rows: m, columns: d, slopes + block.outerCount, vector: state, into: tangent)
      for i in 0..<m { tangent[i] *= 1 - hidden[i] * hidden[i] }
      BLAS.multiply(rows: d, columns: m, weights, vector: tangent, beta: 1, into: result)
    }
  }
}
