import DepthNumerics
import Foundation

/// `ln gamma` and alpha of `UnstoppedValue` where rates change with depth: integrals of Chebyshev series on even panels of the
/// depth to go; spectral where the rates are smooth.
struct GrowthTable: Sendable {
  private static let degree = 15
  private static let panels = 64

  /// `int (m1 - r)`, `int r` and `int e^(int r) (gamma m0 + c)` from 0 on, panel by panel.
  private var growth: [[Double]] = []
  private var decay: [[Double]] = []
  private var income: [[Double]] = []
  private let length: Double

  /// nil where there are no rates at some depth to go, or series do not resolve them.
  init?(horizon: Double, _ rates: (Double) -> UnstoppedValue.Rates?) {
    length = horizon / Double(Self.panels)
    let matrix = ChebyshevSeries.coefficientMatrix(degree: Self.degree)
    let nodes = ChebyshevDifferentiation(degree: Self.degree).nodes
    func series(_ values: [Double]) -> [Double]? {
      var result = values
      BLAS.multiply(rows: values.count, columns: values.count, matrix, vector: values, into: &result)
      let largest = result.map(abs).max() ?? 0
      // what is cut off is like the last two
      return result.suffix(2).allSatisfy { abs($0) <= 1e-13 * largest } ? result : nil
    }
    func values(_ series: [Double]) -> [Double] { nodes.map { SpaceTimePanel.clenshaw(series, 2 * $0 - 1) } }
    func end(_ series: [[Double]]) -> Double { series.last.map { SpaceTimePanel.clenshaw($0, 1) } ?? 0 }
    for panel in 0..<Self.panels {
      let here = nodes.compactMap { rates(length * (Double(panel) + $0)) }
      guard here.count == nodes.count, let growing = series(here.map { $0.factor - $0.discount }),
        let decaying = series(here.map(\.discount))
      else { return nil }
      growth.append(Self.integral(growing, length, from: end(growth)))
      decay.append(Self.integral(decaying, length, from: end(decay)))
      let (gammas, decays) = (values(growth[panel]), values(decay[panel]))
      let paid = here.indices.map { exp(decays[$0]) * (exp(gammas[$0]) * here[$0].constant + here[$0].cost) }
      guard let paying = series(paid) else { return nil }
      income.append(Self.integral(paying, length, from: end(income)))
    }
  }

  /// The series of `start + int f` over a panel, from its lower end.
  private static func integral(_ f: [Double], _ length: Double, from start: Double) -> [Double] {
    let n = f.count
    var result = [Double](repeating: 0, count: n + 1)
    for k in 1...n {
      let (below, above) = ((k == 1 ? 2 : 1) * f[k - 1], k + 1 < n ? f[k + 1] : 0)
      result[k] = 0.5 * length * (below - above) / Double(2 * k)
    }
    var sum = 0.0
    for k in stride(from: n, to: 0, by: -1) { sum += k % 2 == 0 ? result[k] : -result[k] }
    result[0] = start - sum
    return result
  }

  /// `g - W = factor g - shift` at depth to go theta.
  func gap(_ theta: Double) -> (factor: Double, shift: Double) {
    let panel = min(growth.count - 1, max(0, Int(theta / length)))
    let t = max(-1, min(1, 2 * (theta / length - Double(panel)) - 1))
    return (
      -expm1(SpaceTimePanel.clenshaw(growth[panel], t)),
      exp(-SpaceTimePanel.clenshaw(decay[panel], t)) * SpaceTimePanel.clenshaw(income[panel], t)
    )
  }
}
