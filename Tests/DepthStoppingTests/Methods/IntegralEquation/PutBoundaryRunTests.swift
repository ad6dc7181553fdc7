import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Resolutions, their convergence, and the bounds over many decades of parameters.
@Suite struct PutBoundaryRunTests {
  struct Parameters: Sendable {
    let equation: PutEquation
    let horizon: Double
  }

  /// sigma 0.05...2, T 1e-4...50, r 0.001...0.3, q = 0, r, or 0.01...100 times r (at most 1).
  static func draws(_ count: Int, seed: UInt64) -> [Parameters] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { index in
      let u = stream.uniforms(4)
      let rate = 0.001 * pow(300, u[2])
      let dividend = [0, rate, min(1, rate * 0.01 * pow(1e4, u[3]))][min(index % 5, 2)]
      return Parameters(
        equation: PutEquation(rate: rate, dividend: dividend, volatility: 0.05 * pow(40, u[0])),
        horizon: 1e-4 * pow(5e5, u[1]))
    }
  }

  /// One resolution finer than any that the bound asked for.
  private static func finest(_ parameters: Parameters) throws -> PutPremium {
    let scale = TimeToGoScale(parameters.equation, horizon: parameters.horizon)
    let solver = PutBoundarySolver(equation: parameters.equation, scale: scale)
    var level: PutBoundarySolver.Level?
    for resolution in PutBoundarySolver.ladder.prefix(5) { level = try solver.solve(resolution, from: level) }
    level = try solver.solve(.init(degree: 96, quadrature: 240, reach: 3.4), from: level)
    return PutPremium(level!.boundary, rule: DoubleExponentialRule(count: 401, reach: 3.7))
  }

  @Test func errorsStayWithinTheirBoundsOverManyDecades() throws {
    var (bounds, boundaryBounds): ([Double], [Double]) = ([], [])
    for parameters in Self.draws(300, seed: 21) {
      let (equation, horizon) = (parameters.equation, parameters.horizon)
      let run = try PutBoundaryRun(equation, horizon: horizon, tolerance: 1e-10)
      let finest = try Self.finest(parameters)
      bounds.append(run.errorBound)
      boundaryBounds.append(run.boundaryError)
      for share in [1, 0.3, 0.1, 0.01, 1e-3, 1e-5] {
        let tau = share * horizon
        let difference = abs(log(run.boundary.state(tau) / finest.boundary.state(tau)))
        #expect(difference <= run.boundaryError, "\(parameters) tau \(tau): B off by \(difference)")
        for reach in [0.01, 0.3, 1, 3] {
          let state = finest.boundary.state(tau) * exp(reach * equation.volatility * tau.squareRoot())
          let value = run.premium.value(state, tau)
          let exact = finest.value(state, tau)
          #expect(value.value.isFinite)
          #expect(
            abs(value.value - exact.value) <= run.errorBound + value.difference + exact.difference,
            "\(parameters) S \(state) tau \(tau): error \(value.value - exact.value), bound \(run.errorBound)")
        }
      }
    }
    bounds.sort()
    boundaryBounds.sort()
    #expect(bounds[150] < 1e-12 && bounds[285] < 1e-10 && bounds[299] < 1e-5, "\(bounds.suffix(5))")
    #expect(boundaryBounds[150] < 1e-10 && boundaryBounds[285] < 1e-10 && boundaryBounds[299] < 1e-2)
  }

  // the boundary turns sharply, and the earlier the nearer q is to r
  @Test(arguments: [1.0005, 1.002, 1.01, 1.05, 1.2, 1.5, 3])
  func dividendsSlightlyAboveTheRate(ratio: Double) throws {
    for horizon in [0.01, 0.3, 3, 30] {
      for (rate, volatility) in [(0.05, 0.2), (0.02, 0.4), (0.1, 0.1)] {
        let equation = PutEquation(rate: rate, dividend: rate * ratio, volatility: volatility)
        let run = try PutBoundaryRun(equation, horizon: horizon, tolerance: 1e-10)
        #expect(run.isConverged && run.errorBound < 1e-11 && run.boundaryError < 1e-9, "\(equation) T \(horizon)")
      }
    }
  }

  @Test func boundaryFallsWithTheTimeToGoBetweenItsLimits() throws {
    for parameters in Self.draws(100, seed: 22) {
      let run = try PutBoundaryRun(parameters.equation, horizon: parameters.horizon, tolerance: 1e-10)
      let slack = run.boundaryError
      var last = parameters.equation.limit
      for j in 1...400 {
        let ratio = pow(Double(j) / 400, 8)
        let state = run.boundary.state(ratio * parameters.horizon)
        #expect(state <= last * (1 + slack), "\(parameters) at \(ratio)")
        #expect(state >= parameters.equation.perpetualBoundary * (1 - slack))
        last = state
      }
    }
  }

  // errors in V of degrees 8, 16, 32 against 44: each refinement gains more than any fixed order would
  @Test(arguments: [(0.06, 0.0, 0.2, 1.0), (0.04, 0.04, 0.15, 10), (0.03, 0.07, 0.3, 0.5), (0.08, 0.04, 0.2, 3)])
  func convergenceIsSpectral(rate: Double, dividend: Double, volatility: Double, horizon: Double) throws {
    let equation = PutEquation(rate: rate, dividend: dividend, volatility: volatility)
    let solver = PutBoundarySolver(equation: equation, scale: TimeToGoScale(equation, horizon: horizon))
    var level: PutBoundarySolver.Level?
    var matching: [Double] = []
    let values = try PutBoundarySolver.ladder.prefix(4).map { resolution in
      let next = try solver.solve(resolution, from: level)
      level = next
      #expect(next.isConverged)
      let premium = PutPremium(next.boundary, rule: DoubleExponentialRule(count: 301, reach: 3.5))
      // value matching was not imposed: the second equation judges the first
      matching.append(PutEnclosure(premium, degree: 2 * resolution.degree).matchingResidual)
      return premium.value(1, horizon).value
    }
    let errors = values.map { abs($0 - values[3]) }
    #expect(errors[1] < max(errors[0] / 300, 1e-14) && errors[2] < max(errors[1] / 30, 3e-15), "\(errors)")
    #expect(matching[2] < 2e-12 && matching[3] < 2e-14, "\(matching)")
    #expect(matching[1] < matching[0] / 300 && matching[2] < matching[1] / 20, "\(matching)")
  }

  @Test func theSameFromManyThreads() throws {
    let draws = Self.draws(24, seed: 23)
    let runs = [1, 2, 4].map { threads in
      Parallel.map(draws.count, threads: threads) { index in
        (try? PutBoundaryRun(draws[index].equation, horizon: draws[index].horizon, tolerance: 1e-10))
          .map { $0.boundary.coefficients + [$0.errorBound, $0.premium.value(1.1, draws[index].horizon).value] }
      }
    }
    #expect(runs[0] == runs[1] && runs[0] == runs[2] && runs[0].allSatisfy { $0 != nil })
  }
}
