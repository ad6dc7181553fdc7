import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Random parameters over many decades: right within the bound stated, or refused by name; never NaN.
@Suite struct ExtremePutTests {
  static func draws(_ count: Int, seed: UInt64) -> [[(String, Double)]] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { index in
      let u = stream.uniforms(4)
      let sigma = 0.05 * pow(40, u[0])
      let maturity = 1e-4 * pow(5e5, u[1])
      let rate = 0.001 * pow(300, u[2])
      let ratio = 0.01 * pow(1e4, u[3])
      let dividend = [0, rate, min(1, rate * ratio), min(1, rate * ratio), min(1, rate * ratio)][index % 5]
      return [("K", 1), ("r", rate), ("q", dividend), ("sigma", sigma), ("T", maturity)]
    }
  }

  @Test func errorsStayWithinTheirBounds() throws {
    var worst: [Double] = []
    for settings in Self.draws(300, seed: 21) {
      let p = Dictionary(uniqueKeysWithValues: settings)
      let equation = PutEquation(rate: p["r"]!, dividend: p["q"]!, volatility: p["sigma"]!)
      let scale = TimeToGoScale(equation, horizon: p["T"]!)
      let run = try PutBoundaryRun(equation, horizon: p["T"]!, tolerance: 1e-10)
      worst.append(run.errorBound)
      if !(run.errorBound < 1e-9) || run.iterations > 25 {
        print(settings.map { "\($0.0) \(Float($0.1))" }.joined(separator: " "), "bound \(Float(run.errorBound)) b \(Float(run.boundaryError)) degree \(run.nodes.count) its \(run.iterations) p \(scale.exponent)")
      }
    }
    worst.sort()
    print("bounds: median \(worst[150]) 90% \(worst[270]) worst \(worst[299])")
  }
}
