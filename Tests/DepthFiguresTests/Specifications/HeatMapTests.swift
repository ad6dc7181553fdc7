import DepthRuns
import Foundation
import Testing

@testable import DepthFigures

@Suite struct HeatMapTests {
  /// z = x y on 1, 10, 100 by 1, 2, one value missing.
  private let table = Tables.of(
    "map", ("running_cost", [1, 10, 100, 1, 10, 100]), ("noise", [1, 1, 1, 2, 2, 2]),
    ("value", [1, 10, 100, 2, 20, .nan]))

  private func figure() throws -> Figure {
    try Figures.heatMap(
      table, x: "running_cost", y: "noise", z: "value", logarithmicX: true, logarithmicZ: true)
  }

  @Test func rectanglesReachHalfwayAndFillTheAxes() throws {
    let panel = try DrawnFigure(figure()).panels[0]
    let tiles = panel.layers[0].tiles
    #expect(tiles.count == 5)
    let first = try #require(tiles.first)
    #expect(abs(first.left - pow(10, -0.5)) < 1e-12 && abs(first.right - pow(10, 0.5)) < 1e-12)
    #expect(first.bottom == 0.5 && first.top == 1.5)
    #expect(abs(panel.x.range.upperBound / pow(10, 2.5) - 1) < 1e-12 && panel.y.range == 0.5...2.5)
    // logarithmic colours over 1...100
    #expect(zip(tiles.map(\.shade), [0, 0.5, 1, log10(2) / 2, log10(20) / 2]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func scatteredValuesGetSmallSquares() throws {
    let scattered = Tables.of("map", ("x", [0, 1, 2, 3]), ("y", [3, 0, 2, 1]), ("z", [1, 2, 3, 4]))
    let tiles = try DrawnFigure(Figures.heatMap(scattered, x: "x", y: "y", z: "z")).panels[0].layers[0].tiles
    #expect(tiles.count == 4 && tiles.allSatisfy { abs($0.right - $0.left - 0.06) < 1e-12 })
  }

  @Test func panelsShareOneColourAxis() throws {
    let facets = Tables.of(
      "map", ("x", [0, 1, 0, 1]), ("y", [0, 0, 0, 0]), ("z", [0, 1, 2, 4]), ("g", [1, 1, 2, 2]))
    let drawn = try DrawnFigure(Figures.heatMap(facets, x: "x", y: "y", z: "z", facet: "g"))
    #expect(drawn.panels.map { $0.layers[0].tiles.map(\.shade) } == [[0, 0.25], [0.5, 1]])
    #expect(drawn.color?.range == 0...4)
  }

  @Test func everyMediumDrawsIt() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("heat-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for ending in ["png", "svg", "tex"] {
      try FigureFile.write(figure(), to: folder.appendingPathComponent("map.\(ending)"))
    }
    let svg = String(decoding: try Data(contentsOf: folder.appendingPathComponent("map.svg")), as: UTF8.self)
    // gnuplot sets the symbol in a span of its own
    #expect(svg.contains(">value <") && svg.contains(">V<"))
    let tex = String(decoding: try Data(contentsOf: folder.appendingPathComponent("map.tex")), as: UTF8.self)
    #expect(tex.contains("graphics[xmin=0.316227766, xmax=316.227766, ymin=0.5, ymax=2.5] {map-0.png}"))
    let tiles = try Data(contentsOf: folder.appendingPathComponent("map-0.png"))
    #expect([UInt8](tiles.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
    let text = try BrailleRenderer(columns: 60, color: false).render(figure())
    #expect(text.contains("⣿") && text.contains("value V"))
    // the missing rectangle, the upper right one, stays blank
    let rows = text.split(separator: "\n").dropFirst()
    #expect(rows.first?.last == "\u{2800}" && rows.first?.contains { $0 != "\u{2800}" && $0 != " " } == true)
    #expect(try BrailleRenderer(color: true).render(figure()).contains("\u{1B}[38;2;253;231;37m"))
  }

  @Test func nothingToColourIsSaid() {
    let empty = Tables.of("map", ("x", [0, 1]), ("y", [0, 1]), ("z", [.nan, .nan]))
    #expect(throws: InputError.self) { try Figures.heatMap(empty, x: "x", y: "y", z: "z") }
    #expect(throws: InputError.self) { try Figures.heatMap(empty, x: "x", y: "y", z: "zz") }
  }
}
