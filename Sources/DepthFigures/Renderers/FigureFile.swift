import DepthRuns
public import Foundation

/// Writes a figure in the format that the file's ending names.
public enum FigureFile {
  public static let endings = ["png", "svg", "pdf", "tex"]

  /// Refuses what `write` would refuse of any figure, before there is one.
  ///
  /// - Throws: `InputError.usage` for another ending; `InputError.data` for a folder that is missing or may not be written
  ///   into, and for a missing gnuplot.
  public static func requireWritable(_ url: URL) throws {
    let ending = url.pathExtension.lowercased()
    guard endings.contains(ending) else {
      throw InputError.value(
        url.lastPathComponent, of: "the picture's file",
        allowed: "names ending in .\(endings.joined(separator: ", ."))")
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      throw InputError.data("the picture's file \(url.path) is a folder")
    }
    let folder = url.deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw InputError.data("the picture's folder \(folder) does not exist")
    }
    guard access(folder, W_OK) == 0 else { throw InputError.data("cannot write into the picture's folder \(folder)") }
    if ending != "tex" { try GnuplotRenderer().requireInstalled() }
  }

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
