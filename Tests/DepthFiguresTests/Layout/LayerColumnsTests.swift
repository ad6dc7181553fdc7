import DepthRuns
import Testing

@testable import DepthFigures

@Suite struct LayerColumnsTests {
  private func drawn(_ mark: Layer.Mark, _ table: Table, y: Axis.Scale = .linear) throws -> DrawnLayer {
    try LayerColumns(Layer(mark, of: table), x: .linear, y: y).drawn(x: 0...10, y: 1...8)
  }

  @Test func aMissingValueBreaksALine() throws {
    let table = Tables.of("t", ("x", [0, 1, 2, 3, 4]), ("y", [1, 2, .nan, 4, 5]))
    let line = try drawn(.line(x: "x", y: "y"), table)
    #expect(line.paths == [[Point(x: 0, y: 1), Point(x: 1, y: 2)], [Point(x: 3, y: 4), Point(x: 4, y: 5)]])
    #expect(try drawn(.points(x: "x", y: "y"), table).points.count == 4)
  }

  @Test func onALogarithmicAxisZeroIsMissing() throws {
    let table = Tables.of("t", ("x", [0, 1, 2]), ("y", [1, 0, 4]))
    #expect(try drawn(.line(x: "x", y: "y"), table, y: .logarithmic).paths.count == 2)
  }

  @Test func stairsAreCentredOnTheirPoints() throws {
    let stair = try drawn(.steps(x: "x", y: "y"), Tables.of("t", ("x", [0, 1, 3]), ("y", [5, 6, 7])))
    #expect(stair.paths.first?.map(\.x) == [-0.5, 0.5, 0.5, 2, 2, 4])
    #expect(stair.paths.first?.map(\.y) == [5, 5, 6, 6, 7, 7])
  }

  @Test func regionsReachTheEdgesOfThePanel() throws {
    let table = Tables.of("t", ("x", [0, 1]), ("y", [3, 4]), ("left", [.nan, 4]), ("right", [2, .nan]))
    #expect(try drawn(.above(x: "x", y: "y"), table).areas.first?.map(\.upper) == [8, 8])
    #expect(try drawn(.below(x: "x", y: "y"), table).areas.first?.map(\.lower) == [1, 1])
    let strips = try drawn(.strips(left: "left", right: "right"), table).areas
    #expect(strips.map { $0.map(\.x) } == [[0, 2], [4, 10]])
    #expect(strips.allSatisfy { $0.allSatisfy { $0.lower == 1 && $0.upper == 8 } })
  }

  @Test func barsAreAsWideAsTheirSmallestGapAllows() throws {
    let bars = try drawn(.bars(x: "x", y: "y", width: 0.5), Tables.of("t", ("x", [0, 2, 3]), ("y", [1, 1, 1]))).bars
    #expect(bars.map(\.width) == [0.5, 0.5, 0.5])
  }

  @Test func aMissingColumnIsNamed() {
    #expect(throws: InputError.data("table t has no column 'z' of numbers; it has: x")) {
      _ = try drawn(.line(x: "x", y: "z"), Tables.of("t", ("x", [0])))
    }
  }
}
