import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ScalarGeneratorTests {
  private static let grid = (0...60).map { -3 + Double($0) * 0.1 + 0.02 * sin(Double($0)) }
  private static let generator = ScalarGenerator(grid: grid, drift: { -2 * $0 }, diffusion: { 0.5 + 0.1 * $0 * $0 })

  @Test func ratesAreThoseOfAMarkovChain() {
    #expect(Self.generator.down.allSatisfy { $0 >= 0 } && Self.generator.up.allSatisfy { $0 >= 0 })
    let ones = [Double](repeating: 1, count: Self.grid.count)
    for i in Self.grid.indices { #expect(abs(Self.generator.apply(ones, at: i)) < 1e-12) }
  }

  @Test func appliesTheGeneratorToSecondOrder() {
    func error(_ cells: Int) -> Double {
      let grid = (0...cells).map { -1 + 2 * Double($0) / Double(cells) }
      let generator = ScalarGenerator(grid: grid, drift: { -$0 }, diffusion: { _ in 0.7 })
      let v = grid.map { sin(2 * $0) }
      return (1..<cells).map { i in
        let x = grid[i]
        return abs(generator.apply(v, at: i) - (-x * 2 * cos(2 * x) - 0.245 * 4 * sin(2 * x)))
      }.max()!
    }
    let slope = log2(error(40) / error(80))
    #expect(abs(slope - 2) < 0.2)
  }

  @Test func theLawKeepsItsMassAndIsTheAdjoint() {
    let n = Self.grid.count
    var scratch = [Double](repeating: 0, count: n)
    let law = (0..<n).map { exp(-Double(($0 - 20) * ($0 - 20)) / 30) }
    let function = Self.grid.map { cos($0) }
    var (advanced, expected) = (law, function)
    Self.generator.advanceLaw(step: 0.3, source: law, scratch: &scratch, into: &advanced)
    #expect(abs(advanced.reduce(0, +) - law.reduce(0, +)) < 1e-12)
    Self.generator.solveImplicit(
      step: 0.3, isFree: [Bool](repeating: true, count: n), source: function, scratch: &scratch, into: &expected)
    let (forward, backward) = (
      zip(advanced, function).reduce(0) { $0 + $1.0 * $1.1 }, zip(law, expected).reduce(0) { $0 + $1.0 * $1.1 }
    )
    #expect(abs(forward - backward) < 1e-11 * abs(forward))
  }
}
