import DepthRuns
import Testing

@testable import DepthStopping

/// Which of two methods answers.
@Suite struct MethodWithFallbackTests {
  /// Answers V +- a bound, b +- a bound, or fails.
  private struct Scripted: BoundaryMethod {
    let name: String
    var status = Diagnostics.Status.converged
    var value = 1e-3
    var boundary = 1e-3
    var fails = false

    func objection(to problem: StoppingProblem) -> String? { nil }

    func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
      if fails { throw StoppingError("\(name) failed") }
      return StoppingSolution(
        values: query.points.map {
          .init(at: $0, depth: 0, value: 0, stoppingLoss: 1, errorBound: value, boundKind: .estimate)
        }, boundary: HaltingBoundary(shape: .curve, points: [], errorBound: boundary, boundKind: .estimate),
        expectedDepths: [], diagnostics: Diagnostics(status: status, method: name))
    }
  }

  private static func answer(_ first: Scripted, _ second: Scripted) throws -> StoppingSolution {
    try MethodWithFallback(first, else: second).solve(GaussianProblems.put(), at: [[0.5]])
  }

  private let second = Scripted(name: "second")

  @Test func theFirstAnswersWhereItConverges() throws {
    let found = try Self.answer(Scripted(name: "first", value: 1), second)
    #expect(found.diagnostics.method == "first" && found.warnings.isEmpty)
  }

  @Test func theSecondAnswersWhereTheFirstFails() throws {
    let found = try Self.answer(Scripted(name: "first", fails: true), second)
    #expect(found.diagnostics.method == "second" && found.warnings == ["second took over: first failed"])
  }

  @Test func ofTwoTheNarrowerAnswers() throws {
    let narrow = try Self.answer(Scripted(name: "first", status: .unconverged, value: 1e-4, boundary: 1e-4), second)
    #expect(narrow.diagnostics.method == "first" && narrow.diagnostics.status == .converged)
    for (value, boundary) in [(1e-4, 1e-2), (1e-2, 1e-4)] {
      let wide = try Self.answer(
        Scripted(name: "first", status: .unconverged, value: value, boundary: boundary), second)
      #expect(wide.diagnostics.method == "second" && wide.warnings.count == 1)
    }
  }

  /// Two narrow stopping regions between two boundaries each, which the series cannot keep apart: grids can.
  @Test func regionsThatChangeAreLeftToTheGrids() throws {
    let problem = try CustomProblem.problem(
      CustomStatement(
        drift: ["1.5*(0.7 - x)"], diffusion: ["2"], stoppingLoss: "x^4 - x^2", runningCost: "0.01", horizon: 4))
    let choice = try MethodCatalogue.choose("auto", for: problem, blockSize: nil)
    let found = try choice.method.solve(problem, at: [[0.5]])
    #expect(choice.method.name == "integral-equation" && found.diagnostics.method == "finite-differences")
    #expect(found.warnings.contains { $0.contains("took over") })
  }
}
