import DepthNumerics
import Foundation

/// Resolutions of a put's boundary, refined until the bounds of V and B are small.
struct PutBoundaryRun {
  let boundary: PutBoundary
  let premium: PutPremium
  /// Bound of |W - V|, relative to the strike: rounding and the comparison bound.
  let errorBound: Double
  /// Bound of |ln B - ln b|.
  let boundaryError: Double
  /// s at the collocation nodes.
  let nodes: [Double]
  /// The largest defect of smooth fit between nodes.
  let residual: Double
  /// V within the tolerance, and B within ten times it.
  let isConverged: Bool
  /// Both within the tolerance: nothing is left to refine.
  private let isFinal: Bool
  /// Newton steps and integrand evaluations of all resolutions.
  private(set) var iterations = 0
  private(set) var evaluations = 0

  /// - Throws: `StoppingError` when no resolution gives a usable curve.
  init(_ equation: PutEquation, horizon: Double, tolerance: Double) throws {
    let solver = PutBoundarySolver(equation: equation, scale: TimeToGoScale(equation, horizon: horizon))
    var coarse: PutBoundarySolver.Level?
    var best: PutBoundaryRun?
    var (iterations, evaluations) = (0, 0)
    for (index, resolution) in PutBoundarySolver.ladder.enumerated() {
      // where a finer curve fails, the best so far stands with its own bounds
      guard let level = try? solver.solve(resolution, from: coarse) else { break }
      iterations += level.iterations
      evaluations += level.iterations * resolution.degree * resolution.quadrature
      if index >= 2, let coarse {
        let run = PutBoundaryRun(level, coarse, resolution, tolerance)
        if run.errorBound.isFinite, run.errorBound <= best?.errorBound ?? .infinity { best = run }
        if run.isFinal { break }
      }
      coarse = level
    }
    guard let best else { throw StoppingError("integral-equation: no resolution gave a usable boundary") }
    self = best
    (self.iterations, self.evaluations) = (iterations, evaluations)
  }

  private init(
    _ level: PutBoundarySolver.Level, _ coarse: PutBoundarySolver.Level, _ resolution: PutBoundarySolver.Resolution,
    _ tolerance: Double
  ) {
    (boundary, nodes) = (level.boundary, level.nodes)
    let equation = level.boundary.equation
    let points = (resolution.quadrature * 5 / 4) | 1
    let reach = resolution.reach + 0.2
    let enclosure = PutEnclosure(
      PutPremium(boundary, rule: DoubleExponentialRule(count: points, reach: reach)), degree: resolution.degree)
    // every second node of this rule makes one as good as that of the residuals: its error estimate costs no more
    premium = PutPremium(boundary, rule: DoubleExponentialRule(count: 2 * points - 1, reach: reach))
    errorBound = max(enclosure.above, enclosure.below) + 4e-15
    // smooth fit is less local where r - q B vanishes at expiry; both factors hold on thousands of random parameters
    let factor = equation.dividend > equation.rate ? 120.0 : 4
    boundaryError = min(2 * Self.distance(level, coarse), factor * enclosure.displacement) + 1e-12
    residual = enclosure.fitResidual
    isConverged = level.isConverged && errorBound <= tolerance && boundaryError <= 10 * tolerance
    isFinal = isConverged && boundaryError <= tolerance
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
