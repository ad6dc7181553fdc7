import DepthNumerics
import DepthRuns

extension ScalarDiffusion {
  /// The scalar state of a user's point at a depth.
  ///
  /// - Parameter withEnds: whether finite ends count as states where V has a limit from inside: all but natural ones.
  /// - Throws: `InputError.usage` outside the domain.
  func scalarState(_ point: [Double], depth: Double = 0, withEnds: Bool = false) throws -> Double {
    switch reduction {
    case .radial:
      let radius = BLAS.norm(point.count, point)
      guard radius < upper else {
        throw InputError.value(radius, of: "the distance of at from the origin", allowed: "numbers below \(upper)")
      }
      return radius
    case .selfSimilar(let offset): return point[0] / (offset + depth).squareRoot()
    case .none:
      let isEnd =
        withEnds && (point[0] == lower && lowerEnd != .natural || point[0] == upper && upperEnd != .natural)
      guard isEnd || (point[0] > lower && point[0] < upper) else {
        let ends = [(lower, lowerEnd), (upper, upperEnd)].filter { withEnds && $0.0.isFinite && $0.1 != .natural }
        let more = ends.isEmpty ? "" : ", or the end " + ends.map { "\($0.0)" }.joined(separator: " or ")
        throw InputError.value(point[0], of: "at", allowed: "numbers strictly between \(lower) and \(upper)\(more)")
      }
      return point[0]
    }
  }
}
