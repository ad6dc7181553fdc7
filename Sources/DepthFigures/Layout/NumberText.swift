import Foundation

/// A number as people read it: a decimal, or a mantissa and a power of ten.
struct NumberText: Equatable, Sendable {
  /// "2.5"; empty in front of a bare power of ten. With an ASCII minus.
  let mantissa: String
  let exponent: Int?

  init(mantissa: String, exponent: Int?) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// `digits` significant digits; a power of ten below 0.001 and from 10^6 on. Zeros at the end are dropped.
  init(_ value: Double, digits: Int) {
    precondition((1...17).contains(digits) && value.isFinite, "cannot write \(value) with \(digits) digits")
    let scientific = String(format: "%.\(digits - 1)e", value).split(separator: "e")
    let exponent = Int(scientific[1]) ?? 0
    if value == 0 {
      self.init(mantissa: "0", exponent: nil)
    } else if exponent < -3 || exponent >= 6 {
      self.init(mantissa: Self.withoutTrailingZeros(String(scientific[0])), exponent: exponent)
    } else {
      let text = String(format: "%.\(max(0, digits - 1 - exponent))f", value)
      self.init(mantissa: Self.withoutTrailingZeros(text), exponent: nil)
    }
  }

  /// "−2.5·10⁻³".
  var plain: String {
    let raised = exponent.map { "10" + String(String($0).map { Self.superscripts[$0] ?? $0 }) }
    return [mantissa.replacingOccurrences(of: "-", with: "−"), raised ?? ""].filter { !$0.isEmpty }
      .joined(separator: "·")
  }

  var gnuplot: String {
    let raised = exponent.map { "10^{\($0)}".replacingOccurrences(of: "-", with: "−") }
    return [mantissa.replacingOccurrences(of: "-", with: "−"), raised ?? ""].filter { !$0.isEmpty }
      .joined(separator: "·")
  }

  /// With dollars, for text mode.
  var tex: String {
    let raised = exponent.map { "10^{\($0)}" }
    return "$" + [mantissa, raised ?? ""].filter { !$0.isEmpty }.joined(separator: "\\cdot ") + "$"
  }

  /// Ten significant digits, as plotting programs read them: "0.1341610341", "1e-07".
  static func data(_ value: Double) -> String {
    value == 0 ? "0" : String(format: "%.10g", value)
  }

  private static func withoutTrailingZeros(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var result = Substring(text)
    while result.last == "0" { result.removeLast() }
    if result.last == "." { result.removeLast() }
    return String(result)
  }

  private static let superscripts: [Character: Character] = [
    "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
  ]
}
