import DepthRuns
public import Foundation

/// Writes figures as LaTeX source: one `tikzpicture` with its data inline, ten digits a number.
///
/// The document needs `\usepackage{pgfplots}` with `\pgfplotsset{compat=1.16}` or later, and no library. Fonts and
/// their sizes are the document's. Not supported: more points than TeX's memory holds (some ten thousand).
public struct PgfplotsRenderer: Sendable {
  /// Of the whole picture, in points; the figure's own size where nil.
  public let width: Double?

  public init(width: Double? = nil) { self.width = width }

  /// The `tikzpicture`, to be read with `\input`.
  ///
  /// - Throws: `InputError.data` when a column is missing.
  public func source(_ figure: Figure) throws -> String {
    var sized = figure
    if let width { sized.width = width }
    return PgfplotsSource.text(try DrawnFigure(sized))
  }

  /// A document of its own that holds nothing but the picture.
  public func document(_ figure: Figure) throws -> String {
    """
    \\documentclass[border=2pt]{standalone}
    \\usepackage[T1]{fontenc}
    \\usepackage{lmodern}
    \\usepackage{pgfplots}
    \\pgfplotsset{compat=1.16}
    \\begin{document}
    \(try source(figure))\\end{document}

    """
  }

  /// Writes the `tikzpicture` atomically.
  public func write(_ figure: Figure, to url: URL) throws {
    try AtomicFile.write(source(figure), to: url)
  }
}
