import DepthNumerics
import Testing

/// What an expression's operations tell of it: its switches, and whether it is a polynomial.
@Suite struct ExpressionStructureTests {
  private static func expression(_ text: String, _ parameters: [String] = ["K", "r"]) throws -> ScalarExpression {
    try ScalarExpression(text, in: ExpressionScope(dimension: 1, parameters: parameters))
  }

  @Test func polynomialsAreReadOffTheOperations() throws {
    func coefficients(_ text: String) throws -> [Double]? {
      try Self.expression(text).polynomial(parameters: [3, 0.5])
    }
    #expect(try coefficients("2") == [2])
    #expect(try coefficients("K*r") == [1.5])
    #expect(try coefficients("(K - x)*(r + x)") == [1.5, 2.5, -1])
    #expect(try coefficients("x^2/r") == [0, 0, 2])
    #expect(try coefficients("x - x + exp(r - 0.5)") == [1])
    #expect(try coefficients("x*t") == nil)
    #expect(try coefficients("exp(x)") == nil)
    #expect(try coefficients("1/x") == nil)
    #expect(try coefficients("abs(x)") == nil)
    #expect(try coefficients("x^5") == nil)
  }

  @Test func switchesAreWhereBranchesMeet() throws {
    func zeros(_ text: String) throws -> [[Double]?] {
      try Self.expression(text).switches.map { $0.polynomial(parameters: [3, 0.5]) }
    }
    #expect(try zeros("max(K - x, 0)") == [[3, -1]])
    #expect(try zeros("abs(x) + relu(x - r)") == [[0, 1], [-0.5, 1]])
    #expect(try zeros("if(x < K, x, K)") == [[-3, 1]])
    #expect(try zeros("min(3*x, 2*(1 - x))") == [[-2, 5]])
    #expect(try zeros("x^2 + sin(x)").isEmpty)
    #expect(try Self.expression("floor(x)").usesFloor && !Self.expression("abs(x)").usesFloor)
  }
}
