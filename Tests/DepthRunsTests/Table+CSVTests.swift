import DepthRuns
import Foundation
import Testing

@Suite struct TableCSVTests {
  private func table(_ text: String) throws -> Table {
    let folder = try TemporaryFolder()
    try AtomicFile.write(text, to: folder.file("t.csv"))
    return try Table(contentsOf: folder.file("t.csv"))
  }

  @Test func roundTripKeepsQuotesLineBreaksAndEveryBit() throws {
    var table = Table(name: "t")
    table.add("rule", ["plain", "a,b", "say \"hi\"", "two\nlines", "ünï"])
    table.add("value", [0.1, 1.0 / 3, -1e-300, 123_456_789, .leastNonzeroMagnitude])
    let folder = try TemporaryFolder()
    try table.write(into: folder.url)
    #expect(try Table(contentsOf: folder.file("t.csv")) == table)
    #expect(try folder.contents() == ["t.csv"])
  }

  @Test func missingAndNonFiniteNumbersAreEmptyCells() throws {
    var table = Table(name: "t")
    table.add("block", [0, 1, 2, 3])
    table.add("value", [1, .nan, .infinity, -.infinity])
    #expect(table.csv == "block,value\n0,1\n1,\n2,\n3,\n")
    let read = try self.table(table.csv).numbers("value")
    #expect(read[0] == 1)
    #expect(read.dropFirst().allSatisfy { $0.isNaN })
  }

  @Test func headersAreQuotedToo() throws {
    var table = Table(name: "t")
    table.add("a,\"b\"", [1.0])
    #expect(table.csv == "\"a,\"\"b\"\"\"\n1\n")
    #expect(try self.table(table.csv).columnNames == ["a,\"b\""])
  }

  @Test func columnsAreNumbersOnlyIfAllCellsAre() throws {
    let read = try table("a,b,c\r\n1,x,\r\n2.5e-3,2,\r\n")
    #expect(try read.numbers("a") == [1, 0.0025])
    #expect(try read.texts("b") == ["x", "2"])
    #expect(try read.numbers("c").allSatisfy { $0.isNaN })
  }

  @Test func raggedRowsAndDoubledNamesAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("t.csv").path
    func check(_ text: String, _ message: String) throws {
      try AtomicFile.write(text, to: folder.file("t.csv"))
      #expect(throws: InputError.data(message)) { try Table(contentsOf: folder.file("t.csv")) }
    }
    try check("a,b\n1,2\n3\n", "\(path):3: 1 cells, the header has 2")
    try check("a,a\n1,2\n", "\(path):1: two columns have the same name")
    try check("", "\(path) is empty; a header line is needed")
  }

  @Test func columnsAreCheckedByNameAndKind() throws {
    let read = try table("a,b\n1,x\n")
    #expect(throws: InputError.data("table t has no column 'c' of numbers; it has: a, b")) { try read.numbers("c") }
    #expect(throws: InputError.data("table t has no column 'b' of numbers; it has: a, b")) { try read.numbers("b") }
    #expect(throws: InputError.data("table t has no column 'a' of text; it has: a, b")) { try read.texts("a") }
  }

  @Test func rowsAreKeptInOrder() throws {
    let read = try table("a,b\n1,x\n2,y\n3,z\n").rows { $0 != 1 }
    #expect(try read.numbers("a") == [1, 3])
    #expect(try read.texts("b") == ["x", "z"])
  }

  @Test func aLoneMissingCellSurvives() throws {
    let folder = try TemporaryFolder()
    var table = Table(name: "lone")
    table.add("boundary", [1, .nan, 3, .nan])
    try table.write(into: folder.url)
    let read = try Table(contentsOf: folder.file("lone.csv")).numbers("boundary")
    #expect(read.count == 4 && read[1].isNaN && read[2] == 3)
  }
}
