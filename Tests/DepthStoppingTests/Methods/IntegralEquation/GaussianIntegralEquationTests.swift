import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

/// The integral equations of Gaussian states against grids, collocation, closed forms and asymptotics.
@Suite struct GaussianIntegralEquationTests {
  private static let problems = ["put", "off-centre", "wedge", "wells"]

  private static func problem(_ name: String) throws -> StoppingProblem {
    try GaussianProblems.all()[try #require(problems.firstIndex(of: name))]
  }

  /// Two independent methods, many boundaries: each V and b within the sum of the bounds.
  @Test(arguments: problems) func agreesWithTheGrids(name: String) throws {
    let problem = try Self.problem(name)
    let query = GaussianProblems.interior(problem)
    let found = try IntegralEquation().solve(problem, query)
    let grids = try GradedFiniteDifferences(cells: 3200, steps: 800).solve(problem, query)
    #expect(found.diagnostics.status == .converged, "\(found.warnings)")
    for (a, b) in zip(found.values, grids.values) {
      #expect(abs(a.value - b.value) <= a.errorBound + b.errorBound, "V(\(a.depth), \(a.at[0])): \(a), \(b)")
      #expect(a.errorBound < 1e-9)
    }
    #expect(found.boundary.branches.map(\.stopsBelow) == grids.boundary.branches.map(\.stopsBelow))
    for point in grids.boundary.points where point.depth ?? 0 < problem.horizon ?? 0 {
      let places = found.boundary.states(at: point.depth ?? 0)
      let nearest = try #require(places.map { abs($0 - point.at[0]) }.min())
      let bound = (point.errorBound ?? grids.boundary.errorBound) + found.boundary.errorBound
      #expect(nearest <= bound, "b(\(point.depth ?? 0)) = \(point.at[0]) +- \(bound), off by \(nearest)")
    }
  }

  /// The bounds contain an independent truth and are not far from the error.
  @Test(arguments: ["ou-contraction", "brownian-radial", "brownian-average"]) func boundsContainTheTruth(name: String)
    throws
  {
    var tally = BoundTally()
    for instance in try SpaceTimeCollocationTests.instances(
      name, seed: TimeDependentBoundsTests.seed, count: TimeDependentBoundsTests.asked ?? 6)
    where instance.problem.stateDimension == 1 {
      let query = SpaceTimeCollocationTests.query(instance)
      tally.add(
        try IntegralEquation().solve(instance.problem, query),
        against: try TimeDependentBoundsTests.finest.solve(instance.problem, query))
    }
    try #require(!tally.boundaries.isEmpty)
    if TimeDependentBoundsTests.environment["DEPTH_TABLE"] != nil {
      print(tally.line("\(name) | integral-equation"), tally.misses)
    }
    TimeDependentBoundsTests.check(tally, name)
  }

  /// Coefficients fall geometrically where curves start at sign changes: 3/2 the degree, errors far smaller.
  @Test func convergesSpectrally() throws {
    let problem = try GaussianStopping(GaussianProblems.offCentre())
    let solver = GaussianBoundarySolver(
      problem: problem, begin: try GaussianStart(problem, of: GaussianProblems.offCentre()))
    let finest = try solver.solve(.init(degree: 64, quadrature: 220, reach: 3.5), from: nil)
    var errors: [Double] = []
    for degree in [8, 12, 18, 27] {
      let level = try solver.solve(.init(degree: degree, quadrature: 160, reach: 3.4), from: nil)
      #expect(level.isConverged)
      errors.append(
        (1...40).map { Double($0) / 40 }.map { tau in
          (0..<2).map { abs(level.curves.state($0, tau) - finest.curves.state($0, tau)) }.max() ?? 0
        }.max() ?? 0)
    }
    for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(fine < coarse / 8, "\(errors)") }
    #expect(errors[3] < 1e-9, "\(errors)")
  }

  /// A long horizon tends to the stationary boundary: 0.134161134098 (theory.md, section 3, `ou-contraction` at its defaults).
  @Test func longHorizonIsStationary() throws {
    let entry = try ProblemCatalogue.entry("ou-contraction")
    let problem = try entry.problem(entry.resolve([])).withHorizon(20)
    let found = try IntegralEquation().solve(problem, StoppingQuery(points: [[0.5]], depths: [0]))
    let stationary = try SmoothFit().solve(entry.problem(entry.resolve([])), at: [[0.5]])
    #expect(abs(found.boundary.points[0].at[0] - 0.134161134098) < 1e-9, "\(found.boundary.points)")
    let gap = abs(found.values[0].value - stationary.values[0].value)
    #expect(gap <= found.values[0].errorBound + stationary.values[0].errorBound && gap < 1e-9, "\(gap)")
  }

  /// Beside the horizon `b - X ~ -0.638833 sigma sqrt(tau)` into the stopping region, wherever s passes through 0 there: the universal
  /// constant of a put with q > r (Evans, Kuske and Keller, Math. Finance 12 (2002) 219, alpha = 0.6388).
  @Test func startsLikeTheSquareRoot() throws {
    let problem = try GaussianStopping(GaussianProblems.offCentre())
    let run = try GaussianBoundaryRun(problem, of: GaussianProblems.offCentre(), tolerance: 1e-12)
    for (j, start) in problem.starts.enumerated() {
      let slopes = [1e-6, 1e-8].map { tau in
        (run.curves.state(j, tau) - start.state) / (start.direction * problem.noise * tau.squareRoot())
      }
      // the next term is of the order of sqrt(tau)
      let limit = (10 * slopes[1] - slopes[0]) / 9
      #expect(abs(limit - 0.638833) < 2e-5, "\(slopes)")
    }
  }

