import DepthNumerics
import DepthRuns
import Foundation

/// Gaussian states by the integral equations of all their boundaries at once, collocated spectrally.
///
/// Every curve is a Chebyshev series in a power of the time to go (`GaussianCurves`), all found together by Newton's method
/// (`GaussianCollocation`); V at any state and depth is one quadrature (`GaussianPotential`). Resolutions are refined until
/// the bounds, which are estimates, fall below `tolerance` of the scale.
///
/// Not supported: coefficients or losses that change with depth, a look-ahead that is no polynomial between kinks, boundaries that are
/// born or end before the horizon.
struct GaussianIntegralEquation {
  let tolerance: Double

  /// - Parameter problem: what `stopping` was recognised as.
  func solve(
    _ problem: GaussianStopping, of stopping: StoppingProblem, _ process: ScalarDiffusion, _ query: StoppingQuery
  ) throws -> StoppingSolution {
    let states = try query.points.map { try process.scalarState($0) }
    let (found, seconds) = try timed {
      let run = try GaussianBoundaryRun(problem, of: stopping, tolerance: tolerance)
      return (run: run, values: values(stopping, run, query, states))
    }
    let run = found.run
    guard found.values.allSatisfy({ $0.value.isFinite && $0.errorBound.isFinite }) else {
      throw StoppingError("integral-equation: V is not finite at a state asked for")
    }
    try compare(found.values, stopping, query)
    return StoppingSolution(
      values: found.values, boundary: boundary(process, run, query), expectedDepths: [],
      diagnostics: Diagnostics(
        status: run.isConverged ? .converged : .unconverged, method: "integral-equation", iterations: run.iterations,
        evaluations: ["integrand": run.evaluations], residual: run.residual,
        residualNorm: "largest smooth-fit defect between nodes", toleranceAsked: tolerance, seconds: seconds),
      warnings: run.isConverged
        ? []
        : [
          "integral-equation: V is known to \(run.errorBound) and the boundary to \(run.boundaryError) only, at the finest resolution (degree \(run.curves.degree))"
        ])
  }

  /// That the problem is what it was taken for: a march on coarse grids, which reads the coefficients itself, must give the same V.
  ///
  /// - Throws: `StoppingError` where it does not by far.
  private func compare(
    _ values: [StoppingSolution.Value], _ stopping: StoppingProblem, _ query: StoppingQuery
  ) throws {
    guard !query.points.isEmpty else { return }
    let depth = query.valueDepths[0]
    let march = try GradedFiniteDifferences.fast.solve(stopping, StoppingQuery(points: query.points, depths: [depth]))
    for (own, other) in zip(values, march.values) {
      let size = max(abs(own.value), abs(own.stoppingLoss))
      guard abs(own.value - other.value) <= 10 * (own.errorBound + other.errorBound) + 1e-3 * size else {
        throw StoppingError(
          "integral-equation: V = \(own.value) at \(own.at), but a march on coarse grids gives \(other.value)")
      }
    }
  }

  private func values(
    _ stopping: StoppingProblem, _ run: GaussianBoundaryRun, _ query: StoppingQuery, _ states: [Double]
  ) -> [StoppingSolution.Value] {
    guard case .diffusion(_, let loss) = stopping.dynamics else { return [] }
    let horizon = run.curves.problem.horizon
    return query.valueDepths.flatMap { depth in
      states.indices.map { i in
        let (tau, g) = (horizon - depth, loss.value(depth, states[i]))
        var (gain, error) = (0.0, 0.0)
        if tau > 0 {
          error = run.errorBound
          if !run.curves.stops(states[i], tau) {
            let (jet, difference) = run.potential.jet(states[i], tau)
            // V <= g is known, whatever rounding says
            gain = min(jet.value, 0)
            error += difference + 4e-15 * abs(jet.value) + max(0, jet.value)
          }
        }
        return StoppingSolution.Value(
          at: query.points[i], depth: depth, value: g + stopping.sign * gain, stoppingLoss: g,
          errorBound: tau > 0 ? error + 2 * g.ulp : 0, boundKind: .estimate)
      }
    }
  }

  private func boundary(
    _ process: ScalarDiffusion, _ run: GaussianBoundaryRun, _ query: StoppingQuery
  ) -> HaltingBoundary {
    let branches = run.curves.branches()
    let problem = run.curves.problem
    let depths =
      query.depths.isEmpty
      ? ([0] + run.nodes).reversed().map { problem.horizon * (1 - pow($0, 1 / run.curves.power)) } : query.depths
    let isRadial = process.reduction != .none
    return HaltingBoundary(
      shape: .curve,
      points: depths.flatMap { depth in
        branches.compactMap { branch in branch.state(at: depth).map { .init(depth: depth, at: [$0]) } }
      },
      radius: isRadial && branches.count == 1 ? branches[0].state(at: query.depths.first ?? 0) : nil,
      branches: branches, errorBound: run.boundaryError, boundKind: .estimate)
  }
}
