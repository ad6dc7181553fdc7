/// Estimated widths of text in DejaVu Sans, so that a layout needs no font library: good to a tenth.
enum TextWidth {
  /// In the unit of `size`.
  static func of(_ text: String, size: Double) -> Double {
    size * text.reduce(0) { $0 + width($1) }
  }

  private static func width(_ character: Character) -> Double {
    switch character {
    case "i", "j", "l", "'", "|": 0.28
    case "f", "t", "r", "I", "(", ")", "[", "]", " ", ".", ",", ":", ";", "/", "-", "·": 0.38
    case "m", "w", "M", "W", "−", "=", "+", "<", ">": 0.85
    case "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁻", "ₖ", "₀", "₁", "₂": 0.52
    default: character.isUppercase ? 0.7 : 0.61
    }
  }
}