  /// Half a line and its mirror image are the whole line.
  @Test func mirroredHalfLineIsTheWholeLine() throws {
    let entry = try ProblemCatalogue.entry("brownian-radial")
    let half = try entry.problem(entry.resolve([("dimension", 1), ("c", 1)])).withHorizon(1)
    let query = StoppingQuery(points: [[0], [0.2], [0.45]], depths: [0, 0.7])
    let (a, b) = try (IntegralEquation().solve(half, query), IntegralEquation().solve(GaussianProblems.wedge(), query))
    for (x, y) in zip(a.values, b.values) { #expect(abs(x.value - y.value) < 1e-12) }
    #expect(a.boundary.branches.count == 1 && b.boundary.branches.count == 2)
    let upper = try #require(b.boundary.branches.last?.state(at: 0.7))
    #expect(abs(try #require(a.boundary.branches[0].state(at: 0.7)) - upper) < 1e-11)
    #expect(abs(try #require(b.boundary.branches.first?.state(at: 0.7)) + upper) < 1e-11)
  }

  /// The Jacobian against differences, with a kink and with sign changes.
  @Test(arguments: ["put", "off-centre", "wells"]) func jacobianIsTheDerivative(name: String) throws {
    let problem = try GaussianStopping(Self.problem(name))
    let solver = GaussianBoundarySolver(problem: problem, begin: try GaussianStart(problem, of: Self.problem(name)))
    // at the solution: the series of a rough curve crosses its kink beside the horizon
    let solved = try solver.solve(.init(degree: 12, quadrature: 64, reach: 3.1), from: nil).curves
    let collocation = GaussianCollocation(problem, degree: 12, rule: DoubleExponentialRule(count: 64, reach: 3.1))
    let unit = GaussianCurves.unit(problem)
    let y = problem.starts.indices.flatMap { j in
      collocation.tau.map { (solved.state(j, $0) - problem.starts[j].state) / unit }
    }
    let jacobian = try collocation.residual(y).jacobian
    // beside the horizon logarithms bend too much for differences
    let largest = jacobian.map(abs).max() ?? 0
    let counted = y.indices.filter { abs(y[$0]) > 1e-3 }
    for column in counted {
      let h = 1e-5 * abs(y[column])
      var (low, high) = (y, y)
      low[column] -= h
      high[column] += h
      let (a, b) = try (collocation.residual(low).values, collocation.residual(high).values)
      for row in counted {
        let difference = (b[row] - a[row]) / (2 * h)
        let exact = jacobian[row * y.count + column]
        #expect(
          abs(difference - exact) < 1e-5 * max(abs(exact), 1e-4 * largest), "\(row), \(column): \(difference), \(exact)"
        )
      }
    }
  }

  /// What the samples of a look-ahead, a noise or a drift must not miss, and kinks that its equations have no mass for: each of
  /// these would be solved as another problem. V by grids, whose bound the answer keeps.
  @Test(arguments: [
    ("0", "1", "max(0, min(1 - x, 0.55 - 0.5*x))", "0.01", 1.0),
    ("0", "1 + exp(-10*(x - 5)^2)", "max(5 - x, 0)", "0.1", 5),
    ("-x", "1", "-x^2", "1 + 5*max(0, 1 - 2*abs(x - 2))", 2),
    ("-x + exp(-10*(x - 5)^2)", "1", "max(5 - x, 0)", "0.1", 5),
    ("0", "1", "x^3/3", "max(1, x - 50)", 60),
  ])
  func takesNoOtherProblemForThisOne(
    drift: String, diffusion: String, reward: String, cost: String, state: Double
  ) throws {
    let problem = try CustomProblem.problem(
      CustomStatement(
        drift: [drift], diffusion: [diffusion], stoppingLoss: reward, runningCost: cost, horizon: 1, maximizes: true))
    let found = try MethodCatalogue.choose("auto", for: problem, blockSize: nil).method.solve(problem, at: [[state]])
    let grids = try GradedFiniteDifferences(cells: 3200, steps: 800).solve(problem, at: [[state]])
    let (a, b) = (found.values[0], grids.values[0])
    #expect(abs(a.value - b.value) <= a.errorBound + b.errorBound, "\(found.diagnostics.method): \(a), \(b)")
  }

  /// What is refused says why.
  @Test func refusalsNameTheReason() throws {
    func reason(_ statement: CustomStatement) throws -> String {
      IntegralEquation().objection(to: try CustomProblem.problem(statement)) ?? "none"
    }
    let base = CustomStatement(drift: ["-x"], diffusion: ["0.5"], stoppingLoss: "x^2", runningCost: "0.1", horizon: 1)
    #expect(try reason(base) == "none")
    func with(_ change: (inout CustomStatement) -> Void) -> CustomStatement {
      var statement = base
      change(&statement)
      return statement
    }
    #expect(try reason(with { $0.diffusion = ["0.5 + 0.1*x^2"] }).contains("constant noise"))
    #expect(try reason(with { $0.drift = ["-x^3"] }).contains("linear"))
    #expect(try reason(with { $0.stoppingLoss = "exp(-x)" }).contains("polynomial"))
    #expect(try reason(with { $0.runningCost = "0.1 + 0.1*t" }).contains("do not change with depth"))
    #expect(try reason(with { $0.stoppingLoss = "abs(x - 1)" }).contains("convex kink"))
    #expect(try reason(with { $0.stoppingLoss = "x" }) == "none")
    #expect(
      try reason(
        with {
          $0.stoppingLoss = "-x^2"; $0.drift = ["x"]
        }
      ).contains("no boundary starts"))
  }
}
