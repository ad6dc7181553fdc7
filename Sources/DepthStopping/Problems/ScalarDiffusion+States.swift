import DepthNumerics
import DepthRuns

extension ScalarDiffusion {
  /// The scalar state of a user's point at a depth.
  ///
  /// - Throws: `InputError.usage` outside the domain.
  func scalarState(_ point: [Double], depth: Double = 0) throws -> Double {
    switch reduction {
    case .radial:
      let radius = BLAS.norm(point.count, point)
      guard radius < upper else {
        throw InputError.value(radius, of: "the distance of at from the origin", allowed: "numbers below \(upper)")
      }
      return radius
    case .selfSimilar(let offset): return point[0] / (offset + depth).squareRoot()
    case .none:
      guard point[0] > lower, point[0] < upper else {
        throw InputError.value(point[0], of: "at", allowed: "numbers strictly between \(lower) and \(upper)")
      }
      return point[0]
    }
  }
}
