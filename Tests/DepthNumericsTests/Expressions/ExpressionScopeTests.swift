import DepthRuns
import Testing

@testable import DepthNumerics

@Suite struct ExpressionScopeTests {
  @Test func componentsHaveNumbersAndInThreeDimensionsLetters() throws {
    let three = try ExpressionScope(dimension: 3)
    #expect(three.meaning(of: "z") == .state(2))
    #expect(three.meaning(of: "x3") == .state(2))
    #expect(three.meaning(of: "x4") == nil)
    let four = try ExpressionScope(dimension: 4, parameters: ["x", "z"])
    #expect(four.meaning(of: "x") == .parameter(0))
    #expect(four.meaning(of: "x4") == .state(3))
    let wide = try ExpressionScope(dimension: 500)
    #expect(wide.allowed == ["x1 to x500", "t", "pi", "e"])
    #expect(wide.meaning(of: "x500") == .state(499))
  }

  @Test(arguments: [
    (["x"], "'x' is taken by a component of the state"), (["x2"], "'x2' is taken by a component of the state"),
    (["t"], "'t' is taken by the depth"), (["e"], "'e' is taken by a constant"),
    (["min"], "'min' is taken by a function"),
    (["if"], "'if' is taken by a function"), (["a", "a"], "'a' is taken by another parameter"),
    (["2a"], "'2a' is malformed"),
    ([""], "'' is malformed"), (["a-b"], "'a-b' is malformed"), (["a b"], "'a b' is malformed"),
  ])
  func refusesNames(_ names: [String], _ message: String) {
    let error = #expect(throws: InputError.self) { try ExpressionScope(dimension: 2, parameters: names) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
