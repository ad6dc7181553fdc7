import DepthNumerics

@testable import DepthDynamics

/// Random fields and states for tests of inequalities, which must hold for all of them.
enum RandomTanh {
  static func field(
    dimension: Int, width: Int, scale: Double, seed: UInt64, dependsOnDepth: Bool = true
  ) -> TanhResidualField {
    let core = TanhResidualCore(dimension: dimension, width: width, dependsOnDepth: dependsOnDepth)
    return TanhResidualField(core: core, parameters: normals(core.parameterCount, scale: scale, seed: seed))
  }

  /// `h' = -W^T tanh(W h + b)` as a tanh-residual field.
  static func gradientFlow(dimension d: Int, width m: Int, seed: UInt64) -> TanhResidualField {
    let (w, b) = (normals(m * d, scale: 0.7, seed: seed), normals(m, scale: 0.5, seed: seed + 1))
    let negativeTranspose = (0..<(d * m)).map { -w[$0 % m * d + $0 / m] }
    return TanhResidualField(
      core: TanhResidualCore(dimension: d, width: m),
      parameters: w + b + negativeTranspose + [Double](repeating: 0, count: d))
  }

  static func normals(_ count: Int, scale: Double, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return stream.normals(count).map { scale * $0 }
  }
}
