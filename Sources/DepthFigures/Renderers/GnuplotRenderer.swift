import DepthRuns
public import Foundation

/// Draws figures with `gnuplot` (5.2 or later, with its cairo terminals) as a child process; no shell takes part.
///
/// Text is set in DejaVu Sans, which Debian's `gnuplot-nox` brings along. Equal figures give equal PNG and SVG
/// bytes under one version of gnuplot and its fonts; a PDF carries its date.
public struct GnuplotRenderer: Sendable {
  public enum Format: String, CaseIterable, Sendable {
    case png, svg, pdf
  }

  /// A path, or a name that is looked up in `PATH`.
  public let executable: String

  public init(executable: String = "gnuplot") { self.executable = executable }

  /// The picture's bytes.
  ///
  /// - Throws: `InputError.data` when a column is missing, gnuplot is missing, or gnuplot fails (with its words).
  public func render(_ figure: Figure, as format: Format) throws -> Data {
    let drawn = try DrawnFigure(figure)
    let output = try run(GnuplotScript.text(drawn, terminal: Self.terminal(format, drawn)))
    guard format == .svg else { return output }
    return Data(Self.withFallbackFonts(String(decoding: output, as: UTF8.self)).utf8)
  }

  /// Draws into a file, atomically; its ending chooses the format.
  public func write(_ figure: Figure, to url: URL) throws {
    guard let format = Format(rawValue: url.pathExtension.lowercased()) else {
      throw InputError.value(
        "'\(url.lastPathComponent)'", of: "the picture's file", allowed: "names ending in .png, .svg or .pdf")
    }
    try AtomicFile.write(render(figure, as: format), to: url)
  }

  /// A panel's tiles alone, edge to edge, as PNG; `pixels` along the longer side.
  func tiles(of panel: DrawnFigure.Panel, pixels: Int = 1200) throws -> Data {
    let terminal = "set terminal pngcairo size \(pixels),\(pixels * 2 / 3) background '#FFFFFF'"
    return try run(GnuplotScript.tiles(panel, terminal: terminal))
  }

  private static func terminal(_ format: Format, _ figure: DrawnFigure) -> String {
    let width = figure.width
    let height = figure.height
    let common = "font 'DejaVu Sans,10' background '#FFFFFF'"
    switch format {
    case .png:
      // Three pixels a point (216 per inch) stay sharp on paper and on dense screens.
      let scales = "fontscale 2.25 linewidth 3 dashlength 1.6 pointscale 2.6"
      return "set terminal pngcairo size \(Int(width * 3)),\(Int(height * 3)) \(common) \(scales)"
    case .svg:
      return "set terminal svg size \(Int(width)),\(Int(height)) fixed enhanced \(common) linewidth 1"
    case .pdf:
      let size = "\(NumberText.data(width / 72))in,\(NumberText.data(height / 72))in"
      return "set terminal pdfcairo size \(size) enhanced \(common) fontscale 0.75 linewidth 2 dashlength 1.6"
    }
  }

  /// A browser without DejaVu Sans takes a font of similar width.
  private static func withFallbackFonts(_ svg: String) -> String {
    svg.replacingOccurrences(
      of: "font-family=\"DejaVu Sans\"", with: "font-family=\"DejaVu Sans, Verdana, sans-serif\"")
  }

  // MARK: Child process

  private func run(_ script: String) throws -> Data {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("figure-\(UUID().uuidString).gnuplot")
    defer { unlink(file.path) }
    try AtomicFile.write(script, to: file)
    // -d: the user's own start-up files must not change a figure
    let process = try ChildProcess(locate().path, ["-d", file.path], environment: ["LC_ALL": "C.UTF-8"])
    guard process.code == 0, !process.output.isEmpty else {
      throw InputError.data("gnuplot failed: \(Self.reason(process.messages, file.path))")
    }
    return process.output
  }

  /// The last line of gnuplot's messages, which names the error, without the temporary file's name.
  private static func reason(_ messages: String, _ path: String) -> String {
    let lines = messages.replacingOccurrences(of: "\"\(path)\" ", with: "")
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    return lines.last ?? "it said nothing"
  }

  /// - Throws: `InputError.data` when gnuplot is missing.
  public func requireInstalled() throws { _ = try locate() }

  private func locate() throws -> URL {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    let candidates = executable.contains("/") ? [executable] : folders.map { "\($0)/\(executable)" }
    guard let path = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
      throw InputError.data("\(executable) is not installed; on Debian: apt-get install gnuplot-nox")
    }
    return URL(fileURLWithPath: path)
  }
}
