import DepthNumerics
import Foundation

/// Resolutions of a put's boundary, refined until the comparison bound of V is small.
struct PutBoundaryRun {
  let boundary: PutBoundary
  let premium: PutPremium
  /// Bound of |W - V|, relative to the strike: rounding and the comparison bound.
  let errorBound: Double
  /// Bound of |B - b|, relative to the strike.
  let boundaryError: Double
  /// s at the collocation nodes.
  let nodes: [Double]
  let iterations: Int
  let evaluations: Int
  let residual: Double
  let isConverged: Bool

  /// - Throws: `StoppingError` when no resolution gives a usable curve.
  init(_ equation: PutEquation, horizon: Double, tolerance: Double) throws {
    let solver = PutBoundarySolver(equation: equation, scale: TimeToGoScale(equation, horizon: horizon))
    var previous: PutBoundarySolver.Level?
    var (iterations, evaluations) = (0, 0)
    for (index, resolution) in PutBoundarySolver.ladder.enumerated() {
      let level = try solver.solve(resolution, from: previous)
      iterations += level.iterations
      evaluations += level.iterations * resolution.degree * resolution.quadrature
      defer { previous = level }
      guard let coarse = previous, index >= 2 else { continue }
      let points = resolution.quadrature * 3 / 2 + 1
      let rule = DoubleExponentialRule(count: points + (points + 1) % 2, reach: resolution.reach + 0.2)
      let enclosure = PutEnclosure(PutPremium(level.boundary, rule: rule), degree: resolution.degree)
      let bound = max(enclosure.above, enclosure.below) + 4e-15
      let isLast = index == PutBoundarySolver.ladder.count - 1
      guard isLast || (level.isConverged && bound <= tolerance) else { continue }
      guard bound.isFinite else { break }
      (boundary, nodes) = (level.boundary, level.nodes)
      // every second node of this rule makes one as good as that of the residuals: its error estimate costs no more
      premium = PutPremium(
        level.boundary, rule: DoubleExponentialRule(count: 2 * rule.nodes.count - 1, reach: resolution.reach + 0.2))
      errorBound = bound
      boundaryError = 2 * Self.distance(level, coarse) + 1e-13
      (self.iterations, self.evaluations) = (iterations, evaluations)
      residual = enclosure.fitResidual
      isConverged = level.isConverged && bound <= tolerance
      return
    }
    throw StoppingError("integral-equation: no resolution gave a usable boundary")
  }

  /// The largest distance of two resolutions in ln B, over the nodes of the finer and points between them.
  private static func distance(_ fine: PutBoundarySolver.Level, _ coarse: PutBoundarySolver.Level) -> Double {
    let n = fine.nodes.count
    return (1...(2 * n)).reduce(0) { largest, j in
      let sine = sin(.pi * Double(j) / Double(4 * n))
      let share = sine * sine
      return max(largest, abs(fine.boundary.logRatio(share: share) - coarse.boundary.logRatio(share: share)))
    }
  }
}
