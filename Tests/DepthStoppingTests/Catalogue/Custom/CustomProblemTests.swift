import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Typed problems: what is recognised, exact derivatives, kinks, and refusals that name their cause.
@Suite struct CustomProblemTests {
  private static func diffusion(_ statement: CustomStatement) throws -> (ScalarDiffusion, ScalarLoss) {
    let problem = try CustomProblem.problem(statement)
    guard case .diffusion(let process, let loss) = problem.dynamics else {
      throw StoppingError("no diffusion")
    }
    return (process, loss)
  }

  @Test func gaussianAndLognormalLawsAreRecognised() throws {
    let parameters = [(name: "r", value: 0.05), (name: "s", value: 0.2)]
    let put = try Self.diffusion(
      CustomStatement(
        drift: ["r*x"], diffusion: ["s*x"], stoppingLoss: "max(100 - x, 0)", discount: "r",
        domain: [(0, .infinity)], horizon: 1, maximizes: true, parameters: parameters))
    #expect(put.0.law == .lognormal(growth: 0.05, volatility: 0.2))
    #expect(put.1.kinks == [100])
    #expect(put.0.lowerEnd == .natural)
    let ou = try Self.diffusion(
      CustomStatement(drift: ["2*(3 - x)"], diffusion: ["0.5"], stoppingLoss: "x^2", runningCost: "0.1"))
    #expect(ou.0.law == .ornsteinUhlenbeck(rate: 2, center: 3, noise: 0.5))
    #expect(ou.1.kinks.isEmpty)
    let wald = try Self.diffusion(
      CustomStatement(
        drift: ["0"], diffusion: ["x*(1-x)"], stoppingLoss: "min(2*x, 1 - x)", runningCost: "0.1", domain: [(0, 1)]))
    #expect(wald.0.law == nil)
    #expect(wald.1.kinks.count == 1 && abs(wald.1.kinks[0] - 1.0 / 3) < 1e-15)
    // noise reaches the ends of this one, so one stops there unless said otherwise
    let walk = try Self.diffusion(
      CustomStatement(
        drift: ["0"], diffusion: ["1"], stoppingLoss: "x^2", runningCost: "0.1", domain: [(0, 1)],
        ends: (.reflecting, nil)))
    #expect(walk.0.lowerEnd == .reflecting && walk.0.upperEnd == .absorbing)
  }

