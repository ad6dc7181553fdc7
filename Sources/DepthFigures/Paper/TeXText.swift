/// Plain text for LaTeX.
enum TeXText {
  /// Guards TeX's special characters; line breaks become spaces.
  static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "\\": "\\textbackslash{}"
      case "{", "}", "$", "&", "#", "_", "%": "\\\(character)"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "<": "\\textless{}"
      case ">": "\\textgreater{}"
      case "−": "$-$"
      default: character.isNewline ? " " : String(character)
      }
    }.joined()
  }

  /// One line for a comment.
  static func comment(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }
}
