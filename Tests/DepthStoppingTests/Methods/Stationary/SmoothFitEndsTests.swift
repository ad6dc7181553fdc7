import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Every kind of end of the domain: random typed problems by collocation against grids, which know nothing of it.
@Suite struct SmoothFitEndsTests {
  private static let losses = [
    "sin(k*x)", "cos(k*x)", "abs(x-1)", "min(abs(x-1),abs(x-2.2)+0.1)", "x*(3-x)/3", "(x-1)^2/2", "sqrt(1+x)",
    "exp(-x)",
    "min(x,max(0.5,2-x))",
  ]
  private static let drifts = ["0", "m", "-m", "-m*x", "m*(1-x)", "m*sin(2*x)"]
  private static let noises = ["1", "0.5", "0.4+0.2*cos(x)", "0.3+0.2*x"]

  private static func statement(_ stream: inout RandomStream) -> CustomStatement {
    let u = stream.uniforms(12)
    func pick(_ list: [String], _ share: Double) -> String {
      list[min(list.count - 1, Int(share * Double(list.count)))]
    }
    let loss = pick(losses, u[0])
    let (drift, noise) = (pick(drifts, u[1]), pick(noises, u[2]))
    var parameters: [(name: String, value: Double)] = []
    if loss.contains("k") { parameters.append(("k", 1 + 3 * u[3])) }
    if drift.contains("m") { parameters.append(("m", 0.1 + u[4])) }
    let ends: (ScalarDiffusion.End, ScalarDiffusion.End) = (
      u[5] < 0.5 ? .reflecting : .absorbing, u[6] < 0.5 ? .reflecting : .absorbing
    )
    return CustomStatement(
      drift: [drift], diffusion: [noise], stoppingLoss: loss, runningCost: "\(0.01 * pow(100, u[7]))",
      discount: u[8] < 0.3 ? "\(0.3 * u[9])" : "0", domain: [(0, 2 + 2 * u[10])], ends: ends,
      maximizes: u[11] < 0.3, parameters: parameters)
  }

