/// Bad input from outside: one clear line that says what, where and what is allowed.
///
/// A broken precondition of a caller in Swift is a `precondition` instead; a computation that found no
/// usable answer throws its own error.
public struct InputError: Error, CustomStringConvertible, Equatable, Sendable {
  /// Who has to mend it, and so the exit code of the command.
  public enum Kind: Int32, Sendable {
    /// The command line itself: an unknown name, a value out of range (exit 64).
    case usage = 64
    /// A file, its contents or a folder (exit 65).
    case data = 65
  }

  public let kind: Kind
  public let description: String

  public static func usage(_ message: String) -> InputError { InputError(kind: .usage, description: line(message)) }
  public static func data(_ message: String) -> InputError { InputError(kind: .data, description: line(message)) }

  /// Names and excerpts from files may hold line ends.
  private static func line(_ message: String) -> String {
    message.contains(where: \.isNewline) ? String(message.map { $0.isNewline ? " " : $0 }) : message
  }

  /// "`key` is `value`; allowed: `allowed`".
  public static func value(
    _ value: some CustomStringConvertible, of key: String, allowed: String, kind: Kind = .usage
  ) -> InputError {
    InputError(kind: kind, description: "\(key) is \(value); allowed: \(allowed)")
  }

  /// The same, with where it happened in front.
  public func at(_ place: String) -> InputError {
    InputError(kind: kind, description: Self.line("\(place): \(description)"))
  }

  /// The known name that a slip of the fingers may have meant; nil where none is near.
  static func nearest(to name: String, among known: [String]) -> String? {
    let nearest = known.min { editDistance($0, name) < editDistance($1, name) }
    return nearest.flatMap { editDistance($0, name) <= max(2, name.count / 3) ? $0 : nil }
  }

  /// An unknown name, with the nearest known one if it looks like a slip of the fingers.
  public static func unknown(_ name: String, kindOfName: String, known: [String]) -> InputError {
    let hint = nearest(to: name, among: known).map { " (did you mean \($0)?)" }
    return .usage(
      "unknown \(kindOfName) '\(name)'\(hint ?? ""); allowed: \(known.joined(separator: ", "))")
  }
}

/// Levenshtein's distance, O(len(a) len(b)); for hints in messages only.
func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substituted = diagonal + (b[j] == x ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
    }
  }
  return row[b.count]
}
