/// `spiral`: `h' = h^3 A` (row vector, cubes by component), A = [[-0.1, 2], [-2, -0.1]].
/// Source: Chen et al., "Neural Ordinary Differential Equations", NeurIPS 2018.
public struct SpiralField: VectorField {
  public init() {}
  public var dimension: Int { 2 }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let (x, y) = (h[0] * h[0] * h[0], h[1] * h[1] * h[1])
    result[0] = -0.1 * x - 2 * y
    result[1] = 2 * x - 0.1 * y
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (x, y) = (3 * h[0] * h[0] * v[0], 3 * h[1] * h[1] * v[1])
    result[0] = -0.1 * x - 2 * y
    result[1] = 2 * x - 0.1 * y
  }
}

/// `van-der-pol`: `x'' = mu (1 - x^2) x' - x`; stiff for large mu.
public struct VanDerPolField: VectorField {
  public let mu: Double
  public init(mu: Double) { self.mu = mu }
  public var dimension: Int { 2 }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = h[1]
    result[1] = mu * (1 - h[0] * h[0]) * h[1] - h[0]
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    result[0] = v[1]
    result[1] = (-2 * mu * h[0] * h[1] - 1) * v[0] + mu * (1 - h[0] * h[0]) * v[1]
  }
}

/// `robertson`: stiff chemical kinetics, rates 0.04, 1e4 and 3e7; the sum of the components is conserved.
/// Source: Robertson (1966); Hairer and Wanner, "Solving Ordinary Differential Equations II", IV.1.
public struct RobertsonField: VectorField {
  public init() {}
  public var dimension: Int { 3 }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let slow = -0.04 * h[0] + 1e4 * h[1] * h[2]
    let fast = 3e7 * h[1] * h[1]
    result[0] = slow
    result[1] = -slow - fast
    result[2] = fast
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let slow = -0.04 * v[0] + 1e4 * (h[2] * v[1] + h[1] * v[2])
    let fast = 6e7 * h[1] * v[1]
    result[0] = slow
    result[1] = -slow - fast
    result[2] = fast
  }
}

/// `lorenz`: sigma = 10, rho = 28, beta = 8/3; chaotic. Source: Lorenz, J. Atmos. Sci. 20 (1963).
public struct LorenzField: VectorField {
  public init() {}
  public var dimension: Int { 3 }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = 10 * (h[1] - h[0])
    result[1] = h[0] * (28 - h[2]) - h[1]
    result[2] = h[0] * h[1] - 8 / 3 * h[2]
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    result[0] = 10 * (v[1] - v[0])
    result[1] = (28 - h[2]) * v[0] - v[1] - h[0] * v[2]
    result[2] = h[1] * v[0] + h[0] * v[1] - 8 / 3 * v[2]
  }
}
