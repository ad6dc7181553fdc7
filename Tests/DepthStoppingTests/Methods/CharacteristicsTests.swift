import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct CharacteristicsTests {
  private static func transport(_ c: Double) throws -> (StoppingProblem, ReferenceSolution) {
    let entry = try ProblemCatalogue.entry("transport-cosine")
    let values = try entry.resolve([("c", c)])
    return (try entry.problem(values), try entry.reference(values))
  }

  private static func scalarFlow(
    _ drift: @escaping @Sendable (Double, Double) -> Double, _ loss: ScalarLoss, lower: Double, upper: Double,
    sense: StoppingProblem.Sense = .minimize, cost: RunningCost, discount: Double = 0, horizon: Double? = nil,
    dependsOnDepth: Bool = false
  ) throws -> StoppingProblem {
    let flow = ScalarDiffusion(
      drift: ScalarFunction(dependsOnDepth: dependsOnDepth, drift), diffusion: ScalarFunction(constant: 0),
      lower: lower, upper: upper)
    return try StoppingProblem(
      name: "flow", dynamics: .diffusion(flow, loss), sense: sense, cost: cost,
      discount: ScalarFunction(constant: discount), horizon: horizon)
  }

  private static let cosine = ScalarLoss(
    value: ScalarFunction { _, x in cos(x) }, derivative: ScalarFunction { _, x in -sin(x) },
    curvature: ScalarFunction { _, x in -cos(x) })

  // twenty digits: 5 pi/6, m(u) = m(5 pi/6 + 2 pi), V(0), V(6)
  @Test func transportCosineMatchesTwentyDigits() throws {
    let (problem, _) = try Self.transport(0.5)
    let solution = try Characteristics().solve(problem, at: [[0], [6], [3]])
    let ends = solution.boundary.points.map { $0.at[0] }
    #expect(ends.count == 2)
    #expect(abs(ends[0] - 2.6179938779914943654) < 1e-14)
    #expect(abs(ends[1] - 5.6079760446765088889) < 1e-11)
    #expect(abs(ends[1] - 5.6079760446765088889) < solution.boundary.errorBound)
    #expect(abs(solution.values[0].value - 0.44297153521130853593) < solution.values[0].errorBound)
    #expect(abs(solution.values[1].value - 0.58456418880110177439) < solution.values[1].errorBound)
    #expect(solution.values[2].value == cos(3.0))
    #expect(solution.boundary.branches.map(\.stopsBelow) == [false, true])
    #expect(solution.warnings.count == 1 && solution.warnings[0].contains("smooth fit fails at 5.60797"))
  }

  @Test func transportCosineForRandomCosts() throws {
    var stream = RandomStream(seed: 61)
    for u in stream.uniforms(8) {
      let c = 0.15 + 0.8 * u
      let (problem, reference) = try Self.transport(c)
      let states = stream.uniforms(6).map { [10 * $0 - 2] }
      let solution = try Characteristics().solve(problem, at: states)
      for value in solution.values {
        #expect(abs(value.value - reference.value(value.at)!) <= value.errorBound + 1e-15, "c \(c) at \(value.at)")
        #expect(value.errorBound < 1e-8)
      }
      for (point, exact) in zip(solution.boundary.points, reference.boundary) {
        #expect(abs(point.at[0] - exact) <= solution.boundary.errorBound, "c \(c): \(point.at[0]), exact \(exact)")
      }
    }
  }

  @Test func aDiffusionWithoutNoiseGoesTheSameWay() throws {
    let problem = try Self.scalarFlow({ _, _ in 1 }, Self.cosine, lower: 0, upper: 2 * .pi, cost: .constant(0.5))
    let choice = try MethodCatalogue.choose("auto", for: problem, blockSize: nil)
    #expect(choice.method.name == "characteristics")
    let solution = try choice.method.solve(problem, at: [[1], [6]])
    let (reference, direct) = try Self.transport(0.5)
    let same = try Characteristics().solve(reference, at: [[1], [6]])
    for (a, b) in zip(solution.values, same.values) { #expect(abs(a.value - b.value) < 1e-11) }
    #expect(abs(solution.boundary.points[1].at[0] - direct.boundary[1]) < 1e-10)
    #expect(solution.warnings.contains { $0.contains("no bound of the loss is known") })
  }

  @Test func kinksOfTheLossAreKept() throws {
    // x' = 1, g = |x|, c = 1/2: run to the kink from x < 0, at -x/2 cost; stop right of it
    let loss = ScalarLoss(
      value: ScalarFunction { _, x in abs(x) }, derivative: ScalarFunction { _, x in x < 0 ? -1 : 1 },
      curvature: ScalarFunction(constant: 0), kinks: [0])
    let problem = try Self.scalarFlow({ _, _ in 1 }, loss, lower: -3, upper: 3, cost: .constant(0.5))
    let solution = try Characteristics().solve(problem, at: [[-2], [-0.3], [1]])
    for (value, exact) in zip(solution.values, [1, 0.15, 1]) { #expect(abs(value.value - exact) < 1e-10) }
    #expect(solution.boundary.points.count == 1)
    #expect(abs(solution.boundary.points[0].at[0]) < 1e-10)
  }

  @Test func discountHorizonAndMaximisation() throws {
    // maximise e^(-r s) x_s with x' = 1: stop at x = 1/r; V = (1/r) e^(-r (1/r - x)) below
    let r = 0.4
    let reward = ScalarLoss(
      value: ScalarFunction { _, x in x }, derivative: ScalarFunction(constant: 1),
      curvature: ScalarFunction(constant: 0))
    let problem = try Self.scalarFlow(
      { _, _ in 1 }, reward, lower: 0, upper: 5, sense: .maximize, cost: .constant(0), discount: r)
    let solution = try Characteristics().solve(problem, at: [[1], [4]])
    #expect(abs(solution.boundary.points[0].at[0] - 2.5) < 1e-10)
    #expect(abs(solution.values[0].value - 2.5 * exp(-r * 1.5)) < 1e-11)
    #expect(solution.values[1].value == 4)
    // with horizon 1 from x = 1 one runs to the end
    let short = try Self.scalarFlow(
      { _, _ in 1 }, reward, lower: 0, upper: 5, sense: .maximize, cost: .constant(0), discount: r, horizon: 1)
    let ended = try Characteristics().solve(short, StoppingQuery(points: [[1]], depths: [0, 0.5, 1]))
    for (value, exact) in zip(ended.values, [2 * exp(-0.4), 1.5 * exp(-0.2), 1]) {
      #expect(abs(value.value - exact) < 1e-12)
    }
  }

  @Test func timeDependentFlowsAndCosts() throws {
    // x' = t, g = x^2/2 from x < 0, c = 0.1: reach x_0 + s^2/2; J'(s) = x s + c
    let loss = ScalarLoss(
      value: ScalarFunction { _, x in 0.5 * x * x }, derivative: ScalarFunction { _, x in x },
      curvature: ScalarFunction(constant: 1))
    let problem = try Self.scalarFlow(
      { t, _ in t }, loss, lower: -3, upper: 3, cost: .constant(0.1), horizon: 3, dependsOnDepth: true)
    let solution = try Characteristics().solve(problem, StoppingQuery(points: [[-2]], depths: [0, 1]))
    func best(_ x: Double, from t: Double) -> Double {
      let value = { (s: Double) in 0.5 * pow(x + (s * s - t * t) / 2, 2) + 0.1 * (s - t) }
      return value(ScalarMinimum.golden(lower: t, upper: 3, scan: 400, value))
    }
    for value in solution.values { #expect(abs(value.value - best(-2, from: value.depth)) < 1e-11) }
    // a cost that varies along the state: c(x) = 0.1 x^2 on x' = -x, g = x^2/2: J' = -x^2 + 0.1 x^2 < 0, never stop before the horizon
    let varying = try Self.scalarFlow(
      { _, x in -x }, loss, lower: -3, upper: 3, cost: .rate(ScalarFunction { _, x in 0.1 * x * x }, least: 0),
      horizon: 2)
    let run = try Characteristics().solve(varying, at: [[1]])
    let exact = 0.5 * exp(-4) + 0.05 * (1 - exp(-4))
    #expect(abs(run.values[0].value - exact) < 1e-12)
  }

  @Test func refusals() throws {
    // g = -x falls faster than depth costs
    let falling = ScalarLoss(
      value: ScalarFunction { _, x in -x }, derivative: ScalarFunction(constant: -1),
      curvature: ScalarFunction(constant: 0))
    let problem = try Self.scalarFlow({ _, _ in 1 }, falling, lower: 0, upper: 1, cost: .constant(0.5))
    #expect(throws: StoppingError.self) { try Characteristics().solve(problem, at: [[0.5]]) }
  }
}
