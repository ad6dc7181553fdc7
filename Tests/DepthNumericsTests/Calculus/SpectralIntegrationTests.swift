import DepthNumerics
import Foundation
import Testing

@Suite struct SpectralIntegrationTests {
  private let table = SpectralIntegration.standard

  private func apply(_ matrix: [Double], _ values: [Double]) -> [Double] {
    let n = table.count
    return (0..<n).map { i in (0..<n).reduce(0) { $0 + matrix[i * n + $1] * values[$1] } }
  }

  @Test func integralsOfTheExponential() {
    let y = table.nodes.map { exp($0) }
    let (once, twice) = (apply(table.first, y), apply(table.second, y))
    let (clamped, slope) = (apply(table.clampedSecond, y), apply(table.clampedFirst, y))
    for (j, t) in table.nodes.enumerated() {
      let e = exp(-1.0)
      #expect(abs(once[j] - (exp(t) - e)) < 1e-15)
      #expect(abs(twice[j] - (exp(t) - e - e * (t + 1))) < 2e-15)
      // exp less its chord
      let rise = (exp(1.0) - e) / 2
      #expect(abs(clamped[j] - (exp(t) - e - rise * (t + 1))) < 2e-15)
      #expect(abs(slope[j] - (exp(t) - rise)) < 2e-15)
    }
  }

  @Test func seriesIntegrateTermByTerm() {
    // x^3 - x = (T_3 - T_1) / 4; its integral from -1 is (x^4 - 1)/4 - (x^2 - 1)/2
    let series = SpectralIntegration.integral([0, -0.25, 0, 0.25])
    for x in [-1, -0.3, 0.5, 1] {
      let exact = (x * x * x * x - 1) / 4 - (x * x - 1) / 2
      #expect(abs(SpectralIntegration.evaluate(series, at: x) - exact) < 1e-16)
    }
  }

  /// Spectral: u'' = -4 u, u(-1) = u(1) = cos 2, by 6, 10, 14 and 24 nodes.
  @Test func collocationConvergesSpectrally() {
    let errors = [6, 10, 14, 24].map { n -> Double in
      let table = SpectralIntegration(count: n)
      var rows = [Double](repeating: 0, count: n * (n + 1))
      for j in 0..<n {
        for k in 0..<n { rows[j * (n + 1) + k] = 4 * table.clampedSecond[j * n + k] + (j == k ? 1 : 0) }
        rows[j * (n + 1) + n] = -4 * cos(2.0)
      }
      #expect(AugmentedElimination.solve(&rows, size: n, width: n + 1))
      let y = (0..<n).map { rows[$0 * (n + 1) + n] }
      return zip(table.nodes, y).map { abs($1 + 4 * cos(2 * $0)) }.max()!
    }
    #expect(errors[0] > 1e-5 && errors[1] < 1e-6 && errors[2] < 1e-11 && errors[3] < 1e-14, "\(errors)")
  }
}