  /// `DEPTH_INSTANCES` instances (default 100).
  @Test func agreesWithGridsWhateverTheEnds() throws {
    let count = ProcessInfo.processInfo.environment["DEPTH_INSTANCES"].flatMap { Int($0) } ?? 100
    var stream = RandomStream(seed: 71)
    var (solved, missed) = (0, 0)
    var differences: [Double] = []
    for _ in 0..<count {
      let statement = Self.statement(&stream)
      let problem = try CustomProblem.problem(statement)
      let upper = statement.domain[0].upper
      let points = [0.03, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.97].map { [upper * $0] }
      let found: StoppingSolution
      do {
        found = try SmoothFit().solve(problem, at: points)
      } catch let refusal as StoppingError {
        // grids must see the same: no boundary
        #expect(throws: StoppingError.self, "\(statement): \(refusal)") {
          try PolicyIteration(cells: 800).solve(problem, at: points)
        }
        continue
      }
      solved += 1
      let grid: StoppingSolution
      do { grid = try PolicyIteration(cells: 1600).solve(problem, at: points) } catch {
        // an interval that is smaller than a cell of the coarse look
        #expect("\(error)".contains("no continuation interval was resolved"), "grids refuse \(statement): \(error)")
        missed += 1
        continue
      }
      for (a, b) in zip(found.values, grid.values) {
        let scale = max(1, abs(a.stoppingLoss))
        #expect(a.errorBound.isFinite && a.errorBound <= 1e-9 * scale, "\(statement) at \(a.at): bound \(a.errorBound)")
        #expect(
          abs(a.value - b.value) <= a.errorBound + b.errorBound + 1e-12 * scale,
          "\(statement) at \(a.at): \(a.value) +- \(a.errorBound), grids \(b.value) +- \(b.errorBound)")
        differences.append(abs(a.value - b.value) / scale)
      }
      #expect(found.boundary.errorBound.isFinite, "\(statement)")
    }
    #expect(solved * 2 > count && missed * 20 < count, "\(solved) of \(count) solved, \(missed) missed by grids")
    #expect((differences.max() ?? 1) < 1e-4)
  }

  /// A wave whose best trough lies far from the end: stopping at the end beats reflecting only as long as the trough is not
  /// yet within the interval.
  @Test func anEndIsReleasedWhereContinuingPays() throws {
    func solve(_ ends: (ScalarDiffusion.End, ScalarDiffusion.End)) throws -> StoppingSolution {
      try SmoothFit().solve(
        CustomProblem.problem(
          CustomStatement(
            drift: ["0"], diffusion: ["1"], stoppingLoss: "sin(3*x)", runningCost: "0.1", domain: [(0, 6)], ends: ends)),
        at: [[0], [0.2]])
    }
    let reflected = try solve((.reflecting, .reflecting))
    // V' = -2 c x below the first end, where it is g'
    let b = reflected.boundary.states(at: 0)[0]
    #expect(abs(3 * cos(3 * b) + 0.2 * b) < 1e-13)
    for value in reflected.values {
      let exact = sin(3 * b) + 0.1 * (b * b - value.at[0] * value.at[0])
      #expect(abs(value.value - exact) < 1e-13 && value.errorBound < 1e-12, "\(value) \(exact)")
    }
    let absorbed = try solve((.absorbing, .absorbing))
    #expect(abs(absorbed.values[0].value) < 1e-15)
    #expect(abs(absorbed.values[1].value + 0.104553357322) < 1e-11 && absorbed.values[1].errorBound < 1e-12)
  }

  /// g rises away from a reflecting end and LA < 0 everywhere: one stops at the end alone, V = g(0) + c-line.
  @Test func stoppingAtAReflectingEndAlone() throws {
    let statement = CustomStatement(
      drift: ["0"], diffusion: ["1"], stoppingLoss: "2*x-x^2", runningCost: "0.1", domain: [(0, 1.5)],
      ends: (.reflecting, .reflecting))
    let solution = try SmoothFit().solve(CustomProblem.problem(statement), at: [[0.5], [1.5]])
    #expect(solution.boundary.states(at: 0) == [0])
    #expect(solution.warnings.contains { $0.contains("reflecting end") })
    // V'' = -2 c, V(0) = 0, V'(1.5) = 0
    for value in solution.values {
      let x = value.at[0]
      #expect(abs(value.value - 0.1 * x * (3 - x)) < 1e-14, "\(value)")
    }
  }

  @Test func refusalsAndNegativeCosts() throws {
    func refusal(_ statement: CustomStatement) -> String {
      do {
        _ = try SmoothFit().solve(CustomProblem.problem(statement), at: [])
        return "solved"
      } catch { return "\(error)" }
    }
    #expect(
      refusal(CustomStatement(drift: ["0"], diffusion: ["1"], stoppingLoss: "cos(x)", runningCost: "0.1"))
        .contains("oscillates"))
    #expect(
      refusal(CustomStatement(drift: ["-x"], diffusion: ["-1"], stoppingLoss: "x^2", runningCost: "0.1"))
        .contains("the diffusion is -1.0"))
    // geometric growth of (0.05 + 0.04) a unit, discounted by 0.02 only
    #expect(
      refusal(
        CustomStatement(
          drift: ["0.05*x"], diffusion: ["0.2*x"], stoppingLoss: "1/(1+x)", runningCost: "-x^2/100", discount: "0.02",
          domain: [(0, .infinity)])
      ).contains("infinite"))
    #expect(
      refusal(CustomStatement(drift: ["-x"], diffusion: ["1"], stoppingLoss: "x^2", runningCost: "x^2-1"))
        .contains("running_cost"))
    // a reward on the way to an absorbing end: with g = h smooth the problem is that of the cost c + L h without loss
    func problem(_ loss: String, _ cost: String) throws -> StoppingProblem {
      try CustomProblem.problem(
        CustomStatement(
          drift: ["0.5/x"], diffusion: ["1"], stoppingLoss: loss, runningCost: cost, domain: [(0, 1)],
          ends: (nil, .absorbing)))
    }
    let (shifted, plain) = (try problem("x^2/4", "0.5-x"), try problem("x-x", "1-x"))
    for method in [SmoothFit(), PolicyIteration()] as [any BoundaryMethod] {
      // LA = 1 - x >= 0: stopping at once
      #expect(throws: StoppingError.self) { try method.solve(shifted, at: []) }
      #expect(throws: StoppingError.self) { try method.solve(plain, at: []) }
    }
    let (a, b) = (try problem("x^2/4", "0.2-x"), try problem("x-x", "0.7-x"))
    let (u, v) = (
      try SmoothFit().solve(a, at: [[0], [0.5], [0.9]]), try SmoothFit().solve(b, at: [[0], [0.5], [0.9]])
    )
    #expect(abs(u.boundary.states(at: 0)[0] - v.boundary.states(at: 0)[0]) < 1e-13)
    for (x, y) in zip(u.values, v.values) {
      #expect(abs(x.value - y.value - x.at[0] * x.at[0] / 4) < 1e-14, "\(x) \(y)")
    }
    let grid = try PolicyIteration().solve(b, at: [[0], [0.5], [0.9]])
    for (x, y) in zip(grid.values, v.values) { #expect(abs(x.value - y.value) <= x.errorBound + y.errorBound) }
  }

  /// Laplace u = 1 where u > 0, u = 0.1 on the unit circle, as it is typed; the origin is an entrance.
  @Test func obstacleZeroUnderUnitLoadAsTyped() throws {
    let solution = try SmoothFit().solve(
      CustomProblem.problem(
        CustomStatement(
          drift: ["0.5/x"], diffusion: ["1"], stoppingLoss: "if(x<1,0,0.1)", runningCost: "0.5", domain: [(0, 1)],
          ends: (nil, .absorbing), maximizes: true)), at: [[0]])
    #expect(abs(solution.boundary.states(at: 0)[0] - 0.50247435708308508438) < 1e-13)
    let square = try SmoothFit().solve(
      CustomProblem.problem(
        CustomStatement(
          drift: ["0.5/x"], diffusion: ["1"], stoppingLoss: "x^2", discount: "0.1", domain: [(0, .infinity)],
          maximizes: true)), at: [[0]])
    #expect(abs(square.boundary.states(at: 0)[0] - 5.7788932444963921136) < 1e-12)
    #expect(abs(square.values[0].value - 9.5128300413927938746) < 1e-12)
  }
}
