import DepthRuns
import Testing

@testable import DepthFigures

@Suite struct BrailleRendererTests {
  @Test func dotsStandWhereUnicodePutsThem() {
    var canvas = BrailleCanvas(columns: 1, rows: 1)
    canvas.set(0, 0, .blue)
    #expect(canvas.text(row: 0, color: false) == "⡀")
    canvas.set(1, 3, .blue)
    #expect(canvas.text(row: 0, color: false) == "⡈")
    for x in 0..<2 { for y in 0..<4 { canvas.set(x, y, .blue) } }
    #expect(canvas.text(row: 0, color: false) == "⣿")
  }

  @Test func dotsOutsideAndEndlessLinesAreLeftOut() {
    var canvas = BrailleCanvas(columns: 2, rows: 1)
    canvas.set(-1, 0, .blue)
    canvas.set(0, 99, .blue)
    canvas.line(from: Point(x: 0, y: 0), to: Point(x: .infinity, y: 0), .blue)
    #expect(canvas.text(row: 0, color: false) == "⠀⠀")
    canvas.line(from: Point(x: -1e9, y: 0), to: Point(x: 1e9, y: 0), .blue)
    #expect(canvas.text(row: 0, color: false).count == 2)
  }

  @Test func aRisingLineFillsTheDiagonal() throws {
    let table = Tables.of("t", ("x", [0, 1]), ("y", [0, 1]))
    let panel = Panel(
      x: Axis("across", range: 0...1), y: Axis("up", range: 0...1), layers: [Layer(.line(x: "x", y: "y"), of: table)])
    let lines = try BrailleRenderer(columns: 40, rows: 12, color: false).render(Figure([panel], summary: ""))
      .split(separator: "\n")
    let rows = lines.dropFirst().prefix(8).map { $0.drop { $0 != "│" && $0 != "┤" }.dropFirst() }
    let firstDots = rows.map { row in row.enumerated().first { $0.element != "⠀" }?.offset ?? -1 }
    #expect(firstDots == firstDots.sorted(by: >), "each row further up begins further right")
    #expect(firstDots.last == 0)
    #expect(lines.first == "up")
    #expect(lines.contains { $0.hasSuffix("across") })
  }

  @Test func keepsToTheWidthAndToPlainTextWithoutColour() throws {
    let figures = [
      try Figures.haltingLaw(Tables.haltingLaw), try Figures.depthLimit(Tables.depthLimit),
      try Figures.objectiveAgainstCost(Tables.objective),
    ]
    for figure in figures {
      for columns in [40, 80, 133] {
        let text = try BrailleRenderer(columns: columns, rows: 16, color: false).render(figure)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= columns }, "\(columns)")
        #expect(!text.contains("\u{1B}"))
      }
    }
  }

  @Test func colourIsSwitchedOffAtTheEndOfALine() throws {
    let text = try BrailleRenderer(columns: 60, rows: 12, color: true).render(Figures.haltingLaw(Tables.haltingLaw))
    #expect(text.contains("\u{1B}[38;2;0;114;178m"))
    for line in text.split(separator: "\n") where line.contains("\u{1B}") {
      let last = line.components(separatedBy: "\u{1B}").last ?? ""
      #expect(last.hasPrefix("[0m"))
    }
  }
}
