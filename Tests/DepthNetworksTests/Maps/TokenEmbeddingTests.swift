import DepthNumerics
import Testing

@testable import DepthNetworks

@Suite struct TokenEmbeddingTests {
  private static let map = TokenEmbedding(tokens: 2, vocabulary: 3, tokenDimension: 2)
  private static let parameters: [Double] = [1, 2, 3, 4, 5, 6, 0.1, 0.2, 0.3, 0.4]

  private static func workspace(_ scratch: inout [Double]) -> BlockWorkspace<Double> {
    map.makeWorkspace(capacity: 2, scratch: &scratch)
  }

  @Test func rowsAreSymbolPlusPosition() {
    var (scratch, result) = ([0.0], [Double](repeating: 0, count: 8))
    Self.map.evaluate(
      Self.parameters, states: [0, 2, 1, 1], count: 2, workspace: Self.workspace(&scratch), into: &result)
    #expect(zip(result, [1.1, 2.2, 5.3, 6.4, 3.1, 4.2, 3.3, 4.4]).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test func gradientsGatherTheRows() {
    var (scratch, gradient) = ([0.0], [Double](repeating: 0, count: 10))
    let cotangent: [Double] = [1, 0, 0, 1, 2, 0, 0, 3]
    Self.map.pullback(
      Self.parameters, states: [0, 2, 1, 1], count: 2, workspace: Self.workspace(&scratch), cotangent: cotangent,
      gradient: &gradient, stateGradient: nil)
    #expect(gradient == [1, 0, 2, 3, 0, 1, 3, 0, 0, 4])
  }
}
