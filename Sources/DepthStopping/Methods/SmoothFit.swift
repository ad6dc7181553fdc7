import DepthNumerics
import DepthRuns
import Foundation

/// Stationary one-dimensional diffusions by smooth fit: `V = g`, `V' = g'` at the boundary, V' by spectral collocation.
///
/// In the continuation region `u = V'` solves `(sigma^2/2) u' + f u + c = 0`. Where the region reaches an end of the domain
/// that the drift repels from, u is the solution of least growth there; where it is an interval (A, B) both ends are free.
/// The boundary is a root of a smooth function, never a grid node; errors near rounding. Values and boundary carry an
/// estimate: the difference of two degrees, with a margin.
///
/// Not supported: discount, dependence on depth, several continuation intervals.
/// Source: Peskir and Shiryaev, "Optimal Stopping and Free-Boundary Problems" (2006), sections 8 and 21.
public struct SmoothFit: BoundaryMethod {
  public let name = "smooth-fit"
  /// Degree of the collocation whose result is returned; a run with 3/4 of it gives the error estimate.
  public let degree: Int

  public init(degree: Int = 32) {
    precondition(degree >= 16, "degree \(degree) is below 16")
    self.degree = degree
  }

  public func objection(to problem: StoppingProblem) -> String? {
    problem.isUndiscountedStationaryMinimum ? nil : "smooth-fit needs a stationary minimisation without discount"
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    guard case .diffusion(let diffusion, let loss) = problem.dynamics, objection(to: problem) == nil else {
      throw StoppingError("\(objection(to: problem) ?? "smooth-fit does not apply")")
    }
    try problem.validate(query)
    let points = query.points
    let states = try points.map { try diffusion.scalarState($0) }
    let equation = StationaryEquation(diffusion: diffusion, loss: loss, runningCost: problem.runningCost)
    let (runs, seconds) = try timed {
      let region = try ContinuationRegion(equation)
      return try (
        fine: region.solve(rule: ChebyshevPanel(degree: degree), at: states),
        coarse: region.solve(rule: ChebyshevPanel(degree: degree * 3 / 4), at: states)
      )
    }
    return assemble(problem, diffusion.reduction, points, fine: runs.fine, coarse: runs.coarse, seconds: seconds)
  }

  private func assemble(
    _ problem: StoppingProblem, _ reduction: ScalarDiffusion.Reduction, _ points: [[Double]],
    fine: FreeBoundarySolution, coarse: FreeBoundarySolution, seconds: Double
  ) -> StoppingSolution {
    func bound(_ a: Double, _ b: Double, scale: Double) -> Double { 4 * abs(a - b) + 1e-13 * max(abs(a), scale) }
    let boundaryError = zip(fine.boundary, coarse.boundary).map { bound($0, $1, scale: 0) }.max() ?? 0
    let values = points.indices.map { i in
      StoppingSolution.Value(
        at: points[i], value: fine.values[i], stoppingLoss: fine.losses[i],
        errorBound: bound(fine.values[i], coarse.values[i], scale: abs(fine.losses[i])), boundKind: .estimate)
    }
    let depths = points.indices.map { i in
      let error = bound(
        fine.expectedDepths[i], coarse.expectedDepths[i], scale: values[i].errorBound / problem.runningCost)
      return StoppingSolution.ExpectedDepth(
        at: points[i], value: fine.expectedDepths[i], lower: max(0, fine.expectedDepths[i] - error),
        upper: fine.expectedDepths[i] + error)
    }
    let diagnostics = Diagnostics(
      status: .converged, method: name, iterations: fine.panelCount, evaluations: ["coefficients": fine.evaluations],
      residual: fine.residual, residualNorm: "|V' - g'| at the boundary", toleranceAsked: 1e-14, seconds: seconds)
    return StoppingSolution(
      values: values, boundary: boundary(fine.boundary, reduction, boundaryError), expectedDepths: depths,
      diagnostics: diagnostics)
  }

  /// A radius is a ball in R^d, and the pair of points -b, b on the line.
  private func boundary(
    _ states: [Double], _ reduction: ScalarDiffusion.Reduction, _ error: Double
  ) -> HaltingBoundary {
    switch reduction {
    case .none:
      HaltingBoundary(
        shape: .points, points: states.map { .init(at: [$0]) }, errorBound: error, boundKind: .estimate)
    case .radial(let dimension):
      HaltingBoundary(
        shape: dimension == 1 ? .points : .ball,
        points: dimension == 1 ? states.flatMap { [.init(at: [-$0]), .init(at: [$0])] } : [], radius: states.first,
        errorBound: error, boundKind: .estimate)
    }
  }
}

extension StoppingProblem {
  /// A scalar diffusion, minimised, the same at every depth, constant cost, no discount.
  var isUndiscountedStationaryMinimum: Bool {
    guard let inequality = VariationalInequality(self), inequality.isStationary, sense == .minimize else {
      return false
    }
    return discount.constantValue == 0 && inequality.cost.constantValue != nil
  }
}

/// `u' = -p u - q` with `p = 2 f / sigma^2`, `q = 2 c / sigma^2`, and where stopping is forbidden.
struct StationaryEquation: Sendable {
  let diffusion: ScalarDiffusion
  let loss: ScalarLoss
  let runningCost: Double

  func p(_ x: Double) -> Double {
    let sigma = diffusion.diffusion(0, x)
    return 2 * diffusion.drift(0, x) / (sigma * sigma)
  }

  func q(_ x: Double) -> Double {
    let sigma = diffusion.diffusion(0, x)
    return 2 * runningCost / (sigma * sigma)
  }

  /// `L g + c`: negative where one must continue (away from kinks).
  func lookAhead(_ x: Double) -> Double {
    let sigma = diffusion.diffusion(0, x)
    return diffusion.drift(0, x) * loss.derivative(0, x) + 0.5 * sigma * sigma * loss.curvature(0, x) + runningCost
  }
}

extension StationaryEquation {
  /// How far beyond `x` a disturbance of V' at the upper end has been damped by `e^-exponent`: `int |p|` reaches `exponent`.
  ///
  /// - Throws: `StoppingError` when the drift does not contract there.
  func dampingDistance(from x: Double, exponent: Double) throws -> Double {
    let lower = diffusion.lower
    var distance = max(1e-3, x - (lower.isFinite ? lower : 0)) / 64
    for _ in 0..<200 {
      // composite midpoint values suffice: only the order of magnitude matters
      let damping = (0..<64).reduce(0.0) { $0 - p(x + distance * (Double($1) + 0.5) / 64) * distance / 64 }
      if damping > exponent && p(x + distance) < 0 { return distance }
      distance *= 1.25
      guard (x + distance).isFinite, distance < 1e12 else { break }
    }
    throw StoppingError("the drift does not contract at the upper end: no solution of least growth, V may be infinite")
  }
}

extension ScalarDiffusion {
  /// The scalar state of a user's point.
  ///
  /// - Throws: `InputError.usage` outside the domain.
  func scalarState(_ point: [Double]) throws -> Double {
    switch reduction {
    case .radial: return BLAS.norm(point.count, point)
    case .none:
      guard point[0] > lower, point[0] < upper else {
        throw InputError.value(point[0], of: "at", allowed: "numbers strictly between \(lower) and \(upper)")
      }
      return point[0]
    }
  }
}

/// Boundary, values and expected depths at the points asked for, at one resolution.
struct FreeBoundarySolution {
  let boundary: [Double]
  let values: [Double]
  let losses: [Double]
  let expectedDepths: [Double]
  let panelCount: Int
  let evaluations: Int
  let residual: Double
}
