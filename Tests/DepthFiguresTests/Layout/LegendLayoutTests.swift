import DepthRuns
import Testing

@testable import DepthFigures

@Suite struct LegendLayoutTests {
  private func place(_ x: [Double], _ y: [Double], legend: LegendPlacement = .automatic) throws -> LegendLayout.Place? {
    let table = Tables.of("curve", ("x", x), ("y", y))
    let panel = Panel(x: Axis("x"), y: Axis("y"), layers: [Layer(.line(x: "x", y: "y"), of: table, label: "curve")])
    let drawn = try DrawnFigure(Figure([panel], legend: legend, summary: ""))
    return LegendLayout(drawn, axesWidth: 400, axesHeight: 240).place
  }

  @Test func takesTheFirstCornerWithoutData() throws {
    #expect(try place([0, 1], [1, 0]) == .corner(right: true, top: true))
    #expect(try place([0, 1], [0, 1]) == .corner(right: false, top: true))
    #expect(try place([0, 1, 2], [1, 0, 1]) == .corner(right: true, top: false))
    #expect(try place([0, 0.5, 1], [1, 1, 0.99], legend: .bottomLeft) == .corner(right: false, top: false))
  }

  @Test func aLineBetweenItsPointsCountsAsCover() throws {
    // Both top corners hold no point, but the polygon passes through all four corners.
    let around = try place([0, 1, 1, 0, 0], [0, 0, 1, 1, 0])
    #expect(around == .below(rows: [[(entry: 0, offset: 0)]]))
  }

  @Test func hiddenAndUnlabelledFiguresHaveNone() throws {
    #expect(try place([0, 1], [1, 0], legend: .hidden) == nil)
  }

  @Test func rowsHoldEveryEntryOnceWithinTheCanvas() throws {
    let table = Tables.of("curve", ("x", [0, 1]), ("y", [0, 1]))
    let layers = (0..<9).map {
      Layer(.line(x: "x", y: "y"), of: table, label: FigureLabel("a rule with number \($0)"), style: .series($0))
    }
    let drawn = try DrawnFigure(
      Figure([Panel(x: Axis("x"), y: Axis("y"), layers: layers)], legend: .below, summary: ""))
    let layout = LegendLayout(drawn, axesWidth: 400, axesHeight: 240)
    guard case .below(let rows)? = layout.place else {
      Issue.record("no legend below")
      return
    }
    #expect(rows.flatMap { $0.map(\.entry) } == Array(0..<9))
    #expect(rows.allSatisfy { row in row.allSatisfy { abs($0.offset) < drawn.width / 2 } })
    #expect(layout.heightBelow == Double(rows.count) * LegendLayout.lineHeight + 10)
  }
}
