import DepthNumerics
import Foundation

/// Curves `b_j(tau) = X_j + unit y_j(s)`, `s = (tau/T)^power` in [0, 1], y_j a Chebyshev series with y_j(0) = 0; `unit = sigma sqrt T`.
///
/// The power is 1/2 where all curves start at sign changes of s, in whose neighbourhood they are smooth in sqrt(tau), and 1/8 where one
/// starts at a kink, like `sqrt(tau ln(1/tau))`: the series' coefficients then fall like n^-9.
struct GaussianCurves {
  let problem: GaussianStopping
  let power: Double
  let unit: Double
  /// n.
  let degree: Int
  /// (n + 1) for each curve.
  let coefficients: [Double]

  init(_ problem: GaussianStopping, degree: Int, coefficients: [Double]) {
    self.problem = problem
    self.degree = degree
    self.coefficients = coefficients
    power = Self.power(problem)
    unit = Self.unit(problem)
  }

  static func power(_ problem: GaussianStopping) -> Double { problem.starts.contains { $0.kink != nil } ? 0.125 : 0.5 }
  static func unit(_ problem: GaussianStopping) -> Double { problem.noise * problem.horizon.squareRoot() }

  var count: Int { problem.starts.count }

  /// All curves at `2 s - 1` of many points, curve by curve into `count` times as many places.
  func states(
    at points: UnsafePointer<Double>, _ pointCount: Int, into states: UnsafeMutablePointer<Double>
  ) {
    coefficients.withUnsafeBufferPointer { series in
      for j in 0..<count {
        let row = states + j * pointCount
        ChebyshevSeries.values(
          series.baseAddress! + j * (degree + 1), degree + 1, at: points, into: row, count: pointCount)
        for k in 0..<pointCount { row[k] = problem.starts[j].state + unit * row[k] }
      }
    }
  }

  /// `b_j(tau)`.
  func state(_ j: Int, _ tau: Double) -> Double {
    var (point, value) = (2 * pow(max(0, min(1, tau / problem.horizon)), power) - 1, 0.0)
    coefficients.withUnsafeBufferPointer {
      ChebyshevSeries.values($0.baseAddress! + j * (degree + 1), degree + 1, at: &point, into: &value, count: 1)
    }
    return problem.starts[j].state + unit * value
  }

  /// The curves as branches of a boundary.
  func branches() -> [HaltingBranch] {
    problem.starts.indices.map { j in
      var series = Array(coefficients[(j * (degree + 1))..<((j + 1) * (degree + 1))])
      series[0] += problem.starts[j].state / unit
      return HaltingBranch(
        .polynomial(
          BoundaryPolynomial(
            coefficients: series, horizon: problem.horizon, variable: .power(power), scale: unit)),
        stopsBelow: problem.starts[j].stopsBelow, from: 0, to: problem.horizon)
    }
  }

  /// Whether a state lies where one stops, tau before the horizon.
  func stops(_ state: Double, _ tau: Double) -> Bool {
    !problem.intervals.contains { interval in
      (interval.lower.map { state > self.state($0, tau) } ?? true)
        && (interval.upper.map { state < self.state($0, tau) } ?? true)
    }
  }
}
