import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

/// Proven bounds of the residuals against samples, over many parameters.
@Suite struct PutCertificateTests {
  @Test func explore() throws {
    var stream = RandomStream(seed: 71)
    for index in 0..<40 {
      let u = stream.uniforms(5)
      let rate = 0.01 * pow(10, u[0])
      let dividend = [0, rate * u[1], rate, rate * (1 + 2 * u[1])][index % 4]
      let equation = PutEquation(rate: rate, dividend: dividend, volatility: 0.1 + 0.3 * u[2])
      let horizon = 0.25 * pow(40, u[3])
      let run = try PutBoundaryRun(equation, horizon: horizon, tolerance: 1e-10)
      let start = Date()
      do {
        let e = try PutEnclosedValues(run.boundary)
        let c = e.certificate
        let t1 = 1e3 * Date().timeIntervalSince(start)
        let v = e.value(1.0, horizon)
        let w = e.value(run.boundary.state(horizon) * 1.001, horizon)
        let t2 = 1e3 * Date().timeIntervalSince(start)
        let band = e.band(horizon)
        let early = e.band(0.01 * horizon)
        print(
          t1, t2, v?.error ?? -1, w?.error ?? -1, (v?.value ?? 0) - run.premium.value(1, horizon).value,
          band.upperBound - band.lowerBound, early.upperBound - early.lowerBound,
          band.contains(run.boundary.state(horizon)))
        print(
          String(
            format:
              "n %d q/r %.2f sig %.2f T %.2f: sampled %.1e above %.1e below %.1e cells %d evals %d first %.1e  %.1f ms",
            run.boundary.coefficients.count - 1, dividend / rate, equation.volatility, horizon, run.errorBound, c.above,
            c.below, c.cells, c.evaluations, c.firstShare,
            1e3 * Date().timeIntervalSince(start)))
      } catch {
        print(
          "n \(run.boundary.coefficients.count - 1) q/r \(dividend / rate) sig \(equation.volatility) T \(horizon) FAIL \(error)  \(1e3 * Date().timeIntervalSince(start)) ms"
        )
      }
    }
  }
}
