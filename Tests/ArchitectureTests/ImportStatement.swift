import Foundation

/// One `import` of a Swift file.
struct ImportStatement: Equatable, Sendable {
  let module: String
  /// "internal", "public", ... as written; nil without one.
  let access: String?
  let attributes: [String]

  /// C types behind such an import cannot reach a public signature.
  var isHidden: Bool {
    attributes.contains("@_implementationOnly") || ["internal", "private", "fileprivate"].contains(access ?? "")
  }

  /// Every import of a file's text, in order. Comments and multi-line strings do not count.
  static func all(in source: String) -> [ImportStatement] {
    code(source).split(whereSeparator: { $0.isNewline || $0 == ";" }).compactMap { statement($0) }
  }

  private static func statement(_ line: Substring) -> ImportStatement? {
    var words = line.split(whereSeparator: \.isWhitespace).map(String.init)[...]
    var attributes: [String] = []
    while let word = words.first, word.hasPrefix("@") {
      attributes.append(word)
      words.removeFirst()
    }
    var access: String?
    if let word = words.first, ["public", "package", "internal", "fileprivate", "private"].contains(word) {
      access = word
      words.removeFirst()
    }
    guard words.popFirst() == "import" else { return nil }
    if let word = words.first, kinds.contains(word), words.count > 1 { words.removeFirst() }
    guard let path = words.first, let module = path.split(separator: ".").first else { return nil }
    return ImportStatement(module: String(module), access: access, attributes: attributes)
  }

  private static let kinds: Set<String> = [
    "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
  ]

  /// The text without comments and without what stands between triple quotes.
  static func code(_ source: String) -> String {
    var text = source
    for pattern in ["(?s)\"\"\".*?\"\"\"", "(?s)/\\*.*?\\*/", "//[^\\n]*"] {
      text = text.replacingOccurrences(of: pattern, with: " ", options: .regularExpression)
    }
    return text
  }
}
