import DepthNumerics
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct TransformerBlockTests {
  private static let block = TransformerBlock(tokens: 3, tokenDimension: 4, heads: 2, width: 5)

  private static func parameters(_ block: TransformerBlock) -> [Double] {
    var stream = RandomStream(seed: 3)
    return stream.normals(block.parameterCount).map { 0.4 * $0 }
  }

  private static func values(_ block: TransformerBlock, _ parameters: [Double], _ states: [Double]) -> [Double] {
    let count = states.count / block.stateCount
    var scratch = [Double](repeating: 0, count: count * block.scratchCount)
    var result = [Double](repeating: 0, count: states.count)
    scratch.withUnsafeMutableBufferPointer { scratch in
      let workspace: BlockWorkspace<Double> = block.makeWorkspace(capacity: count, scratch: scratch.baseAddress!)
      block.evaluate(parameters, states: states, count: count, workspace: workspace, into: &result)
    }
    return result
  }

  private static func normalised(_ row: ArraySlice<Double>, _ gain: ArraySlice<Double>, _ bias: ArraySlice<Double>)
    -> [Double]
  {
    let mean = row.reduce(0, +) / Double(row.count)
    let variance = row.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(row.count)
    return zip(row, zip(gain, bias)).map { $1.0 * ($0 - mean) / (variance + 1e-5).squareRoot() + $1.1 }
  }

  /// `f` written out with loops, straight from the formula.
  @Test(arguments: [true, false]) func isItsFormula(causal: Bool) {
    let block = TransformerBlock(tokens: 3, tokenDimension: 4, heads: 2, width: 5, isCausal: causal)
    let p = Self.parameters(block)
    var stream = RandomStream(seed: 9)
    let h = stream.normals(12)
    let found = Self.values(block, p, h)
    func affine(_ weights: Int, _ bias: Int, _ rows: Int, _ x: [Double]) -> [Double] {
      (0..<rows).map { r in p[bias + r] + x.indices.reduce(0) { $0 + p[weights + r * x.count + $1] * x[$1] } }
    }
    let rows = (0..<3).map { h[($0 * 4)..<($0 * 4 + 4)] }
    let first = rows.map {
      affine(block.attentionWeights, block.attentionBias, 12, Self.normalised($0, p[0..<4], p[4..<8]))
    }
    for token in 0..<3 {
      var mixed = [Double](repeating: 0, count: 4)
      for head in 0..<2 {
        let seen = causal ? 0...token : 0...2
        let scores = seen.map { other in
          (0..<2).reduce(0.0) { $0 + first[token][2 * head + $1] * first[other][4 + 2 * head + $1] } / 2.0.squareRoot()
        }
        let weights = scores.map { exp($0) }
        let total = weights.reduce(0, +)
        for (weight, other) in zip(weights, seen) {
          for i in 0..<2 { mixed[2 * head + i] += weight / total * first[other][8 + 2 * head + i] }
        }
      }
      let second = Self.normalised(
        rows[token], p[block.secondNorm..<(block.secondNorm + 4)], p[(block.secondNorm + 4)..<(block.secondNorm + 8)])
      let hidden = affine(block.hiddenWeights, block.hiddenBias, 5, second).map { max(0, $0) }
      let expected = zip(
        affine(block.mixWeights, block.mixBias, 4, mixed), affine(block.outputWeights, block.outputBias, 4, hidden)
      ).map { $0 + $1 }
      for i in 0..<4 { #expect(abs(found[token * 4 + i] - expected[i]) < 1e-13) }
    }
  }

  @Test func causalTokensDoNotSeeLaterOnes() {
    let p = Self.parameters(Self.block)
    var stream = RandomStream(seed: 9)
    var h = stream.normals(12)
    let before = Self.values(Self.block, p, h)
    h[11] += 1
    let after = Self.values(Self.block, p, h)
    #expect(before[..<8] == after[..<8])
    #expect(before[8...] != after[8...])
  }

  /// Tokens in another order give the same values in that order, without a mask.
  @Test func attentionWithoutMaskIsEquivariant() {
    let block = TransformerBlock(tokens: 3, tokenDimension: 4, heads: 2, width: 5, isCausal: false)
    let p = Self.parameters(block)
    var stream = RandomStream(seed: 9)
    let h = stream.normals(12)
    let values = Self.values(block, p, h)
    let turned = Self.values(block, p, Array(h[4...]) + h[..<4])
    #expect(zip(turned, Array(values[4...]) + values[..<4]).allSatisfy { abs($0 - $1) < 1e-13 })
  }

  @Test func aStateDoesNotDependOnItsBatch() {
    let p = Self.parameters(Self.block)
    var stream = RandomStream(seed: 9)
    let h = stream.normals(24)
    let both = Self.values(Self.block, p, h)
    let second = Self.values(Self.block, p, Array(h[12...]))
    #expect(zip(both[12...], second).allSatisfy { abs($0 - $1) < 1e-13 })
  }
}