  /// Near 0 numbers are finer than the values of the branches, which tie there.
  @Test func kinksAtZeroAreSeenBetweenBranchesThatTie() throws {
    for (text, left, right) in [
      ("min(1 - x, 1 + 0.75*x)", 0.75, -1.0), ("max(1 + x, 1)", 0, 1), ("1e6 + abs(x)", -1, 1), ("abs(x)", -1, 1),
    ] {
      let (_, loss) = try Self.diffusion(
        CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: text, runningCost: "0.1"))
      #expect(loss.kinks == [0], "\(text)")
      let slopes = loss.slopes(at: 0, depth: 0)
      #expect(slopes == (left, right), "\(text): \(slopes)")
      #expect(loss.derivative.values(depth: 0, [-1e-17, 1e-17, 0.5]) == [left, right, right], "\(text)")
    }
  }

  /// Far out too, where the branches are steep: (x + 1)^2 = 1.2 (x - 1)^2 at `(r - 1)/(r + 1)` and its inverse, r^2 = 1.2.
  @Test func kinksFarOutAreSeenBetweenSteepBranches() throws {
    let (_, loss) = try Self.diffusion(
      CustomStatement(
        drift: ["-x"], diffusion: ["1"], stoppingLoss: "min((x + 1)^2, 1.2*(x - 1)^2)", runningCost: "0.1"))
    let near = (1.2.squareRoot() - 1) / (1.2.squareRoot() + 1)
    try #require(loss.kinks.count == 2, "\(loss.kinks)")
    for (kink, exact) in zip(loss.kinks, [near, 1 / near]) {
      #expect(abs(kink - exact) < 1e-12 * exact)
      let slopes = loss.slopes(at: kink, depth: 0)
      #expect(slopes.left > slopes.right, "\(slopes)")
    }
  }

  /// Roots of several switches at one place differ by roundings.
  @Test func switchesAtOnePlaceMakeOneKink() throws {
    for (a, m) in [(0.2, 3.0), (0.7, 1.1), (-1.3, 7)] {
      let (_, loss) = try Self.diffusion(
        CustomStatement(
          drift: ["-x"], diffusion: ["1"], stoppingLoss: "abs(x - \(a)) + abs(\(m)*x - \(m * a))", runningCost: "0.1"))
      #expect(loss.kinks.count == 1 && abs(loss.kinks[0] - a) < 1e-14, "\(a), \(m): \(loss.kinks)")
      let slopes = loss.slopes(at: try #require(loss.kinks.first), depth: 0)
      #expect(abs(slopes.right - slopes.left - 2 * (1 + m)) < 1e-12, "\(slopes)")
    }
  }

  @Test func derivativesAreExactAndBlocksEqualPoints() throws {
    let (process, loss) = try Self.diffusion(
      CustomStatement(
        drift: ["sin(x)*exp(-t)"], diffusion: ["1 + x^2"], stoppingLoss: "exp(-x^2)*(1 + t^2) + cosh(x)",
        runningCost: "0.1", horizon: 2))
    #expect(process.drift.dependsOnDepth && !process.diffusion.dependsOnDepth && loss.dependsOnDepth)
    for (t, x) in [(0.3, 0.7), (1.1, -1.3)] {
      let bell = exp(-x * x) * (1 + t * t)
      #expect(abs(loss.derivative(t, x) - (-2 * x * bell + sinh(x))) < 1e-14)
      #expect(abs(loss.curvature(t, x) - ((4 * x * x - 2) * bell + cosh(x))) < 1e-14)
      #expect(abs(loss.depthDerivative(t, x) - 2 * t * exp(-x * x)) < 1e-14)
    }
    let states = (0..<19).map { Double($0) / 7 - 1 }
    for (block, point) in zip(loss.value.values(depth: 0.4, states), states.map { loss.value(0.4, $0) }) {
      #expect(abs(block - point) <= 4 * point.ulp)
    }
  }

  @Test(arguments: [
    ("x^2 + yy", "unknown name 'yy'"), ("floor(x)", "floor"), ("step(x - 1)", "jumps at x = 1"),
    ("abs(x - t)", "move with depth"), ("max(x, ", "stopping loss, column"),
  ])
  func badLossesAreNamed(text: String, message: String) throws {
    let error = #expect(throws: InputError.self) {
      try CustomProblem.problem(
        CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: text, runningCost: "0.1"))
    }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test(arguments: [("max(x-100,0)", [100.0]), ("max(1-abs(x),0)", [-1, 0, 1]), ("max(abs(x)-1,0)", [-1, 1])])
  func continuousLossesKeepTheirKinks(text: String, kinks: [Double]) throws {
    let (_, loss) = try Self.diffusion(
      CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: text, runningCost: "0.1"))
    #expect(loss.kinks.count == kinks.count)
    for (found, exact) in zip(loss.kinks, kinks) { #expect(abs(found - exact) <= 1e-14 * max(1, abs(exact))) }
  }

  /// Composite switches, kinks that lie close together, and touching roots that are none.
  @Test(
    arguments: [
      ("abs(sin(3*x))", 0.01, 20.0, (1...19).map { Double($0) * .pi / 3 }), ("min(1/x, 3)", 0.0, 10.0, [1.0 / 3]),
      ("abs(abs(x) - 1)", -3, 3, [-1, 0, 1]), ("max(min(x, 1), -1)", -5, 5, [-1, 1]),
      ("min(x^2, (x - 1)^2)", -5, 5, [0.5]), ("abs((x - 1)^2)", -5, 5, []),
      ("abs((x - 1)^2 - 1e-8)", -5, 5, [1 - 1e-4, 1 + 1e-4]),
      ("min(abs(1/x), 3)", -4, 7, [-1.0 / 3, 1.0 / 3]), ("max(0, min(x - 1, 2 - x))", -10, 10, [1, 1.5, 2]),
    ] as [(String, Double, Double, [Double])])
  func compositeKinksAreFound(text: String, lower: Double, upper: Double, kinks: [Double]) throws {
    let (_, loss) = try Self.diffusion(
      CustomStatement(
        drift: ["-x"], diffusion: ["1"], stoppingLoss: text, runningCost: "0.1", domain: [(lower, upper)],
        ends: (.reflecting, .reflecting)))
    #expect(loss.kinks.count == kinks.count, "\(text): \(loss.kinks)")
    for (found, exact) in zip(loss.kinks, kinks) { #expect(abs(found - exact) <= 1e-8 * max(1, abs(exact)), "\(text)") }
  }

  @Test func expressionsWithoutAValueAreNamed() throws {
    for (drift, diffusion, loss, word) in [
      ("-x", "1", "log(x)", "stopping loss is not a number"), ("-x", "sqrt(x)", "x^2", "diffusion is not a number"),
      ("-x/0", "1", "x^2", "drift"), ("-x", "-1", "x^2", "sigma >= 0"), ("x", "x", "x^2", "sigma >= 0"),
    ] {
      let error = #expect(throws: InputError.self) {
        try CustomProblem.problem(
          CustomStatement(drift: [drift], diffusion: [diffusion], stoppingLoss: loss, runningCost: "0.1"))
      }
      #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }
  }

  /// A flow in the plane traces its boundary from the domain's edge, else from the states asked for, else says that it has none.
  @Test func planarFlowsDrawTheirBoundary() throws {
    func solve(_ domain: [(lower: Double, upper: Double)], _ points: [[Double]]) throws -> StoppingSolution {
      let problem = try CustomProblem.problem(
        CustomStatement(
          drift: ["-x", "-2*y"], stoppingLoss: "(x^2 + y^2)/2", runningCost: "0.1", domain: domain))
      return try Characteristics().solve(problem, at: points)
    }
    let box = try solve([(-2, 2), (-1, 1)], [[1, 1]])
    #expect(box.boundary.points.count == 64)
    for point in box.boundary.points {
      #expect(abs(point.at[0] * point.at[0] + 2 * point.at[1] * point.at[1] - 0.1) < 1e-12)
    }
    #expect(try solve([], [[1, 1], [0.01, 0]]).boundary.points.count == 1)
    let none = try solve([], [])
    #expect(none.boundary.points.isEmpty && none.warnings.contains { $0.contains("no boundary is drawn") })
  }

  /// A loss below zero: nothing is assumed of its bound.
  @Test func negativeLossesInThePlane() throws {
    let problem = try CustomProblem.problem(
      CustomStatement(drift: ["1", "0"], stoppingLoss: "cos(x) - 3", runningCost: "0.5"))
    let value = try Characteristics().solve(problem, at: [[0, 0]]).values[0]
    #expect(abs(value.value - (0.44297153521130853593 - 3)) <= value.errorBound + 1e-15)
  }

  @Test func polesInsideTheDomainAreRefused() throws {
    for text in ["1/x", "1/(x-0.3)"] {
      #expect(throws: InputError.self) {
        try CustomProblem.problem(
          CustomStatement(
            drift: ["-x"], diffusion: ["1"], stoppingLoss: text, runningCost: "0.1", domain: [(-2, 2)],
            ends: (.reflecting, .reflecting)))
      }
    }
  }

  @Test func otherBadStatementsAreNamed() throws {
    func message(_ statement: CustomStatement) -> String {
      do {
        _ = try CustomProblem.problem(statement)
        return "accepted"
      } catch { return "\(error)" }
    }
    let plain = CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: "x^2", runningCost: "0.1")
    func changed(_ change: (inout CustomStatement) -> Void) -> String {
      var statement = plain
      change(&statement)
      return message(statement)
    }
    #expect(message(plain) == "accepted")
    #expect(changed { $0.runningCost = "0" }.contains("running_cost"))
    #expect(changed { $0.runningCost = "x" }.contains("running_cost"))
    #expect(changed { $0.discount = "-1" }.contains("discount"))
    #expect(changed { $0.domain = [(1, 1)] }.contains("empty"))
    #expect(changed { $0.parameters = [(name: "k", value: 1)] }.contains("no expression uses"))
    #expect(changed { $0.diffusion = ["1", "1"] }.contains("--diffusion"))
    #expect(changed { $0.drift = [] }.contains("--drift"))
    #expect(changed { ($0.drift, $0.diffusion) = (["x", "y"], ["1", "1"]) }.contains("one dimension only"))
  }

  @Test func aTypedProblemHasTheCataloguesAnswer() throws {
    let typed = try CustomProblem.problem(
      CustomStatement(
        drift: ["0"], diffusion: ["rho*x*(1-x)"], stoppingLoss: "min(x, 1-x)", runningCost: "0.05", domain: [(0, 1)],
        parameters: [(name: "rho", value: 1)]))
    let solution = try SmoothFit().solve(typed, at: [[0.5]])
    // theory.md section 3
    #expect(abs(solution.boundary.points[0].at[0] - 0.134541058437827) < 1e-14)
  }
}
