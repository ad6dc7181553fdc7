import Foundation

/// A mark on an axis; without a label it is a small one.
struct Tick: Equatable, Sendable {
  let value: Double
  let label: NumberText?
}

/// Where the ticks of an axis stand: steps of 1, 2 or 5 times a power of ten; decades on logarithmic axes.
enum Ticks {
  /// About `count` labelled ticks inside `range`.
  static func at(_ range: ClosedRange<Double>, scale: Axis.Scale, isInteger: Bool, count: Int) -> [Tick] {
    switch scale {
    case .linear: linear(range, isInteger: isInteger, count: count)
    case .logarithmic: logarithmic(range, count: count)
    }
  }

  private static func linear(_ range: ClosedRange<Double>, isInteger: Bool, count: Int) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    var (factor, power) = niceStep(span / Double(count))
    if isInteger && power < 0 { (factor, power) = (1, 0) }
    let step = factor * pow(10, Double(power))
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last else { return [] }
    // Counting in whole steps keeps 0.30000000000000004 out of the labels.
    return (0...Int(last - first)).map { index in
      let steps = first + Double(index)
      return Tick(value: value(steps * factor, power), label: label(steps * factor, power, range))
    }
  }

  /// 1, 2 or 5 times a power of ten, the nearest to `raw` in ratio.
  private static func niceStep(_ raw: Double) -> (factor: Double, power: Int) {
    let power = Int(log10(raw).rounded(.down))
    let mantissa = raw / pow(10, Double(power))
    if mantissa < 1.4 { return (1, power) }
    if mantissa < 3.2 { return (2, power) }
    return mantissa < 7.1 ? (5, power) : (1, power + 1)
  }

  private static func value(_ units: Double, _ power: Int) -> Double {
    power < 0 ? units / pow(10, Double(-power)) : units * pow(10, Double(power))
  }

  /// Equal numbers of decimals on one axis; powers of ten where decimals would not fit.
  private static func label(_ units: Double, _ power: Int, _ range: ClosedRange<Double>) -> NumberText {
    let value = value(units, power)
    let largest = max(abs(range.lowerBound), abs(range.upperBound))
    if value == 0 { return NumberText(mantissa: "0", exponent: nil) }
    if power < -4 || largest >= 1e6 { return NumberText(value, digits: 6) }
    return NumberText(mantissa: String(format: "%.\(max(0, -power))f", value), exponent: nil)
  }

  private static func logarithmic(_ range: ClosedRange<Double>, count: Int) -> [Tick] {
    let low = Int((log10(range.lowerBound) - 1e-9).rounded(.up))
    let high = Int((log10(range.upperBound) + 1e-9).rounded(.down))
    let decades = max(0, high - low + 1)
    let labelled: Set<Int> = decades <= 1 ? [1, 2, 5] : decades == 2 && count > 4 ? [1, 3] : [1]
    let stride = max(1, (decades + count) / (count + 1))
    let allPlain = range.lowerBound >= 0.009 && range.upperBound <= 30_000
    var ticks: [Tick] = []
    for power in (low - 1)...(max(high, low - 1) + 1) {
      for digit in 1...9 {
        let position = value(Double(digit), power)
        guard position >= range.lowerBound * (1 - 1e-9), position <= range.upperBound * (1 + 1e-9) else { continue }
        if labelled.contains(digit) && (power - low) % stride == 0 {
          ticks.append(Tick(value: position, label: logarithmicLabel(digit, power, plain: allPlain)))
        } else if stride == 1 || digit == 1 {
          ticks.append(Tick(value: position, label: nil))
        }
      }
    }
    return ticks
  }

  private static func logarithmicLabel(_ digit: Int, _ power: Int, plain: Bool) -> NumberText {
    guard !plain else {
      return NumberText(mantissa: String(format: "%.\(max(0, -power))f", value(Double(digit), power)), exponent: nil)
    }
    return NumberText(mantissa: digit == 1 ? "" : String(digit), exponent: power)
  }
}
