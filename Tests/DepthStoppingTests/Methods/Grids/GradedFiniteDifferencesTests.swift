import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct GradedFiniteDifferencesTests {
  /// Values and boundaries from integral equations, twelve digits.
  static let puts:
    [(k: Double, r: Double, q: Double, sigma: Double, maturity: Double, s: Double, value: Double, b: Double)] = [
      (40, 0.06, 0, 0.2, 1, 36, 4.4866743567320, 32.91466321458),
      (40, 0.06, 0, 0.2, 1, 40, 2.3195742485934, 32.91466321458),
      (40, 0.06, 0, 0.4, 2, 44, 5.6467313272357, 21.91939406079),
      (100, 0.03, 0.07, 0.3, 0.5, 100, 9.2506354168285, 37.66424527641),
      (100, 0.1, 0.05, 0.4, 3, 100, 19.2867233047820, 54.16979784037),
      (100, 0.08, 0.12, 0.2, 3, 80, 25.6577681655841, 54.45164269921),
    ]

  @Test func putsToTheirReferences() throws {
    for put in Self.puts {
      let problem = try GridProblems.put(
        strike: put.k, rate: put.r, dividend: put.q, volatility: put.sigma, maturity: put.maturity)
      let solution = try GradedFiniteDifferences().solve(problem, StoppingQuery(points: [[put.s]], depths: [0]))
      let error = abs(solution.values[0].value - put.value)
      #expect(error < 4e-9 * put.k, "\(put): \(error / put.k)")
      #expect(error <= solution.values[0].errorBound + 1e-12 * put.k, "\(put): \(error)")
      #expect(solution.values[0].errorBound < 100 * max(error, 1e-12 * put.k))
      let b = try #require(solution.boundary.branches.first?.state(at: 0))
      #expect(abs(b - put.b) < 1e-6 * put.k, "\(put): boundary \(b)")
      #expect(abs(b - put.b) <= solution.boundary.errorBound, "\(put): boundary \(b)")
    }
  }

  @Test func theBoundaryInDepthAgainstItsReferences() throws {
    // K = 40, r = 0.06, q = 0, sigma = 0.2, T = 1: time to maturity and boundary
    let rows = [
      (0.75, 33.35809812194), (0.5, 33.98579371953), (0.25, 35.02503530547), (0.1, 36.25406321126),
      (0.05, 37.03904287239), (0.01, 38.37106098635),
    ]
    let problem = try GridProblems.put(strike: 40, rate: 0.06, dividend: 0, volatility: 0.2, maturity: 1)
    let solution = try GradedFiniteDifferences().solve(problem, at: [[40]])
    let branch = try #require(solution.boundary.branches.first)
    for (togo, b) in rows {
      let found = try #require(branch.state(at: 1 - togo))
      #expect(abs(found - b) < 40 * 5e-6, "\(togo): \(found - b)")
    }
    #expect(branch.state(at: 1) == 40)
    #expect(solution.warnings.isEmpty, "\(solution.warnings)")
  }

  @Test(arguments: SteppingScheme.allCases)
  func ordersTwoAndThree(scheme: SteppingScheme) throws {
    let put = Self.puts[3]
    let problem = try GridProblems.put(
      strike: put.k, rate: put.r, dividend: put.q, volatility: put.sigma, maturity: put.maturity)
    let inequality = try #require(VariationalInequality(problem))
    let design = try GridDesign(inequality, horizon: put.maturity, states: [put.s])
    func value(_ grids: NestedGrids, _ run: Int) -> Double {
      -GridValues(inequality: inequality, nodes: grids.runs[run + 1].nodes, depth: 0)
        .value(grids.runs[run + 1].snapshots[0], at: put.s)
    }
    // one mapping for all: the finest of them coarsened; the coarsest of the four is below its order
    let grids = try NestedGrids(
      inequality, horizon: put.maturity, design: design, cells: 800, steps: 200, scheme: scheme, depths: [0])
    let errors = (0..<3).map { abs(value(grids, $0) - put.value) }
    #expect(abs(log2(errors[0] / errors[2]) / 2 - 2) < 0.15, "\(errors)")
    let boundary = (0..<3).map { abs(grids.runs[$0 + 1].roots.last![0].state - put.b) }
    #expect(log2(boundary[0] / boundary[2]) / 2 > 1.7, "\(boundary)")
    let extrapolated = (0..<2).map { abs(richardson(value(grids, $0 + 1), value(grids, $0)) - put.value) }
    if scheme == .trBDF2 { #expect(log2(extrapolated[0] / extrapolated[1]) > 2.7, "\(extrapolated)") }
  }

  /// However short the horizon and dear the depth: at the mirror -|x| has a concave kink, so that one continues around it, up to less than
  /// the stationary `1/(2c)`.
  @Test(arguments: [(7.0, 0.005), (80, 0.0058), (0.6, 0.0043)]) func aMirrorIsAKink(c: Double, horizon: Double) throws {
    let entry = try ProblemCatalogue.entry("brownian-radial")
    let problem = try entry.problem(entry.resolve([("dimension", 1), ("c", c)])).withHorizon(horizon)
    let grids = try GradedFiniteDifferences().solve(problem, at: [[0]])
    let equation = try IntegralEquation().solve(problem, at: [[0]])
    let (a, b) = (try #require(grids.boundary.states(at: 0).first), try #require(equation.boundary.states(at: 0).first))
    #expect(abs(a - b) <= grids.boundary.errorBound + equation.boundary.errorBound, "\(a) \(b)")
    #expect(
      abs(grids.values[0].value - equation.values[0].value) <= grids.values[0].errorBound
        + equation.values[0].errorBound)
    #expect(b > 0 && b < 1 / (2 * c))
  }

  @Test func aLongHorizonTendsToTheStationarySolution() throws {
    for (name, x) in [("ou-contraction", 1.0), ("sequential-test", 0.5)] {
      let (problem, reference) = try GridProblems.limited(name, horizon: 60)
      let solution = try GradedFiniteDifferences().solve(problem, at: [[x]])
      let exact = try #require(reference.value([x]))
      #expect(abs(solution.values[0].value - exact) <= solution.values[0].errorBound + 1e-10)
      #expect(abs(solution.values[0].value - exact) < 2e-9, "\(name)")
      let states = solution.boundary.states(at: 0)
      #expect(states.count == reference.boundary.count)
      for (a, b) in zip(states, reference.boundary) { #expect(abs(a - b) < 1e-6, "\(name) \(a) \(b)") }
    }
  }

  @Test func theTestClosesAtItsHorizon() throws {
    let (problem, _) = try GridProblems.limited("sequential-test", horizon: 1)
    let solution = try GradedFiniteDifferences().solve(
      problem, StoppingQuery(points: [[0.5], [0.1]], depths: [0, 0.5, 1]))
    let widths = [0.0, 0.5, 0.9, 0.99, 1].map { depth -> Double in
      let states = solution.boundary.states(at: depth)
      return states.count == 2 ? states[1] - states[0] : .nan
    }
    #expect(zip(widths, widths.dropFirst()).allSatisfy { $0 > $1 }, "\(widths)")
    #expect(widths[4] == 0)
    // symmetric problem, symmetric answer
    let states = solution.boundary.states(at: 0.3)
    #expect(abs(states[0] + states[1] - 1) < 1e-7)
    // V rises with depth to g; at the horizon it is g
    #expect(solution.values[0].value < solution.values[2].value && solution.values[2].value < 0.5)
    #expect(solution.values[4].value == 0.5 && solution.values[1].value == 0.1)
  }

  @Test func islandsAppearAndStay() throws {
    // one stops in both wells and far out; on the hill and on the flanks one goes on
    let problem = try GridProblems.brownian(GridProblems.twoWells, cost: 0.01, horizon: 3)
    let points = [[0.0], [2], [4]]
    let solution = try GradedFiniteDifferences().solve(problem, at: points)
    let states = solution.boundary.states(at: 0)
    try #require(states.count == 6, "\(states) \(solution.warnings)")
    for i in 0..<3 { #expect(abs(states[i] + states[5 - i]) < 1e-5, "\(states)") }
    #expect(solution.boundary.branches.map(\.stopsBelow) == [true, false, true, false, true, false])
    #expect(solution.values[1].value == 0)
    let fine = try GradedFiniteDifferences(cells: 3200, steps: 800).solve(problem, at: points)
    for (a, b) in zip(solution.values, fine.values) { #expect(abs(a.value - b.value) <= a.errorBound) }
  }

  @Test func coefficientsThatChangeWithDepth() throws {
    // X = W + m(t): the problem seen from a moving frame, once with drift m' and a loss that moves, once at rest
    let m: @Sendable (Double) -> Double = { 0.3 * sin(2 * $0) }
    let slope: @Sendable (Double) -> Double = { 0.6 * cos(2 * $0) }
    let g = GridProblems.twoWells
    let moving = try GridProblems.brownian(
      drift: ScalarFunction(dependsOnDepth: true) { t, _ in slope(t) },
      ScalarLoss(
        value: ScalarFunction(dependsOnDepth: true) { t, x in g.value(0, x - m(t)) },
        derivative: ScalarFunction(dependsOnDepth: true) { t, x in g.derivative(0, x - m(t)) },
        curvature: ScalarFunction(dependsOnDepth: true) { t, x in g.curvature(0, x - m(t)) },
        depthDerivative: ScalarFunction(dependsOnDepth: true) { t, x in -slope(t) * g.derivative(0, x - m(t)) }),
      cost: 0.08, horizon: 1)
    let rest = try GridProblems.brownian(g, cost: 0.08, horizon: 1)
    let a = try GradedFiniteDifferences().solve(moving, at: [[0], [0.7]])
    let b = try GradedFiniteDifferences().solve(rest, at: [[0], [0.7]])
    for (x, y) in zip(a.values, b.values) {
      #expect(abs(x.value - y.value) <= x.errorBound + y.errorBound, "\(x) \(y)")
      #expect(abs(x.value - y.value) < 1e-8)
    }
    for depth in [0, 0.4, 0.8] {
      let (p, q) = (a.boundary.states(at: depth), b.boundary.states(at: depth))
      #expect(p.count == q.count && p.count == 2)
      for (x, y) in zip(p, q) { #expect(abs(x - m(depth) - y) < 1e-5, "\(depth): \(x - m(depth)) \(y)") }
    }
  }

  @Test func boundsHoldOnRandomPuts() throws {
    var stream = RandomStream(seed: 4)
    for _ in 0..<100 {
      let u = stream.uniforms(6)
      let (k, sigma, maturity, r) = (1 + 99 * u[0], 0.1 + 0.3 * u[1], 0.25 * pow(40, u[2]), 0.02 + 0.08 * u[3])
      let problem = try GridProblems.put(
        strike: k, rate: r, dividend: 2 * r * u[4], volatility: sigma, maturity: maturity)
      let points = [[k * exp((u[5] - 0.5) * 2 * sigma * maturity.squareRoot())], [k]]
      let coarse = try GradedFiniteDifferences(cells: 400, steps: 100).solve(problem, at: points)
      let fine = try GradedFiniteDifferences(cells: 1600, steps: 400).solve(problem, at: points)
      for (a, b) in zip(coarse.values, fine.values) {
        #expect(abs(a.value - b.value) <= a.errorBound + b.errorBound, "\(u): \(a) \(b)")
        #expect(
          b.errorBound < 2e-8 * k,
          "\((k, sigma, maturity, r, 2 * r * u[4])): \(b) \(fine.boundary.states(at: 0)) \(fine.warnings)")
      }
    }
  }

  @Test func boundsHoldOnRandomProblemsWithAHorizon() throws {
    var stream = RandomStream(seed: 9)
    for index in 0..<60 {
      let u = stream.uniforms(5)
      let horizon = 0.3 * pow(30, u[0])
      let isTest = index % 2 == 0
      let (problem, _) = try GridProblems.limited(
        isTest ? "sequential-test" : "ou-contraction", horizon: horizon,
        isTest
          ? [("rho", 0.5 + 1.5 * u[1]), ("c", 0.02 + 0.1 * u[2]), ("w1", 0.5 + u[3])]
          : [("a", 0.3 + 2 * u[1]), ("s", 0.2 + u[2]), ("c", 0.03 + 0.3 * u[3])])
      let points = [[isTest ? 0.2 + 0.6 * u[4] : 0.2 + 1.5 * u[4]]]
      let coarse = try GradedFiniteDifferences(cells: 320, steps: 80).solve(problem, at: points)
      let fine = try GradedFiniteDifferences(cells: 1600, steps: 400).solve(problem, at: points)
      let (a, b) = (coarse.values[0], fine.values[0])
      #expect(abs(a.value - b.value) <= a.errorBound + b.errorBound, "\(problem.name) \(u): \(a) \(b)")
      #expect(b.errorBound < 1e-6, "\(problem.name) \(u): \(b)")
      for (x, y) in zip(coarse.boundary.states(at: 0), fine.boundary.states(at: 0)) {
        #expect(abs(x - y) <= coarse.boundary.errorBound, "\(problem.name) \(u): \(x) \(y)")
      }
    }
  }

  @Test func namesWhatHasNoBoundary() throws {
    // a call without dividend is never exercised early: r = q = 0 put as well
    let never = try GridProblems.put(strike: 10, rate: 0, dividend: 0.05, volatility: 0.2, maturity: 1)
    let solution = try GradedFiniteDifferences().solve(never, at: [[9]])
    #expect(solution.boundary.branches.isEmpty && solution.warnings.contains { $0.contains("no boundary") })
    let flat = try GridProblems.brownian(
      ScalarLoss(
        value: ScalarFunction { _, x in x * x }, derivative: ScalarFunction { _, x in 2 * x },
        curvature: ScalarFunction(constant: 2)), cost: 0.5, horizon: 1)
    let stopped = try GradedFiniteDifferences().solve(flat, at: [[0.3]])
    #expect(stopped.values[0].value == 0.09 && stopped.warnings.contains { $0.contains("stopping at once") })
    let endless = try GridProblems.limited("ou-contraction", horizon: 1)
    #expect(GradedFiniteDifferences().objection(to: endless.problem) == nil)
    let entry = try ProblemCatalogue.entry("ou-contraction")
    #expect(GradedFiniteDifferences().objection(to: try entry.problem(entry.resolve([]))) != nil)
  }
}
