/// The posterior of n hypotheses on the drift of a Wiener process in R^k (`three-hypotheses`): on the simplex,
/// `dpi_i = pi_i (m_i - sum_j pi_j m_j) . dW / s`.
///
/// d = n, m = k. The logarithms of ratios have constant noise, so the columns commute. Every component is a martingale:
/// `E pi_t = pi_0`. A step that leaves the simplex is put back on it (negative entries to zero, the sum to one) and counted.
/// Source: Liptser and Shiryaev, "Statistics of Random Processes I" (2001), chapter 9 (Wonham's filter).
public struct SimplexPosterior: Diffusion {
  /// The drifts m_i, n rows of k numbers.
  public let drifts: [[Double]]
  /// s.
  public let noise: Double

  public init(drifts: [[Double]], noise: Double) {
    precondition(
      drifts.count >= 2 && !drifts[0].isEmpty && drifts.allSatisfy { $0.count == drifts[0].count } && noise > 0,
      "\(drifts.count) drifts and noise \(noise)")
    self.drifts = drifts
    self.noise = noise
    flat = drifts.flatMap { $0.map { $0 / noise } }
  }

  /// Three drifts in the plane, an equilateral triangle of side `separation` about the origin.
  public static func equilateral(separation: Double, noise: Double) -> SimplexPosterior {
    let radius = separation / 3.0.squareRoot()
    let height = radius / 2
    return SimplexPosterior(
      drifts: [[0, radius], [-separation / 2, -height], [separation / 2, -height]], noise: noise)
  }

  /// `m_i / s`, row-major.
  private let flat: [Double]

  public var dimension: Int { drifts.count }
  public var noiseDimension: Int { drifts[0].count }
  public var noiseStructure: NoiseStructure { noiseDimension == 1 ? .scalar : .commutative }
  public var noiseLayout: NoiseLayout { .dense }
  public var stateSpace: String { "\(dimension) probabilities that sum to one" }

  public func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    result.update(repeating: 0, count: count * dimension)
  }

  public func noise(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    let (n, k) = (dimension, noiseDimension)
    flat.withUnsafeBufferPointer { flat in
      for row in 0..<count {
        let (pi, sigma) = (states + row * n, result + row * n * k)
        for j in 0..<k {
          var mean = 0.0
          for i in 0..<n { mean += pi[i] * flat[i * k + j] }
          for i in 0..<n { sigma[i * k + j] = pi[i] * (flat[i * k + j] - mean) }
        }
      }
    }
  }

  public func applyNoiseDerivative(
    depth: Double, states: UnsafePointer<Double>, directions: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (n, k) = (dimension, noiseDimension)
    flat.withUnsafeBufferPointer { flat in
      for row in 0..<count {
        let (pi, v, derivative) = (states + row * n, directions + row * n, result + row * n * k)
        for j in 0..<k {
          var (mean, slope) = (0.0, 0.0)
          for i in 0..<n {
            mean += pi[i] * flat[i * k + j]
            slope += v[i] * flat[i * k + j]
          }
          for i in 0..<n { derivative[i * k + j] = v[i] * (flat[i * k + j] - mean) - pi[i] * slope }
        }
      }
    }
  }

  public func confine(_ states: UnsafeMutablePointer<Double>, count: Int) -> Int {
    let n = dimension
    var moved = 0
    for row in 0..<count {
      let pi = states + row * n
      var (sum, isOutside) = (0.0, false)
      for i in 0..<n {
        isOutside = isOutside || pi[i] < 0
        sum += pi[i] < 0 ? 0 : pi[i]
      }
      // steps keep the sum to rounding
      guard isOutside || abs(sum - 1) > 1e-9 else { continue }
      for i in 0..<n { pi[i] = pi[i] < 0 ? 0 : pi[i] / sum }
      moved += 1
    }
    return moved
  }

  public func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments? {
    DiffusionMoments(mean: initial, variance: nil)
  }
}
