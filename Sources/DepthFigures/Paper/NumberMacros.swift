import DepthRuns
public import Foundation

/// Numbers of the paper as TeX macros, each with the command that made it: `\newcommand{\BoundaryRadius}{0.1342}`.
///
/// The text cites `\BoundaryRadius` and never a number of its own.
public struct NumberMacros: Equatable, Sendable {
  /// One macro.
  public struct Entry: Equatable, Sendable {
    public let name: String
    /// TeX that works in text and in mathematics.
    public let tex: String
    public let source: String
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  /// Adds a number, rounded to `digits` significant digits.
  ///
  /// - Parameter source: the command that prints it.
  /// - Throws: `InputError.data` when the name is not of ASCII letters alone or taken, or the value is not finite.
  public mutating func add(_ name: String, _ value: Double, digits: Int = 4, source: String) throws {
    guard value.isFinite else {
      throw InputError.value(value, of: "number \(name)", allowed: "finite numbers", kind: .data)
    }
    guard (1...17).contains(digits) else {
      throw InputError.value(digits, of: "digits of \(name)", allowed: "1 to 17", kind: .data)
    }
    let text = NumberText(value, digits: digits).tex.dropFirst().dropLast()
    try append(name, "\\ensuremath{\(text)}", source)
  }

  /// Adds a whole number, in full.
  public mutating func add(_ name: String, _ value: Int, source: String) throws {
    try append(name, "\\ensuremath{\(value)}", source)
  }

  /// Adds a text, guarded against TeX's special characters.
  public mutating func add(_ name: String, _ text: String, source: String) throws {
    try append(name, TeXText.escaped(text), source)
  }

  /// The file's text: a comment and a macro for each entry, in order of addition.
  public var tex: String {
    let lines = entries.flatMap { ["% \(TeXText.comment($0.source))", "\\newcommand{\\\($0.name)}{\($0.tex)}"] }
    return (["% Written by `depth paper build`; do not edit."] + lines).joined(separator: "\n") + "\n"
  }

  /// Writes the file atomically.
  public func write(to url: URL) throws { try AtomicFile.write(tex, to: url) }

  private mutating func append(_ name: String, _ tex: String, _ source: String) throws {
    guard !name.isEmpty, name.allSatisfy({ $0.isASCII && $0.isLetter }) else {
      throw InputError.value("'\(name)'", of: "a macro's name", allowed: "ASCII letters only", kind: .data)
    }
    guard !entries.contains(where: { $0.name == name }) else {
      throw InputError.data("the macro \\\(name) is defined twice")
    }
    entries.append(Entry(name: name, tex: tex, source: source))
  }
}
