import DepthNumerics
import DepthRuns
import Foundation

/// Free boundaries of Gaussian and log-normal states by their integral equations, collocated spectrally.
///
/// Gaussian (Brownian motion and Ornstein-Uhlenbeck processes, on the whole line or mirrored at a reflecting end): any losses whose look-ahead is a polynomial
/// between kinks, one or several boundaries, see `GaussianIntegralEquation`; the bounds are estimates. Log-normal: American puts
/// and calls. Their boundary is a Chebyshev series in a power of the time to go (`BoundaryCollocation`), found by Newton's method from coarse to
/// fine; V at any state and depth is one quadrature of the premium of early stopping. Resolutions are refined until the
/// bounds of V and B are below `tolerance` of the strike. Degree 32 suffices for ordinary parameters: 1e-14 in V
/// and 1e-10 in B, relative to the strike. The bounds of V are proven by comparison (`PutCertificate`), and with them a band
/// for B at each depth shown (`PutEnclosedValues`); where the proof fails a warning says so and they are estimates with sampled
/// residuals. B's own error is an estimate: the defect of smooth fit between nodes over the curvature of V (or the distance of
/// two resolutions, if less). At rate 0 (a call: at dividend 0) there is no boundary and V is the European value.
///
/// Not supported: infinite horizon; with a log-normal state negative rates or dividends and other rewards.
public struct IntegralEquation: BoundaryMethod {
  public let name = "integral-equation"
  /// Bound of the errors of V and B at which refinement stops, relative to the strike, or to what the look-ahead earns over the horizon.
  public let tolerance: Double

  /// Whether bounds are proven, which takes several times as long as the solution.
  public let certifies: Bool

  public init(tolerance: Double = 1e-10, certifies: Bool = true) {
    precondition(tolerance > 0, "tolerance \(tolerance)")
    self.tolerance = tolerance
    self.certifies = certifies
  }

  public func objection(to problem: StoppingProblem) -> String? {
    do {
      _ = try recognised((try? SelfSimilarHorizon(problem))?.scaled ?? problem)
      return nil
    } catch {
      return (error as? StoppingError)?.description ?? "\(error)"
    }
  }

  private enum Kind {
    case option(VanillaOption)
    case gaussian(GaussianStopping)
  }

  /// - Throws: `StoppingError` with the reason where the problem is of neither kind.
  private func recognised(_ problem: StoppingProblem) throws -> Kind {
    guard case .diffusion(let process, _) = problem.dynamics, case .lognormal? = process.law else {
      return .gaussian(try GaussianStopping(problem))
    }
    return .option(try VanillaOption(problem))
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    if let similar = try SelfSimilarHorizon(problem) { return try similar.solve(query, by: self) }
    let kind = try recognised(problem)
    guard case .diffusion(let process, _) = problem.dynamics else {
      throw StoppingError("integral-equation needs a diffusion")
    }
    try problem.validate(query)
    switch kind {
    case .gaussian(let gaussian):
      return try GaussianIntegralEquation(tolerance: tolerance).solve(gaussian, of: problem, process, query)
    case .option(let option): return try solve(option, process, query)
    }
  }

  private func solve(
    _ option: VanillaOption, _ process: ScalarDiffusion, _ query: StoppingQuery
  ) throws -> StoppingSolution {
    let states = try query.points.map { try process.scalarState($0) }
    guard option.hasBoundary else { return withoutBoundary(option, query, states) }
    let (found, seconds) = try timed {
      let run = try PutBoundaryRun(option.equation, horizon: option.horizon, tolerance: tolerance)
      let (enclosure, warning) = enclosure(run)
      return (
        run: run, values: values(option, run, enclosure, query, states),
        boundary: boundary(option, run, enclosure, query), warning: warning
      )
    }
    return StoppingSolution(
      values: found.values, boundary: found.boundary, expectedDepths: [],
      diagnostics: diagnostics(found.run, seconds),
      warnings: warnings(found.run) + (found.warning.map { [$0] } ?? []))
  }

  /// Proven values, or why there are none.
  private func enclosure(_ run: PutBoundaryRun) -> (PutEnclosedValues?, String?) {
    guard certifies else { return (nil, nil) }
    do {
      return (try PutEnclosedValues(run.boundary, sampled: run.errorBound), nil)
    } catch {
      let reason = (error as? PutCertificate.Failure)?.reason ?? "\(error)"
      return (nil, "integral-equation: bounds are estimates, their proof failed: \(reason)")
    }
  }

  private func values(
    _ option: VanillaOption, _ run: PutBoundaryRun, _ enclosure: PutEnclosedValues?, _ query: StoppingQuery,
    _ states: [Double]
  ) -> [StoppingSolution.Value] {
    query.valueDepths.flatMap { depth in
      let tau = option.horizon - depth
      return states.indices.map { i in
        let (state, factor) = option.scaled(states[i])
        let reward = option.reward(states[i])
        var (value, error, isProven) = (reward, 0.0, true)
        if tau > 0 {
          if let proven = enclosure?.value(state, tau) {
            (value, error) = (max(reward, factor * proven.value), factor * proven.error + 2 * reward.ulp)
          } else {
            (value, error) = estimate(state, tau, run)
            // V >= g is known, whatever rounding says
            (value, error, isProven) = (max(reward, factor * value), factor * error, false)
          }
        }
        // V lies between the larger of g and the European value and K (of a call S), whatever the resolution
        let most = option.most(states[i])
        let least = tau > 0 ? max(reward, factor * option.equation.european(state, tau)) : reward
        value = min(value, most)
        return StoppingSolution.Value(
          at: query.points[i], depth: depth, value: value, stoppingLoss: reward,
          errorBound: min(error, max(value - least, most - value) + 16 * most.ulp),
          boundKind: isProven ? .certified : .estimate)
      }
    }
  }

  /// V of the put of strike 1 and its error, unproven.
  private func estimate(_ state: Double, _ tau: Double, _ run: PutBoundaryRun) -> (value: Double, error: Double) {
    guard state > run.boundary.state(tau) else { return (0, run.errorBound) }
    let premium = run.premium.value(state, tau)
    return (premium.value, run.errorBound + premium.difference)
  }

  private func boundary(
    _ option: VanillaOption, _ run: PutBoundaryRun, _ enclosure: PutEnclosedValues?, _ query: StoppingQuery
  ) -> HaltingBoundary {
    let branch = option.branch(run.boundary)
    let depths =
      query.depths.isEmpty
      ? run.nodes.reversed().map { option.horizon - run.boundary.scale.timeToGo($0) } : query.depths
    // ln B is what was compared: a call's B is K / (B of the put)
    let scale = option.isCall ? option.strike / run.boundary.state(option.horizon) : option.strike
    return HaltingBoundary(
      shape: .curve,
      points: depths.map { depth in
        let band = enclosure?.band(option.horizon - depth)
        return .init(
          depth: depth, at: [branch.state(at: depth) ?? .nan],
          band: band.map {
            option.isCall
              ? option.strike / $0.upperBound...option.strike / $0.lowerBound
              : option.strike * $0.lowerBound...option.strike * $0.upperBound
          })
      }, branches: [branch],
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
