import Foundation

@testable import DepthDynamics

/// `h' = a + b h + c h^2`: with (0, 0, 1) singular at 1/h0, with (1, 0, 1) the tangent, with (0, 1, -1) logistic.
struct RiccatiField: TaylorField {
  let (a, b, c): (Double, Double, Double)
  var dimension: Int { 1 }
  var isAutonomous: Bool { true }

  func evaluate(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = a + b * h[0] + c * h[0] * h[0]
  }

  func applyJacobian(
    depth: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    result[0] = (b + 2 * c * h[0]) * v[0]
  }

  func evaluate(depth: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] { [b * h[0] + c * (h[0] * h[0]) + a] }

  static let square = RiccatiField(a: 0, b: 0, c: 1)
  static let tangent = RiccatiField(a: 1, b: 0, c: 1)
  static let logistic = RiccatiField(a: 0, b: 1, c: -1)
}

/// `h' = -2 t h^2`: `h = h0 / (1 + h0 t^2)` from depth 0.
struct DepthRiccatiField: TaylorField {
  var dimension: Int { 1 }
  var isAutonomous: Bool { false }

  func evaluate(depth t: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = -2 * t * h[0] * h[0]
  }

  func applyJacobian(
    depth t: Double, state h: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    result[0] = -4 * t * h[0] * v[0]
  }

  func depthDerivative(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = -2 * h[0] * h[0]
  }

  func evaluate(depth t: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] { [-2 * (t * (h[0] * h[0]))] }
}

/// `h' = A h + b + t (B h + c)` in two dimensions: affine in the state; B and c may vanish.
struct AffineField: TaylorField {
  let (matrix, offset): ([Double], [Double])
  let (growth, drift): ([Double], [Double])
  var dimension: Int { 2 }
  var isAutonomous: Bool { growth + drift == [0, 0, 0, 0, 0, 0] }

  static let autonomous = AffineField(
    matrix: [-0.3, 1.1, -0.8, 0.2], offset: [0.4, -0.1], growth: [0, 0, 0, 0], drift: [0, 0])
  static let depthDependent = AffineField(
    matrix: [-0.3, 1.1, -0.8, 0.2], offset: [0.4, -0.1], growth: [0.5, -0.2, 0.3, 0.7], drift: [-0.6, 0.2])

  func evaluate(depth t: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for i in 0..<2 {
      let row = (0..<2).reduce(0.0) { $0 + (matrix[2 * i + $1] + t * growth[2 * i + $1]) * h[$1] }
      result[i] = row + offset[i] + t * drift[i]
    }
  }

  func applyJacobian(
    depth t: Double, state: UnsafePointer<Double>, vector v: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<2 {
      result[i] = (0..<2).reduce(0.0) { $0 + (matrix[2 * i + $1] + t * growth[2 * i + $1]) * v[$1] }
    }
  }

  func depthDerivative(depth: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for i in 0..<2 { result[i] = growth[2 * i] * h[0] + growth[2 * i + 1] * h[1] + drift[i] }
  }

  func evaluate(depth t: GradedSeries, state h: [GradedSeries]) -> [GradedSeries] {
    (0..<2).map { i in
      let constant = matrix[2 * i] * h[0] + matrix[2 * i + 1] * h[1] + offset[i]
      let linear = growth[2 * i] * h[0] + growth[2 * i + 1] * h[1] + drift[i]
      return constant + t * linear
    }
  }
}

/// Networks with weights from a sine, for tests.
enum TestNetworks {
  static func tanh(dimension: Int, width: Int, dependsOnDepth: Bool, size: Double = 0.7) -> TanhResidualField {
    let core = TanhResidualCore(dimension: dimension, width: width, dependsOnDepth: dependsOnDepth)
    return TanhResidualField(
      core: core, parameters: (0..<core.parameterCount).map { size * sin(1.3 * Double($0) + 0.4) })
  }

  static func gradientFlow(dimension: Int, width: Int) -> GradientFlowField {
    GradientFlowField(
      dimension: dimension, width: width,
      parameters: (0..<(width * (dimension + 1))).map { 0.8 * sin(2.1 * Double($0) + 0.2) })
  }
}

/// `||a - b||` in the maximum norm.
func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }
