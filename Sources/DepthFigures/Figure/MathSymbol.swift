/// A symbol of the theory in plain text ("delta_k", "E tau", "K(c)"), split so that it can be typeset.
///
/// Names of Greek letters become letters, `_x` a subscript, everything else stays.
struct MathSymbol {
  private struct Atom {
    var name: String
    var subscripted: String
  }

  private let atoms: [Atom]

  init(_ text: String) {
    var atoms: [Atom] = []
    var rest = Substring(text)
    while let first = rest.first {
      guard first.isLetter else {
        atoms.append(Atom(name: String(first), subscripted: ""))
        rest.removeFirst()
        continue
      }
      let name = rest.prefix { $0.isLetter }
      rest.removeFirst(name.count)
      var below = Substring()
      if rest.first == "_" {
        below = rest.dropFirst().prefix { $0.isLetter || $0.isNumber }
        rest.removeFirst(below.count + 1)
      }
      atoms.append(Atom(name: String(name), subscripted: String(below)))
    }
    self.atoms = atoms
  }

  var plain: String {
    atoms.map { (Self.greek[$0.name]?.letter ?? $0.name) + Self.lowered($0.subscripted) }.joined()
  }

  /// Enhanced text; letters slanted, but E and P, which are operators.
  var gnuplot: String {
    atoms.map { atom in
      let letter = Self.greek[atom.name]?.letter ?? GnuplotText.escaped(atom.name)
      let head = Self.isVariable(atom.name) ? "{/:Italic \(letter)}" : letter
      return atom.subscripted.isEmpty ? head : "\(head)_{\(GnuplotText.escaped(atom.subscripted))}"
    }.joined()
  }

  var tex: String {
    guard !atoms.isEmpty else { return "" }
    let body = atoms.map { atom in
      let head = Self.greek[atom.name].map { "\\\($0.tex) " } ?? (Self.isVariable(atom.name) ? atom.name : roman(atom))
      return atom.subscripted.isEmpty
        ? head : head.trimmed + "_{\(atom.subscripted == "inf" ? "\\infty" : atom.subscripted)}"
    }.joined()
    return "$\(body.trimmed)$"
  }

  private func roman(_ atom: Atom) -> String {
    switch atom.name {
    case "E", "P": "\\mathrm{\(atom.name)}"
    case " ": "\\,"
    default: atom.name
    }
  }

  private static func isVariable(_ name: String) -> Bool {
    name.first?.isLetter == true && name != "E" && name != "P"
  }

  /// Unicode subscripts where they exist, "_x" where they do not.
  private static func lowered(_ text: String) -> String {
    let letters: [Character: Character] = [
      "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈", "9": "₉", "i": "ᵢ",
      "j": "ⱼ", "k": "ₖ", "l": "ₗ", "m": "ₘ", "n": "ₙ",
    ]
    guard !text.isEmpty else { return "" }
    if text == "inf" { return "∞" }  // has no lowered form, but stands for itself
    let small = text.compactMap { letters[$0] }
    return small.count == text.count ? String(small) : "_" + text
  }

  private static let greek: [String: (letter: String, tex: String)] = [
    "alpha": ("α", "alpha"), "beta": ("β", "beta"), "gamma": ("γ", "gamma"), "delta": ("δ", "delta"),
    "Delta": ("Δ", "Delta"), "eps": ("ε", "varepsilon"), "lambda": ("λ", "lambda"), "Lambda": ("Λ", "Lambda"),
    "mu": ("μ", "mu"), "pi": ("π", "pi"), "rho": ("ρ", "rho"), "sigma": ("σ", "sigma"), "tau": ("τ", "tau"),
  ]
}

extension String {
  /// Without spaces at either end.
  var trimmed: String {
    let head = drop { $0 == " " }
    return String(head.reversed().drop { $0 == " " }.reversed())
  }
}
