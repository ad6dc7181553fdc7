import DepthNumerics
import DepthRuns
import Foundation

/// American puts and calls on a log-normal state by the integral equation of their boundary, collocated spectrally.
///
/// The boundary is a Chebyshev series in a power of the time to go (`BoundaryCollocation`), found by Newton's method from coarse to
/// fine; V at any state and depth is one quadrature of the premium of early stopping. Resolutions are refined until the
/// bounds of V and B are below `tolerance` of the strike. Degree 32 suffices for ordinary parameters: 1e-14 in V
/// and 1e-10 in B, relative to the strike. Errors are estimates: for V the comparison bound with sampled residuals, for B the
/// defect of smooth fit between nodes over the curvature of V (or the distance of two resolutions, if less). At rate 0 (a call: at dividend 0) there is no boundary and V is the European value.
///
/// Not supported: infinite horizon, negative rates or dividends, other rewards.
public struct IntegralEquation: BoundaryMethod {
  public let name = "integral-equation"
  /// Bound of the errors of V and B at which refinement stops, relative to the strike.
  public let tolerance: Double

  public init(tolerance: Double = 1e-10) {
    precondition(tolerance > 0, "tolerance \(tolerance)")
    self.tolerance = tolerance
  }

  public func objection(to problem: StoppingProblem) -> String? {
    do {
      _ = try VanillaOption(problem)
      return nil
    } catch {
      return (error as? VanillaOption.Mismatch)?.reason ?? "\(error)"
    }
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    guard case .diffusion(let process, _) = problem.dynamics, objection(to: problem) == nil else {
      throw StoppingError("integral-equation: \(objection(to: problem) ?? "does not apply")")
    }
    let option = try VanillaOption(problem)
    try problem.validate(query)
    let states = try query.points.map { try process.scalarState($0) }
    guard option.hasBoundary else { return withoutBoundary(option, query, states) }
    let (run, seconds) = try timed {
      let run = try PutBoundaryRun(option.equation, horizon: option.horizon, tolerance: tolerance)
      return (run, values(option, run, query, states))
    }
    return StoppingSolution(
      values: run.1, boundary: boundary(option, run.0, query), expectedDepths: [],
      diagnostics: diagnostics(run.0, seconds), warnings: warnings(run.0))
  }

  private func values(
    _ option: VanillaOption, _ run: PutBoundaryRun, _ query: StoppingQuery, _ states: [Double]
  ) -> [StoppingSolution.Value] {
    query.valueDepths.flatMap { depth in
      let tau = option.horizon - depth
      let stop = run.boundary.state(max(tau, 0))
      return states.indices.map { i in
        let (state, factor) = option.scaled(states[i])
        let reward = option.reward(states[i])
        var (value, error) = (reward, tau > 0 ? factor * run.errorBound : 0)
        if tau > 0, state > stop {
          let premium = run.premium.value(state, tau)
          // V >= g is known, whatever rounding says
          value = max(reward, factor * premium.value)
          error += factor * premium.difference
        }
        return StoppingSolution.Value(
          at: query.points[i], depth: depth, value: value, stoppingLoss: reward, errorBound: error,
          boundKind: .estimate)
      }
    }
  }

  private func boundary(
    _ option: VanillaOption, _ run: PutBoundaryRun, _ query: StoppingQuery
  ) -> HaltingBoundary {
    let branch = option.branch(run.boundary)
    let depths =
      query.depths.isEmpty
      ? run.nodes.reversed().map { option.horizon - run.boundary.scale.timeToGo($0) } : query.depths
    // ln B is what was compared: a call's B is K / (B of the put)
    let scale = option.isCall ? option.strike / run.boundary.state(option.horizon) : option.strike
    return HaltingBoundary(
      shape: .curve, points: depths.map { .init(depth: $0, at: [branch.state(at: $0) ?? .nan]) }, branches: [branch],
      errorBound: scale * run.boundaryError, boundKind: .estimate)
  }

  private func diagnostics(_ run: PutBoundaryRun, _ seconds: Double) -> Diagnostics {
    Diagnostics(
      status: run.isConverged ? .converged : .unconverged, method: name, iterations: run.iterations,
      evaluations: ["integrand": run.evaluations], residual: run.residual,
      residualNorm: "largest smooth-fit defect between nodes, relative to the strike", toleranceAsked: tolerance,
      seconds: seconds)
  }

  private func warnings(_ run: PutBoundaryRun) -> [String] {
    guard !run.isConverged else { return [] }
    return [
      "integral-equation: V and B are known to \(run.errorBound) and \(run.boundaryError) of the strike only, at the finest resolution (degree "
        + "\(run.boundary.coefficients.count - 1)); the boundary turns too sharply in depth"
    ]
  }

  private func withoutBoundary(
    _ option: VanillaOption, _ query: StoppingQuery, _ states: [Double]
  ) -> StoppingSolution {
    let values = query.valueDepths.flatMap { depth in
      states.indices.map { i in
        let (tau, reward) = (option.horizon - depth, option.reward(states[i]))
        let (state, factor) = option.scaled(states[i])
        return StoppingSolution.Value(
          at: query.points[i], depth: depth, value: tau > 0 ? factor * option.equation.european(state, tau) : reward,
          stoppingLoss: reward, errorBound: tau > 0 ? 2e-15 * factor : 0, boundKind: .estimate)
      }
    }
    return StoppingSolution(
      values: values, boundary: HaltingBoundary(shape: .curve, points: [], errorBound: 0, boundKind: .estimate),
      expectedDepths: [], diagnostics: Diagnostics(status: .converged, method: name, toleranceAsked: tolerance),
      warnings: [
        "no boundary: at \(option.isCall ? "dividend" : "rate") 0 stopping before the horizon never pays; V is the "
          + "European value"
      ])
  }
}
