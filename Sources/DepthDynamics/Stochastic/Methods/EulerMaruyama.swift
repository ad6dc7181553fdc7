/// The Euler-Maruyama scheme `X_{k+1} = X_k + f Delta + sigma dW_k`: the noisy residual network itself.
///
/// Strong order 1/2, 1 for additive noise; weak order 1. Applies to every diffusion.
/// Source: Kloeden and Platen, "Numerical Solution of Stochastic Differential Equations" (1992), sections 10.2 and 14.1.
public struct EulerMaruyama: StochasticMethod {
  public init() {}

  public var name: String { "euler-maruyama" }
  public var weakOrder: Double { 1 }

  public func strongOrder(for structure: NoiseStructure) -> Double {
    structure == .none || structure == .additive ? 1 : 0.5
  }

  public func requireApplicable<Law: Diffusion>(to diffusion: Law) {}

  public func scratchCount<Law: Diffusion>(for diffusion: Law, paths: Int) -> Int { paths * diffusion.noiseEntries }

  public func advance<Law: Diffusion>(
    _ diffusion: Law, depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>,
    paths: Int, scratch: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    let (d, m) = (diffusion.dimension, diffusion.noiseDimension)
    diffusion.drift(depth: depth, states: states, count: paths, into: result)
    for i in 0..<(paths * d) { result[i] = states[i] + step * result[i] }
    guard diffusion.noiseStructure != .none else { return }
    diffusion.noise(depth: depth, states: states, count: paths, into: scratch)
    switch diffusion.noiseLayout {
    case .diagonal:
      for i in 0..<(paths * d) { result[i] += scratch[i] * increments[i] }
    case .dense:
      for row in 0..<paths {
        addProduct(scratch + row * d * m, increments + row * m, rows: d, columns: m, to: result + row * d)
      }
    }
  }
}

/// `y += A x`, A row-major; sums run left to right.
func addProduct(
  _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>, rows: Int, columns: Int, to y: UnsafeMutablePointer<Double>
) {
  for i in 0..<rows {
    var sum = 0.0
    for j in 0..<columns { sum += a[i * columns + j] * x[j] }
    y[i] += sum
  }
}
