import DepthRuns

/// Milstein's scheme: Euler-Maruyama and `1/2 sum_ij L^i sigma_j (dW_i dW_j - delta_ij Delta)`, `L^i = sigma_i . grad`.
///
/// Strong order 1, weak order 1, with the exact derivatives of sigma. Only for noise whose columns commute (additive,
/// diagonal, scalar, commutative): otherwise the iterated integrals of W do not reduce to its increments.
/// Work beside Euler-Maruyama: one derivative of sigma for diagonal and scalar noise, m + 1 for commutative.
/// Source: Kloeden and Platen (1992), section 10.3, equations (3.3), (3.12) and (3.16).
public struct Milstein: StochasticMethod {
  public init() {}

  public var name: String { "milstein" }
  public var weakOrder: Double { 1 }
  public func strongOrder(for structure: NoiseStructure) -> Double { 1 }

  /// - Throws: `InputError.usage` for noise that is not known to commute.
  public func requireApplicable<Law: Diffusion>(to diffusion: Law) throws {
    guard diffusion.noiseStructure != .general else {
      throw InputError.usage(
        "milstein needs noise that is additive, diagonal, scalar or commutative; this diffusion's \(diffusion.noiseDimension) noises do not commute; use euler-maruyama"
      )
    }
  }

  public func scratchCount<Law: Diffusion>(for diffusion: Law, paths: Int) -> Int {
    let entries = paths * diffusion.noiseEntries
    switch (diffusion.noiseStructure, diffusion.noiseLayout) {
    case (.none, _), (.additive, _): return entries
    case (_, .diagonal): return 2 * entries
    case (_, .dense): return 2 * entries + paths * diffusion.dimension
    }
  }

  public func advance<Law: Diffusion>(
    _ diffusion: Law, depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>,
    paths: Int, scratch: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    EulerMaruyama().advance(
      diffusion, depth: depth, step: step, states: states, increments: increments, paths: paths, scratch: scratch,
      into: result)
    guard diffusion.noiseStructure != .none, diffusion.noiseStructure != .additive else { return }
    switch diffusion.noiseLayout {
    case .diagonal:
      correctDiagonal(diffusion, depth, step, states, increments, paths, sigma: scratch, into: result)
    case .dense:
      correctDense(diffusion, depth, step, states, increments, paths, sigma: scratch, into: result)
    }
  }

  /// `1/2 sigma_i sigma_i' (dW_i^2 - Delta)`.
  private func correctDiagonal<Law: Diffusion>(
    _ diffusion: Law, _ depth: Double, _ step: Double, _ states: UnsafePointer<Double>,
    _ increments: UnsafePointer<Double>, _ paths: Int, sigma: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let count = paths * diffusion.dimension
    let derivative = sigma + count
    diffusion.applyNoiseDerivative(depth: depth, states: states, directions: sigma, count: paths, into: derivative)
    for i in 0..<count { result[i] += 0.5 * derivative[i] * (increments[i] * increments[i] - step) }
  }

  /// Summed over one index first: `1/2 (D sigma [sigma dW] dW - Delta sum_j D sigma_j [sigma_j])`.
  private func correctDense<Law: Diffusion>(
    _ diffusion: Law, _ depth: Double, _ step: Double, _ states: UnsafePointer<Double>,
    _ increments: UnsafePointer<Double>, _ paths: Int, sigma: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (diffusion.dimension, diffusion.noiseDimension)
    let derivative = sigma + paths * d * m
    let direction = derivative + paths * d * m
    direction.update(repeating: 0, count: paths * d)
    for row in 0..<paths {
      addProduct(sigma + row * d * m, increments + row * m, rows: d, columns: m, to: direction + row * d)
    }
    diffusion.applyNoiseDerivative(depth: depth, states: states, directions: direction, count: paths, into: derivative)
    for row in 0..<paths {
      for i in 0..<d {
        var sum = 0.0
        for j in 0..<m { sum += derivative[(row * d + i) * m + j] * increments[row * m + j] }
        result[row * d + i] += 0.5 * sum
      }
    }
    for j in 0..<m {
      for i in 0..<(paths * d) { direction[i] = sigma[i * m + j] }
      diffusion.applyNoiseDerivative(
        depth: depth, states: states, directions: direction, count: paths, into: derivative)
      for i in 0..<(paths * d) { result[i] -= 0.5 * step * derivative[i * m + j] }
    }
  }
}
