import DepthNumerics
import Foundation

/// `dh = m^(-1/2) dB act(W h)`, B a d x m matrix of Wiener processes: the limit of residual networks
/// `h_{k+1} = h_k + L^(-1/2) V_k act(W h_k)` with independent V_k of entries N(0, 1/m) and W fixed.
///
/// The network of L blocks is its Euler-Maruyama scheme on [0, 1]. W has entries N(0, 1/d), drawn once; without hidden
/// layer `E |h_t|^2 = e^t |h_0|^2`. The d m noises do not commute. Memory d^2 m doubles a state.
/// Source: Marion, Fermanian, Biau and Vert, "Scaling ResNets in the large-depth regime", arXiv 2206.06929.
public struct RandomBlocksDiffusion: Diffusion {
  public let block: RandomBlock
  /// W, m x d; empty without hidden layer.
  private let innerWeights: [Double]

  public init(block: RandomBlock, seed: UInt64) {
    self.block = block
    var stream = RandomStream(seed: seed, stream: 1 << 62)
    let scale = 1 / Double(block.dimension).squareRoot()
    innerWeights = stream.normals(block.weightCount - block.outerCount).map { scale * $0 }
  }

  public var dimension: Int { block.dimension }
  public var noiseDimension: Int { block.outerCount }
  public var noiseStructure: NoiseStructure { .general }
  public var noiseLayout: NoiseLayout { .dense }

  public func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    result.update(repeating: 0, count: count * dimension)
  }

  /// Component i hears the i-th row of B: `sigma_(i, i j) = act(W h)_j / sqrt(m)`.
  public func noise(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    hidden(states, count) { hidden in place(hidden, count, into: result) }
  }

  public func applyNoiseDerivative(
    depth: Double, states: UnsafePointer<Double>, directions: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (block.dimension, block.width)
    guard block.kind == .tanh else {
      return noise(depth: depth, states: directions, count: count, into: result)
    }
    hidden(states, count) { hidden in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: count * m) { buffer in
        let tangent = buffer.baseAddress!
        BLAS.multiply(
          rows: count, columns: m, inner: d, directions, .normal, innerWeights, .transposed, into: tangent)
        for i in 0..<(count * m) { tangent[i] *= 1 - hidden[i] * hidden[i] }
        place(tangent, count, into: result)
      }
    }
  }

  /// act(W h) of every state, count x m, for the length of `body`.
  private func hidden(_ states: UnsafePointer<Double>, _ count: Int, _ body: (UnsafePointer<Double>) -> Void) {
    let (d, m) = (block.dimension, block.width)
    guard block.kind == .tanh else { return body(states) }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * m) { buffer in
      let hidden = buffer.baseAddress!
      BLAS.multiply(rows: count, columns: m, inner: d, states, .normal, innerWeights, .transposed, into: hidden)
      VectorMath.tanh(hidden, into: hidden, count: count * m)
      body(hidden)
    }
  }

  private func place(_ rows: UnsafePointer<Double>, _ count: Int, into result: UnsafeMutablePointer<Double>) {
    let (d, m) = (block.dimension, block.width)
    let scale = 1 / Double(m).squareRoot()
    result.update(repeating: 0, count: count * d * d * m)
    for row in 0..<count {
      for i in 0..<d {
        let target = result + (row * d + i) * d * m + i * m
        for j in 0..<m { target[j] = scale * rows[row * m + j] }
      }
    }
  }

  /// Mean `h_0`, a martingale; the variance without hidden layer: `E h_i^2 = h_0i^2 + |h_0|^2 (e^t - 1) / d`.
  public func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments? {
    guard block.kind == .linear else { return DiffusionMoments(mean: initial, variance: nil) }
    let square = initial.reduce(0) { $0 + $1 * $1 }
    let spread = square * expm1(depth) / Double(dimension)
    return DiffusionMoments(mean: initial, variance: initial.map { _ in spread })
  }
}
