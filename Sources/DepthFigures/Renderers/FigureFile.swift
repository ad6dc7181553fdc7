import DepthRuns
public import Foundation

/// Writes a figure in the format that the file's ending names.
public enum FigureFile {
  public static let endings = ["png", "svg", "pdf", "tex"]

  /// - Throws: `InputError` for another ending, a missing column or a failed gnuplot.
  public static func write(_ figure: Figure, to url: URL) throws {
    switch url.pathExtension.lowercased() {
    case "png", "svg", "pdf": try GnuplotRenderer().write(figure, to: url)
    case "tex": try PgfplotsRenderer().write(figure, to: url)
    default:
      throw InputError.value(
        "'\(url.lastPathComponent)'", of: "the picture's file",
        allowed: "names ending in .\(endings.joined(separator: ", ."))")
    }
  }
}
