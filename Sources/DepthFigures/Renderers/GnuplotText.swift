import Foundation

/// Texts for gnuplot's enhanced mode.
enum GnuplotText {
  /// Guards the characters that enhanced mode reads as markup; line breaks become spaces.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      if "{}^_@&~\\".contains(character) { result.append("\\") }
      result.append(character.isNewline ? " " : character)
    }
    return result
  }

  /// In single quotes, in which only the quote itself needs care.
  static func quoted(_ enhanced: String) -> String {
    "'" + enhanced.replacingOccurrences(of: "'", with: "''") + "'"
  }
}
