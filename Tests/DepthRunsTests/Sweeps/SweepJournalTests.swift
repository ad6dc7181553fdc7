import Foundation
import Testing

@testable import DepthRuns

@Suite struct SweepJournalTests {
  private static func file(_ fixture: borrowing SweepFixture) -> URL {
    fixture.folder.url.appendingPathComponent("journals/w.jsonl")
  }

  @Test func recordsReadBack() throws {
    let fixture = try SweepFixture()
    var records = [
      try fixture.record(3), try fixture.record(4, .failed, attempt: 2), try fixture.record(5, .unconverged),
    ]
    (records[0].warnings, records[0].hasArrays) = (["tight\n"], true)
    let journal = try fixture.folder.journal("w")
    for record in records { try journal.append(record) }
    try journal.sync()
    #expect(try fixture.read("w") == records)
  }

  /// What readers take from a line is what the whole record holds.
  @Test func linesAreRecords() throws {
    let fixture = try SweepFixture()
    var records = try [fixture.record(3), fixture.record(4, .failed, attempt: 2), fixture.record(5, .unconverged)]
    (records[0].warnings, records[0].hasArrays) = (["tight\n"], true)
    let journal = try fixture.folder.journal("w")
    for record in records { try journal.append(record) }
    var seen = 0
    try SweepJournal.lines(of: Self.file(fixture)) { line, _ in
      let record = records[seen]
      #expect(line.task == record.task && line.identity == record.identity && line.status == record.status)
      #expect(line.attempt == record.attempt && line.hasArrays == record.hasArrays)
      #expect(line.reason.map { line.text($0) } ?? "" == record.reason)
      #expect(line.seconds.map { line.number($0) } == record.seconds)
      #expect(line.seed.map { line.number($0) } == Double(record.seed))
      var columns: [String: JSONValue] = [:]
      line.members(of: line.columns) { columns[SweepLine.name($0)] = JSONScanner.value(line.bytes.part($1)) }
      #expect(columns == record.columns)
      seen += 1
    }
    #expect(seen == 3)
  }

  /// A journal cut at any byte reads as its whole lines, and the next writer goes on after them.
  @Test func aTornLineIsDropped() throws {
    let fixture = try SweepFixture()
    let records = try (0..<3).map { try fixture.record($0) }
    do {
      let journal = try fixture.folder.journal("w")
      for record in records { try journal.append(record) }
    }
    let whole = try Data(contentsOf: Self.file(fixture))
    let lineEnds = whole.indices.filter { whole[$0] == 0x0A }
    for length in stride(from: 0, through: whole.count, by: 7) {
      try whole.prefix(length).write(to: Self.file(fixture))
      let kept = lineEnds.count(where: { $0 < length })
      #expect(try fixture.read("w") == Array(records.prefix(kept)))
      try fixture.folder.journal("w").append(records[0])
      #expect(try fixture.read("w") == Array(records.prefix(kept)) + [records[0]])
    }
    // a lost page in the middle costs its line only
    var holed = whole
    for place in lineEnds[0] + 1..<lineEnds[0] + 30 { holed[place] = 0 }
    try holed.write(to: Self.file(fixture))
    #expect(try fixture.read("w") == [records[0], records[2]])
  }

  /// A torn line longer than the reader's window.
  @Test func aLongTornLineIsCutOff() throws {
    let fixture = try SweepFixture()
    try fixture.folder.journal("w").append(fixture.record(0))
    let handle = try FileHandle(forWritingTo: Self.file(fixture))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(repeating: UInt8(ascii: "x"), count: 200_000))
    try handle.close()
    try fixture.folder.journal("w").append(fixture.record(1))
    #expect(try fixture.read("w").map(\.task) == [0, 1])
  }

  @Test func aJournalHasOneWriter() throws {
    let fixture = try SweepFixture()
    let first = try fixture.folder.journal("w")
    #expect(throws: InputError.self) { try fixture.folder.journal("w") }
    try withExtendedLifetime(first) { try first.append(fixture.record(0)) }
  }

  /// `/dev/full` takes no byte.
  @Test func aFullDiskIsAnError() throws {
    let fixture = try SweepFixture()
    try FileManager.default.createSymbolicLink(
      at: Self.file(fixture), withDestinationURL: URL(fileURLWithPath: "/dev/full"))
    let journal = try fixture.folder.journal("w")
    let error = try #require(throws: InputError.self) { try journal.append(fixture.record(0)) }
    #expect(error.description.contains("No space left") && error.kind == .data)
  }
}
