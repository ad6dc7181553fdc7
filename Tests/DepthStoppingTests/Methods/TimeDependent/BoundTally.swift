import Foundation

@testable import DepthStopping

/// Bounds of solutions held against a truth: how many contain it, and how wide they are.
struct BoundTally {
  /// `2 bound / max(error, 1e-12 scale)` of each value where one goes on, and of each boundary as a whole.
  private(set) var values: [Double] = []
  private(set) var boundaries: [Double] = []
  /// What the bounds miss, in words.
  private(set) var misses: [String] = []
  private(set) var seconds: [Double] = []
  private(set) var count = 0

  /// The worst errors, relative to the scale, for the table.
  private(set) var errors: [Double] = []
  private(set) var widest: [Double] = []

  /// - Parameters:
  ///   - truth: an answer that begins with the same points and depths, far more accurate.
  ///   - clock: from a depth of `found` to the truth's.
  mutating func add(_ found: StoppingSolution, against truth: StoppingSolution, clock: (Double) -> Double = { $0 }) {
    let scale = found.values.map { max(abs($0.value), abs($0.stoppingLoss)) }.max() ?? 1
    for (value, exact) in zip(found.values, truth.values) {
      count += 1
      let error = abs(value.value - exact.value)
      if !(error <= value.errorBound + Self.slack(exact.value)) {
        misses.append("V(\(value.depth), \(value.at[0])) = \(value.value) +- \(value.errorBound), off by \(error)")
      }
      // where one stops V is g, whatever the method
      guard exact.value != exact.stoppingLoss else { continue }
      values.append(2 * value.errorBound / max(error, 1e-12 * scale))
      errors.append(error / scale)
      widest.append(value.errorBound / scale)
    }
    addBoundary(found.boundary, truth.boundary, clock)
    seconds.append(found.diagnostics.seconds)
  }

  private mutating func addBoundary(
    _ found: HaltingBoundary, _ truth: HaltingBoundary, _ clock: (Double) -> Double
  ) {
    var (worst, size) = (0.0, 0.0)
    for point in found.points {
      let depth = point.depth ?? 0
      guard let exact = truth.states(at: clock(depth)).min(by: { abs($0 - point.at[0]) < abs($1 - point.at[0]) })
      else { continue }
      count += 1
      let error = abs(point.at[0] - exact)
      (worst, size) = (max(worst, error), max(size, abs(exact)))
      let bound = point.errorBound ?? found.errorBound
      if !(error <= bound + truth.errorBound + Self.slack(exact)) {
        misses.append("b(\(depth)) = \(point.at[0]) +- \(bound), off by \(error), truth +- \(truth.errorBound)")
      }
    }
    guard !found.points.isEmpty else { return }
    boundaries.append(2 * found.errorBound / max(worst, 1e-12 * size))
  }

  /// Rounding of the truth itself.
  private static func slack(_ x: Double) -> Double { 4 * x.ulp }

  static func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
  }

  /// One line of a table.
  func line(_ title: String) -> String {
    func short(_ x: Double) -> String { String(format: "%.2g", x) }
    return [
      title, "V \(short(Self.median(values)))", "b \(short(Self.median(boundaries)))",
      "error \(short(Self.median(errors))) width \(short(2 * Self.median(widest)))",
      "contained \(count - misses.count)/\(count)", "\(short(1e3 * Self.median(seconds))) ms",
    ].joined(separator: " | ")
  }
}
