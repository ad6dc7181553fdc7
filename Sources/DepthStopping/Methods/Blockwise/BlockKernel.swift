import Foundation

/// The transition density `p(y, z)` over one block in the transition's coordinate.
struct BlockKernel: Sendable {
  private enum Kind {
    /// Mean `offset + factor y`.
    case gaussian(offset: Double, factor: Double)
    case posterior
    /// Norm of a Gaussian vector with mean of norm `factor y`.
    case radial(factor: Double, dimension: Int)
  }

  private let kind: Kind
  /// s: the standard deviation of the Gaussian underneath.
  let scale: Double
  /// Beyond this distance from `centre(y)` the law's mass is below rounding, also after a tilt by e^z.
  let reach: Double

  /// Largest dimension of a radial law.
  static let largestDimension = 50

  init(_ transition: ExactTransition, blockSize: Double, deviations: Double = 8.5) {
    scale = transition.deviation(after: blockSize)
    reach = (deviations + scale) * scale
    switch transition {
    case .gaussian(let law):
      let offset = law.mean(0, after: blockSize)
      kind = .gaussian(offset: offset, factor: law.mean(1, after: blockSize) - offset)
    case .posterior: kind = .posterior
    case .radial(let rate, _, let dimension):
      precondition(dimension <= Self.largestDimension, "a radial law in dimension \(dimension)")
      kind = .radial(factor: exp(-rate * blockSize), dimension: dimension)
    }
  }

  /// The middle of the states that can be reached from y.
  func centre(_ y: Double) -> Double {
    switch kind {
    case .gaussian(let offset, let factor): return offset + factor * y
    case .posterior: return y
    case .radial(let factor, let dimension):
      let m = factor * y
      return (m * m + scale * scale * Double(dimension - 1)).squareRoot()
    }
  }

  /// Writes `p(y, z_j) w_j` for `count` targets.
  func fill(
    from y: Double, _ z: UnsafePointer<Double>, _ w: UnsafePointer<Double>, count: Int,
    into row: UnsafeMutablePointer<Double>
  ) {
    let half = -0.5 / (scale * scale)
    let norm = 1 / (scale * (2 * Double.pi).squareRoot())
    switch kind {
    case .gaussian(let offset, let factor):
      let mean = offset + factor * y
      for j in 0..<count {
        let u = z[j] - mean
        row[j] = norm * exp(half * u * u) * w[j]
      }
    case .posterior:
      let lead = norm * exp(-scale * scale / 8) / (1 + exp(-abs(y)))
      for j in 0..<count {
        let u = z[j] - y
        row[j] = lead * exp(half * u * u + 0.5 * (abs(z[j]) - abs(y))) * (1 + exp(-abs(z[j]))) * w[j]
      }
    case .radial(let factor, let dimension):
      let m = factor * y
      for j in 0..<count { row[j] = radialDensity(m, z[j], dimension) * w[j] }
    }
  }

  /// `(z/s^2) (z/m)^nu e^(-(z^2 + m^2)/(2 s^2)) I_nu(m z/s^2)`, nu = d/2 - 1.
  ///
  /// By the ascending series for small arguments (all terms positive), by Hankel's expansion for large ones; dimension 1 in
  /// closed form.
  private func radialDensity(_ m: Double, _ z: Double, _ dimension: Int) -> Double {
    let s = scale
    let distance = (z - m) / s
    let norm = 1 / (s * (2 * Double.pi).squareRoot())
    if dimension == 1 {
      let mirrored = (z + m) / s
      return norm * (exp(-0.5 * distance * distance) + exp(-0.5 * mirrored * mirrored))
    }
    guard z > 0 else { return 0 }
    let nu = 0.5 * Double(dimension) - 1
    let x = m * z / (s * s)
    if x > max(30, nu * nu) {
      var (term, sum) = (1.0, 1.0)
      for k in 1...40 {
        let odd = Double(2 * k - 1)
        term *= -(4 * nu * nu - odd * odd) / (8 * x * Double(k))
        sum += term
        if abs(term) < 1e-17 { break }
      }
      return norm * exp(-0.5 * distance * distance + (nu + 0.5) * log(z / m)) * sum
    }
    var (term, sum, k) = (1.0, 1.0, 1.0)
    repeat {
      term *= 0.25 * x * x / (k * (k + nu))
      sum += term
      k += 1
    } while term > 1e-17 * sum
    let d = Double(dimension)
    let exponent = (d - 1) * log(z / s) - (0.5 * d - 1) * log(2) - lgamma(0.5 * d)
    return exp(exponent - 0.5 * distance * distance - x) * sum / s
  }
}
