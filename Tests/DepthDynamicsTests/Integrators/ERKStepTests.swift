import Foundation
import Testing

@testable import DepthDynamics

/// The order of every pair on offer, at the ends of integrations and between steps, by refinement.
@Suite struct ERKStepTests {
  /// `y' = y cos t`: `y = e^(sin t)`; `z' = -z^2 sin t`: `z = 1/(2 - cos t)`. On the livelier field of `OrderTests` Verner's
  /// error is still of the seventh order's size where rounding sets in.
  struct Gentle: VectorField {
    var dimension: Int { 2 }
    func evaluate(depth t: Double, state h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      result[0] = h[0] * cos(t)
      result[1] = -h[1] * h[1] * sin(t)
    }
  }

  private static func exactError(_ h: [Double], at t: Double, of field: some VectorField) -> Double {
    field is Gentle
      ? max(abs(h[0] - exp(sin(t))), abs(h[1] - 1 / (2 - cos(t)))) : OrderTests.exactError(h, at: t)
  }

  private static func rootMeanSquare(_ errors: [Double]) -> Double {
    (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
  }

  /// At depths that are ends of integrations, and between the steps of one integration.
  private static func errors(
    _ pair: ERKStep.Pair, _ field: some VectorField, stepsPerDepth: Int
  ) throws -> (ends: Double, between: Double) {
    var method = ERKStep(pair, tolerances: try Tolerances())
    method.fixedStep = 1 / Double(stepsPerDepth)
    let ends = try (1...16).map { 0.25 * Double($0) }.map { end in
      let problem = try InitialValueProblem(field: field, initialState: [1, 1], end: end)
      return exactError(try method.integrate(problem).finalState, at: end, of: field)
    }
    let depths = (0..<200).map { 0.013 + 3.9 * Double($0) / 200 }
    let problem = try InitialValueProblem(field: field, initialState: [1, 1], end: 4)
    let trajectory = try method.integrate(problem, saving: depths, events: [])
    let between = depths.indices.map { exactError(trajectory.state($0), at: depths[$0], of: field) }
    return (rootMeanSquare(ends), rootMeanSquare(between))
  }

  @Test(arguments: ERKStep.Pair.allCases)
  func pairsHaveTheirOrder(pair: ERKStep.Pair) throws {
    // coarse enough that rounding stays below the last error
    let (steps, field): ([Int], any VectorField) =
      switch pair {
      case .cashKarp, .dormandPrince: ([64, 128], OrderTests.DepthDependent())
      case .verner: ([12, 24], Gentle())
      case .fehlberg: ([8, 16], OrderTests.DepthDependent())
      }
    let found = try steps.map { try Self.errors(pair, field, stepsPerDepth: $0) }
    let order = Double(pair.order)
    let (ends, between) = (log2(found[0].ends / found[1].ends), log2(found[0].between / found[1].between))
    #expect(abs(ends - order) < 0.1, "\(pair.rawValue): \(ends)")
    #expect(abs(between - order) < 0.2, "\(pair.rawValue): \(between)")
    // depths between steps are as good as ends of steps
    #expect(found[1].between < 1.2 * found[1].ends, "\(pair.rawValue): \(found[1])")
  }

  @Test(arguments: ERKStep.Pair.allCases)
  func pairsMeetTheirTolerance(pair: ERKStep.Pair) throws {
    let depths = (1...40).map { 0.1 * Double($0) }
    let problem = try InitialValueProblem(field: OrderTests.DepthDependent(), initialState: [1, 1], end: 4)
    for tolerance in [1e-5, 1e-8, 1e-11] {
      let method = ERKStep(pair, tolerances: try Tolerances(relative: tolerance, absolute: tolerance / 100))
      let trajectory = try method.integrate(problem, saving: depths, events: [])
      let error = depths.indices.map { OrderTests.exactError(trajectory.state($0), at: depths[$0]) }.max()!
      #expect(error < 10 * tolerance * 2.72, "\(pair.rawValue) at \(tolerance): \(error)")
    }
  }

  @Test func outputsBetweenStepsCostFewEvaluations() throws {
    let problem = try InitialValueProblem(field: SpiralField(), initialState: [2, 0], end: 25)
    let method = ERKStep(.dormandPrince, tolerances: try Tolerances())
    let alone = try method.integrate(problem).statistics
    let dense = try method.integrate(problem, saving: (0...5000).map { Double($0) / 200 }, events: []).statistics
    #expect(dense.steps == alone.steps)
    // a step's end, five more stages of a substep and the slope at its end
    #expect(dense.evaluations <= alone.evaluations + 7 * alone.steps + 1)
  }
}
