import DepthRuns
public import Foundation

/// Writes figures as LaTeX source: one `tikzpicture` with its data inline, ten digits a number; heat maps as pictures.
///
/// The document needs `\usepackage{pgfplots}` with `\pgfplotsset{compat=1.16}` or later, and no library. Fonts and
/// their sizes are the document's. Not supported: more points than TeX's memory holds (some ten thousand).
public struct PgfplotsRenderer: Sendable {
  /// Of the whole picture, in points; the figure's own size where nil.
  public let width: Double?

  public init(width: Double? = nil) { self.width = width }

  /// The `tikzpicture`, to be read with `\input`.
  ///
  /// - Parameter pictureStem: tiles of panel n are read from the picture `STEM-n.png`, which `write` makes.
  /// - Throws: `InputError.data` when a column is missing.
  public func source(_ figure: Figure, pictureStem: String = "tiles") throws -> String {
    PgfplotsSource.text(try drawn(figure), pictureStem: pictureStem)
  }

  private func drawn(_ figure: Figure) throws -> DrawnFigure {
    var sized = figure
    if let width { sized.width = width }
    return try DrawnFigure(sized)
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

  /// Writes the `tikzpicture` atomically, and beside it the tiles of each panel as a picture, drawn by gnuplot: thousands
  /// of rectangles are more than TeX's memory holds.
  ///
  /// A document in another folder finds the pictures by `\graphicspath`.
  public func write(_ figure: Figure, to url: URL) throws {
    let stem = url.deletingPathExtension().lastPathComponent
    let drawn = try drawn(figure)
    for (index, panel) in drawn.panels.enumerated() where panel.hasTiles {
      let picture = try GnuplotRenderer().tiles(of: panel)
      try AtomicFile.write(picture, to: url.deletingLastPathComponent().appendingPathComponent("\(stem)-\(index).png"))
    }
    try AtomicFile.write(PgfplotsSource.text(drawn, pictureStem: stem), to: url)
  }
}
