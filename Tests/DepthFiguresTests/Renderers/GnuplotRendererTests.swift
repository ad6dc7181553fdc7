import DepthRuns
import Foundation
import Testing

@testable import DepthFigures

@Suite struct GnuplotRendererTests {
  private let renderer = GnuplotRenderer()

  @Test(arguments: [GnuplotRenderer.Format.png, .svg]) func equalFiguresGiveEqualBytes(_ format: GnuplotRenderer.Format)
    throws
  {
    let first = try renderer.render(Figures.haltingLaw(Tables.haltingLaw), as: format)
    let second = try renderer.render(Figures.haltingLaw(Tables.haltingLaw), as: format)
    #expect(first == second)
    #expect(first.count > 1000)
  }

  @Test func formatsAreWhatTheyAreCalled() throws {
    let figure = try Figures.depthLimit(Tables.depthLimit)
    let png = try renderer.render(figure, as: .png)
    #expect([UInt8](png.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
    // Width of the picture in the PNG header: three pixels a point.
    #expect(png[16..<20].reduce(0) { $0 << 8 | Int($1) } == 1320)
    #expect(try renderer.render(figure, as: .pdf).starts(with: Data("%PDF".utf8)))
    #expect(String(decoding: try renderer.render(figure, as: .svg), as: UTF8.self).contains("viewBox=\"0 0 440 290\""))
  }

  @Test func svgNamesEachLegendEntryOnce() throws {
    let svg = String(
      decoding: try renderer.render(Figures.haltingLaw(Tables.haltingLaw), as: .svg), as: UTF8.self)
    for label in ["observed", "predicted, empirical kernel", "predicted, diffusion"] {
      #expect(svg.count(of: label) == 1, "\(label)")
    }
    #expect(svg.contains("probability P"))
  }

  @Test func textsWithMarkupAndQuotesArriveAsTheyAre() throws {
    let table = Tables.of("t", ("x", [0, 1]), ("y", [0, 1]))
    let layer = Layer(.line(x: "x", y: "y"), of: table, label: "it's a_b {c} \\d \"e\" $f")
    let figure = Figure([Panel(x: Axis("50% @home"), y: Axis("^y"), layers: [layer])], summary: "")
    let svg = String(decoding: try renderer.render(figure, as: .svg), as: UTF8.self)
    let words = svg.replacingOccurrences(of: "<[^>]*>", with: "", options: .regularExpression)
      .replacingOccurrences(of: "&quot;", with: "\"")
    #expect(words.contains("it's a_b {c} \\d \"e\" $f"))
    #expect(words.contains("50% @home"))
    #expect(words.contains("^y"))
  }

  @Test func aFigureWithoutDataStillDrawsItsAxes() throws {
    let empty = Tables.of("t", ("x", []), ("y", [Double]()))
    let panel = Panel(
      x: Axis("across"), y: Axis("up", scale: .logarithmic), layers: [Layer(.line(x: "x", y: "y"), of: empty)])
    let svg = String(decoding: try renderer.render(Figure([panel], summary: ""), as: .svg), as: UTF8.self)
    #expect(svg.contains("across"))
  }

  @Test func aMissingGnuplotIsSaidInOneLine() throws {
    let figure = try Figures.depthLimit(Tables.depthLimit)
    let absent = GnuplotRenderer(executable: "no-such-gnuplot")
    #expect(
      throws: InputError.data("no-such-gnuplot is not installed; on Debian: apt-get install gnuplot-nox")
    ) { try absent.render(figure, as: .svg) }
  }

  @Test func aFailingGnuplotIsSaidInOneLine() throws {
    let figure = try Figures.depthLimit(Tables.depthLimit)
    #expect(throws: InputError.data("gnuplot failed: it said nothing")) {
      try GnuplotRenderer(executable: "/bin/false").render(figure, as: .svg)
    }
  }

  @Test func filesAreWrittenWholeAndEndingsChecked() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("figures-\(UUID().uuidString)")
    try AtomicFile.makeFolder(folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let figure = try Figures.depthLimit(Tables.depthLimit)
    for ending in ["svg", "PNG", "tex"] {
      try FigureFile.write(figure, to: folder.appendingPathComponent("a.\(ending)"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.PNG", "a.svg", "a.tex"])
    #expect(throws: InputError.self) { try FigureFile.write(figure, to: folder.appendingPathComponent("a.bmp")) }
  }
}
