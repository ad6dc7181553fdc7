/// What is wrong with a text, and at which character, counted from 1.
struct ExpressionSyntaxError: Error {
  let column: Int
  let message: String
}

/// One word of an expression.
struct ExpressionToken {
  enum Kind: Equatable {
    case number(Double)
    case name(String)
    /// An operator, a parenthesis or a comma; `**` is read as `^`.
    case symbol(String)
    case end
  }

  let kind: Kind
  let column: Int

  /// As a message shows it.
  var description: String {
    switch kind {
    case .number(let value): "the number \(value)"
    case .name(let name): "'\(ExpressionToken.shortened(name))'"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the end"
    }
  }

  static func shortened(_ text: String) -> String { text.count <= 40 ? text : text.prefix(37) + "..." }
}

/// Cuts a text into words.
struct ExpressionLexer {
  private let characters: [Character]
  private var position = 0

  /// Every word of the text, the last one `.end`.
  static func tokens(of text: String) throws(ExpressionSyntaxError) -> [ExpressionToken] {
    var lexer = ExpressionLexer(characters: Array(text))
    var tokens: [ExpressionToken] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private init(characters: [Character]) { self.characters = characters }

  private var current: Character? { position < characters.count ? characters[position] : nil }
  private func following(_ offset: Int) -> Character? {
    position + offset < characters.count ? characters[position + offset] : nil
  }

  private mutating func next() throws(ExpressionSyntaxError) -> ExpressionToken {
    while let character = current, character.isWhitespace { position += 1 }
    let column = position + 1
    guard let character = current else { return ExpressionToken(kind: .end, column: column) }
    if Self.isDigit(character) || (character == "." && following(1).map(Self.isDigit) == true) {
      return ExpressionToken(kind: .number(try number(at: column)), column: column)
    }
    if character.isLetter || character == "_" {
      return ExpressionToken(kind: .name(take { $0.isLetter || $0.isNumber || $0 == "_" }), column: column)
    }
    return ExpressionToken(kind: .symbol(try symbol(character, at: column)), column: column)
  }

  private mutating func take(while belongs: (Character) -> Bool) -> String {
    let start = position
    while let character = current, belongs(character) { position += 1 }
    return String(characters[start..<position])
  }

  /// Digits with at most one point, then perhaps an exponent; a letter or a second point must not follow.
  private mutating func number(at column: Int) throws(ExpressionSyntaxError) -> Double {
    let start = position
    var points = 0
    while let character = current, Self.isDigit(character) || character == "." {
      points += character == "." ? 1 : 0
      position += 1
    }
    if current == "e" || current == "E" {
      let sign = following(1) == "+" || following(1) == "-" ? 1 : 0
      // 2e is no number, and e stays Euler's number: 2*e is how the product is written.
      if following(1 + sign).map(Self.isDigit) == true {
        position += 1 + sign
        _ = take(while: Self.isDigit)
      }
    }
    let text = String(characters[start..<position])
    guard points <= 1, current != ".", let value = Double(text) else {
      throw ExpressionSyntaxError(
        column: column, message: "the number '\(ExpressionToken.shortened(text))' is malformed")
    }
    guard value.isFinite else {
      throw ExpressionSyntaxError(
        column: column, message: "the number \(ExpressionToken.shortened(text)) is too large for a double")
    }
    return value
  }

  private mutating func symbol(_ character: Character, at column: Int) throws(ExpressionSyntaxError) -> String {
    let pair = following(1).map { String([character, $0]) } ?? ""
    if pair == "**" {
      position += 2
      return "^"
    }
    if ["<=", ">=", "==", "!="].contains(pair) {
      position += 2
      return pair
    }
    if "+-*/^(),<>".contains(character) {
      position += 1
      return String(character)
    }
    let advice =
      switch character {
      case "=": "equality is written =="
      case "[", "]", "{", "}": "only ( and ) group"
      case "&", "|", "!": "conditions are combined by * (and) and max (or)"
      case "\u{2212}", "\u{2013}": "the minus sign is written -"
      case "\u{00B7}", "\u{00D7}": "multiplication is written *"
      default: "allowed: numbers, names, + - * / ^ ( ) , < <= > >= == !="
      }
    throw ExpressionSyntaxError(column: column, message: "unexpected \(Self.printable(character)); \(advice)")
  }

  private static func printable(_ character: Character) -> String {
    let isPlain = character.unicodeScalars.allSatisfy { !$0.properties.generalCategory.isControl }
    let codes = character.unicodeScalars.map { "U+" + String($0.value, radix: 16, uppercase: true) }
    return isPlain ? "'\(character)'" : codes.joined(separator: " ")
  }

  private static func isDigit(_ character: Character) -> Bool {
    character >= "0" && character <= "9" && character.isASCII
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isControl: Bool {
    switch self {
    case .control, .format, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }
}
