import Foundation

/// The extent of what an axis has to show, and the range made of it.
struct AxisRange {
  let scale: Axis.Scale
  private var low = Double.infinity
  private var high = -Double.infinity

  init(scale: Axis.Scale) { self.scale = scale }

  /// Missing values, and on logarithmic axes those that are not positive, are left out.
  static func isShown(_ value: Double, _ scale: Axis.Scale) -> Bool {
    value.isFinite && (scale == .linear || value > 0)
  }

  mutating func include(_ value: Double) {
    guard Self.isShown(value, scale) else { return }
    low = min(low, value)
    high = max(high, value)
  }

  /// The extent itself where it has one; of a single value or none as `padded`.
  var exact: ClosedRange<Double> {
    guard low < high, low.isFinite, high.isFinite, (high - low).isFinite else { return padded(keepsSign: false) }
    return low...high
  }

  /// The extent with a margin of 4 % on either side.
  ///
  /// Without data 0...1 (linear) or 1...10; a single value lies in the middle.
  /// With `keepsSign` a margin does not cross zero on a linear axis.
  func padded(keepsSign: Bool) -> ClosedRange<Double> {
    guard low <= high else { return scale == .linear ? 0...1 : 1...10 }
    guard scale == .linear else {
      guard low < high else { return max(low / 2, .leastNormalMagnitude)...max(high * 2, 4 * .leastNormalMagnitude) }
      let margin = pow(high / low, 0.04)
      let top = max(min(high * margin, .greatestFiniteMagnitude), 2 * Double.leastNormalMagnitude)
      return max(low / margin, .leastNormalMagnitude)...top
    }
    guard low < high, (high - low) > 1e-12 * max(abs(low), abs(high)) else {
      let half = low == 0 ? 0.5 : abs(low) / 2
      return (low - half)...(high + half)
    }
    // Halves first: the span of two huge numbers of opposite sign is not finite.
    let margin = 0.04 * (high / 2 - low / 2) * 2
    let bottom = keepsSign && low >= 0 ? max(0, low - margin) : low - margin
    let top = keepsSign && high <= 0 ? min(0, high + margin) : high + margin
    return max(bottom, -1e300)...min(top, 1e300)
  }
}
