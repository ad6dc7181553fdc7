import DepthNumerics

/// `dh = A h dt + sum_j B_j h dW_j` in R^d, m noises: the limit of a linear network with random blocks.
///
/// Commutative exactly when the B_j commute, which is found out. Work O(m d^2) a state.
public struct LinearDiffusion: Diffusion {
  public let dimension: Int
  public let noiseDimension: Int
  public let noiseStructure: NoiseStructure
  private let driftMatrix: [Double]
  private let noiseMatrices: [[Double]]

  /// - Parameters:
  ///   - drift: A, d x d row-major.
  ///   - noise: the B_j, d x d each, at least one.
  public init(drift: [Double], noise: [[Double]]) {
    let d = Int(Double(drift.count).squareRoot().rounded())
    precondition(d > 0 && d * d == drift.count, "A has \(drift.count) entries, which is no square")
    precondition(!noise.isEmpty && noise.allSatisfy { $0.count == d * d }, "every B_j needs \(d * d) entries")
    dimension = d
    noiseDimension = noise.count
    driftMatrix = drift
    noiseMatrices = noise
    noiseStructure = noise.count == 1 ? .scalar : Self.commute(noise, d) ? .commutative : .general
  }

  /// Whether all products agree to rounding.
  private static func commute(_ matrices: [[Double]], _ d: Int) -> Bool {
    func product(_ a: [Double], _ b: [Double]) -> [Double] {
      var c = [Double](repeating: 0, count: d * d)
      BLAS.multiply(rows: d, columns: d, inner: d, a, .normal, b, .normal, into: &c)
      return c
    }
    return matrices.indices.allSatisfy { i in
      (0..<i).allSatisfy { j in
        let (ij, ji) = (product(matrices[i], matrices[j]), product(matrices[j], matrices[i]))
        let scale = BLAS.norm(d * d, matrices[i]) * BLAS.norm(d * d, matrices[j])
        return zip(ij, ji).allSatisfy { abs($0 - $1) <= 1e-14 * scale }
      }
    }
  }

  public var noiseLayout: NoiseLayout { .dense }

  public func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    BLAS.multiply(
      rows: count, columns: dimension, inner: dimension, states, .normal, driftMatrix, .transposed, into: result)
  }

  public func noise(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (dimension, noiseDimension)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count * d) { buffer in
      let image = buffer.baseAddress!
      for j in 0..<m {
        BLAS.multiply(rows: count, columns: d, inner: d, states, .normal, noiseMatrices[j], .transposed, into: image)
        for i in 0..<(count * d) { result[i * m + j] = image[i] }
      }
    }
  }

  public func applyNoiseDerivative(
    depth: Double, states: UnsafePointer<Double>, directions: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    noise(depth: depth, states: directions, count: count, into: result)
  }
}
