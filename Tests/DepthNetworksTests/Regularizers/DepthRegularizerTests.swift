import Foundation
import Testing

@testable import DepthNetworks

/// Values on one sample against the formulas written out.
@Suite struct DepthRegularizerTests {
  private static let losses = [2.0, 1, 0.5, 0.4]
  private static let gates = [0.1, 0.5, 0.25]
  private static let residuals = [1.5, 0.5, 0.25]
  private static let law = [0.1, 0.45, 0.1125, 0.3375]

  private static func value(_ regularizer: some DepthRegularizer) -> (value: Double, lossSlopes: [Double]) {
    var (l, g, r) = ([0.0, 0, 0, 0], [0.0, 0, 0], [0.0, 0, 0])
    let value = losses.withUnsafeBufferPointer { losses in
      gates.withUnsafeBufferPointer { gates in
        residuals.withUnsafeBufferPointer { residuals in
          l.withUnsafeMutableBufferPointer { l in
            g.withUnsafeMutableBufferPointer { g in
              r.withUnsafeMutableBufferPointer { r in
                regularizer.evaluate(
                  SampleExits(losses: losses, gates: gates, residualSquares: residuals),
                  slopes: SampleExitSlopes(losses: l, gates: g, residualSquares: r))
              }
            }
          }
        }
      }
    }
    return (value, l)
  }

  @Test func valuesAreTheFormulas() {
    let expected = (0..<4).reduce(0) { $0 + Self.law[$1] * Self.losses[$1] }
    let depth = (0..<4).reduce(0) { $0 + Self.law[$1] * Double($1) }
    let soft = Self.value(SoftStop(runningCost: 0.3))
    #expect(zip(soft.lossSlopes, Self.law).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(abs(soft.value - (expected + 0.3 * depth)) < 1e-15)
    #expect(abs(Self.value(ExpectedDepth()).value - depth) < 1e-15)
    // hinges l_{k+1} - l_k + 0.6 = -0.4, 0.1, 0.5, reached with 0.9, 0.45, 0.3375
    #expect(abs(Self.value(BlockWorth(runningCost: 0.6)).value - (0.45 * 0.1 + 0.3375 * 0.5)) < 1e-15)
    // gains 1, 0.5, 0.1 diminish
    #expect(Self.value(DiminishingGain()).value == 0)
    #expect(abs(Self.value(ResidualNormDecay(decayRatio: 0.5)).value - (1.5 + 4 * 0.5 + 16 * 0.25)) < 1e-14)
    // 0.1 + 0.5 + 0.25 < 0.99: N = 3, R = 0.15
    let act = 0.1 * 2 + 0.5 * 1 + 0.25 * 0.5 + 0.15 * 0.4 + 0.2 * (3 + 0.15)
    #expect(abs(Self.value(AdaptiveComputationTime(runningCost: 0.2)).value - act) < 1e-15)
    let prior = [0.2, 0.16, 0.128, 0.512]
    let divergence = zip(Self.law, prior).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    #expect(abs(Self.value(PonderNet(divergenceWeight: 0.7)).value - (expected + 0.7 * divergence)) < 1e-14)
  }

  @Test func hardGatesGiveNoNaN() throws {
    for name in DepthRegularizers.names {
      let regularizer = try DepthRegularizers.named(name, runningCost: 0.1)
      for gate in [0.0, 1] {
        var (l, g, r) = ([0.0, 0, 0], [0.0, 0], [0.0, 0])
        let value = [1.0, 2, 0.5].withUnsafeBufferPointer { losses in
          [gate, gate].withUnsafeBufferPointer { gates in
            [1.0, 1].withUnsafeBufferPointer { residuals in
              l.withUnsafeMutableBufferPointer { l in
                g.withUnsafeMutableBufferPointer { g in
                  r.withUnsafeMutableBufferPointer { r in
                    regularizer.evaluate(
                      SampleExits(losses: losses, gates: gates, residualSquares: residuals),
                      slopes: SampleExitSlopes(losses: l, gates: g, residualSquares: r))
                  }
                }
              }
            }
          }
        }
        #expect(value.isFinite && (l + g + r).allSatisfy(\.isFinite), "\(name)")
      }
    }
  }
}
