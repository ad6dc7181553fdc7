import DepthRuns

/// A text of a figure: words, a symbol of the theory and a unit, typeset by each renderer in its own way.
public struct FigureLabel: Equatable, Sendable, ExpressibleByStringLiteral {
  public let words: String
  /// As in `Vocabulary`: "delta_k", "E tau".
  public let symbol: String
  public let unit: String

  public init(_ words: String, symbol: String = "", unit: String = "") {
    self.words = words
    self.symbol = symbol
    self.unit = unit
  }

  public init(stringLiteral words: String) { self.init(words) }

  /// The vocabulary's label, symbol and unit of a column; the column's own name where it has none.
  public init(column: String) {
    guard let term = Vocabulary.terms.first(where: { $0.key == column }) else {
      self.init(String(column.map { $0 == "_" ? " " : $0 }))
      return
    }
    self.init(term.label, symbol: term.symbol, unit: term.unit)
  }

  /// Unicode text: "gain envelope δₖ [loss]".
  public var plain: String { joined(words, MathSymbol(symbol).plain, unit.isEmpty ? "" : "[\(unit)]") }

  /// Gnuplot's enhanced text, without quotes.
  var gnuplot: String {
    joined(
      GnuplotText.escaped(words), MathSymbol(symbol).gnuplot, unit.isEmpty ? "" : "[\(GnuplotText.escaped(unit))]")
  }

  /// LaTeX text with the symbol in mathematics.
  var tex: String {
    joined(TeXText.escaped(words), MathSymbol(symbol).tex, unit.isEmpty ? "" : "[\(TeXText.escaped(unit))]")
  }

  private func joined(_ parts: String...) -> String { parts.filter { !$0.isEmpty }.joined(separator: " ") }
}
