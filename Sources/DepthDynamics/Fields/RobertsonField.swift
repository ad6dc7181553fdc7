/// `robertson`: stiff chemical kinetics, rates 0.04, 1e4 and 3e7; the sum of the components is conserved.
///
/// `a' = -k1 a + k2 b c`, `b' = -a' - k3 b^2`, `c' = k3 b^2`; parameters k1, k2, k3.
/// Source: Robertson (1966); Hairer and Wanner, "Solving Ordinary Differential Equations II", IV.1.
public struct RobertsonField: DifferentiableField {
  private let k: (Double, Double, Double)

  public init() { k = (0.04, 1e4, 3e7) }

  private init(rates: [Double]) {
    precondition(rates.count == 3, "\(rates.count) parameters, Robertson's field has 3")
    k = (rates[0], rates[1], rates[2])
  }

  public var dimension: Int { 3 }
  public var parameters: [Double] { [k.0, k.1, k.2] }
  public func replacing(parameters: [Double]) -> RobertsonField { RobertsonField(rates: parameters) }

  public func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let slow = -k.0 * h[0] + k.1 * h[1] * h[2]
    let fast = k.2 * h[1] * h[1]
    result[0] = slow
    result[1] = -slow - fast
    result[2] = fast
  }

  public func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    let slow = -k.0 * v[0] + k.1 * (h[2] * v[1] + h[1] * v[2])
    let fast = 2 * k.2 * h[1] * v[1]
    result[0] = slow
    result[1] = -slow - fast
    result[2] = fast
  }

  public func jacobian(depth: Double, state h: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    let (b, c, fast) = (k.1 * h[1], k.1 * h[2], 2 * k.2 * h[1])
    columns[0] = -k.0
    columns[1] = k.0
    columns[2] = 0
    columns[3] = c
    columns[4] = -c - fast
    columns[5] = fast
    columns[6] = b
    columns[7] = -b
    columns[8] = 0
  }

  public func pullback(
    depth: Double, state h: UnsafePointer<Double>, cotangent w: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let (slow, fast) = (w[0] - w[1], w[2] - w[1])
    stateGradient[0] = -k.0 * slow
    stateGradient[1] = k.1 * h[2] * slow + 2 * k.2 * h[1] * fast
    stateGradient[2] = k.1 * h[1] * slow
    guard let parameterGradient else { return }
    parameterGradient[0] -= h[0] * slow
    parameterGradient[1] += h[1] * h[2] * slow
    parameterGradient[2] += h[1] * h[1] * fast
  }
}
