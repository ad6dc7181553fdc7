import Foundation
import Testing

@testable import DepthRuns

@Suite struct SweepCollectorTests {
  /// The same table whichever worker did what, and in which order.
  @Test func theTableFollowsThePlan() throws {
    var texts: [String] = []
    for workers in [1, 3] {
      let fixture = try SweepFixture()
      let journals = try (0..<workers).map { try fixture.folder.journal("w\($0)") }
      for task in (0..<12).reversed() where task != 7 {
        let journal = journals[task % workers]
        if task == 5 {
          try journal.append(fixture.record(5, .failed))
          try journal.append(fixture.record(5, attempt: 2))
        } else {
          try journal.append(fixture.record(task, task == 6 ? .failed : task == 4 ? .unconverged : .converged))
        }
      }
      let summary = try SweepCollector.collect(fixture.folder, fixture.plan)
      #expect(summary.completed == 10 && summary.failed == 1 && summary.unconverged == 1)
      let table = try Table(contentsOf: fixture.folder.url.appendingPathComponent("results.csv"))
      #expect(
        table.columnNames == [
          "a", "c", "replicate", "seed", "kind", "value.2.value", "value.10.value", "reason", "status", "seconds",
        ])
      #expect(table.rowCount == 11)
      #expect(try table.numbers("replicate") == [0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1])
      #expect(try table.numbers("value.2.value")[5] == 5.5 / 3 && table.texts("reason")[6] == "no \"root\", task 6")
      #expect(try table.numbers("value.2.value")[6].isNaN && table.texts("status")[6] == "failed")
      #expect(
        try table.numbers("seed") == (0..<12).filter { $0 != 7 }.map { Double(try fixture.resolver.task($0).seed) })
      texts.append(try String(contentsOf: fixture.folder.url.appendingPathComponent("results.csv"), encoding: .utf8))
    }
    #expect(texts[0] == texts[1])
  }

  /// Names and texts that need escapes in JSON, quotes in CSV, and are called as the table's own columns; a journal longer than
  /// a reader's window.
  @Test func oddNamesAndLongJournals() throws {
    let fixture = try SweepFixture()
    let journal = try fixture.folder.journal("w")
    for task in [3, 1, 2, 0] {
      var record = try fixture.record(task)
      record.columns = [
        "say \"x\"": .string("a,\"b\"\n\(task)"), "status": .integer(task), "a": 5, "mixed": task == 2 ? "text" : 0.5,
        "long": .string(String(repeating: "x", count: 70_000)), "list": .array([1, true]),
      ]
      if task == 1 { record.columns["list"] = nil }
      try journal.append(record)
    }
    #expect(try SweepCollector.collect(fixture.folder, fixture.plan).firstReason == nil)
    let table = try Table(contentsOf: fixture.folder.url.appendingPathComponent("results.csv"))
    #expect(
      table.columnNames == [
        "a", "c", "replicate", "seed", "list", "long", "mixed", "say \"x\"", "status", "task_status", "seconds",
      ])
    #expect(try table.texts("say \"x\"") == (0..<4).map { "a,\"b\"\n\($0)" })
    #expect(try table.texts("mixed") == ["0.5", "0.5", "text", "0.5"])
    #expect(try table.texts("list") == ["[1,true]", "", "[1,true]", "[1,true]"])
    #expect(try table.numbers("status") == [0, 1, 2, 3] && table.numbers("a") == [1, 1, 2, 2])
    let rows = try SweepDatabase.read(
      fixture.folder.url.appendingPathComponent("results.sqlite"),
      "SELECT mixed, list, length(long), task_status FROM results ORDER BY task")
    #expect(rows[1] == ["0.5", nil, 70_000, "converged"] && rows[2] == ["text", "[1,true]", 70_000, "converged"])
  }

  /// Read back by sqlite3's own library, through Python.
  @Test func theDatabaseHoldsTheSame() throws {
    let fixture = try SweepFixture()
    let journal = try fixture.folder.journal("w")
    for task in 0..<12 { try journal.append(fixture.record(task, task == 3 ? .failed : .converged)) }
    _ = try SweepCollector.collect(fixture.folder, fixture.plan)
    let rows = try SweepDatabase.read(
      fixture.folder.url.appendingPathComponent("results.sqlite"),
      "SELECT task, identity, a, \"value.2.value\", reason, status FROM results ORDER BY task")
    try #require(rows.count == 12)
    let identity = try fixture.resolver.task(4).identity.description
    #expect(rows[4][0] == .integer(4) && rows[4][1] == .string(identity))
    #expect(rows[4][2] == .number(1) && rows[4][3] == .number(4.5 / 3) && rows[4][4] == .null)
    #expect(rows[3][3] == .null && rows[3][5] == "failed")
    let plan = try SweepDatabase.read(
      fixture.folder.url.appendingPathComponent("results.sqlite"), "SELECT value FROM plan WHERE key = 'command'")
    #expect(plan == [["\"boundary\""]])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path).allSatisfy { !$0.hasSuffix(".tmp") })
  }
}

@Suite struct SweepArraysTests {
  /// Tasks with arrays of different lengths, one without.
  @Test func arraysOfTasksAreStacked() throws {
    let fixture = try SweepFixture()
    let journal = try fixture.folder.journal("w")
    try AtomicFile.makeFolder(fixture.folder.url.appendingPathComponent("tasks"))
    for task in 0..<3 {
      var record = try fixture.record(task)
      record.hasArrays = task != 1
      if record.hasArrays {
        let array = NumericArray(shape: [task + 1, 2], values: (0..<(2 * task + 2)).map { Double($0 + 10 * task) })
        try NetCDFFile.write(
          [NetCDFFile.Variable("b", dimensions: ["x", "y"], array)], to: fixture.folder.arrays(record.identity))
      }
      try journal.append(record)
    }
    #expect(
      try SweepCollector.collect(fixture.folder, fixture.plan).files == ["results.csv", "results.sqlite", "arrays.nc"])
    let variables = try NetCDFFile.variables(of: fixture.folder.url.appendingPathComponent("arrays.nc"))
    let stacked = try #require(variables["b"])
    #expect(stacked.shape == [2, 3, 2] && Array(stacked.values.prefix(2)) == [0, 1])
    #expect(stacked.values[2..<6].allSatisfy(\.isNaN) && Array(stacked.values.suffix(6)) == [20, 21, 22, 23, 24, 25])
    #expect(
      variables["task"]?.values == [0, 2] && variables["a"]?.values == [1, 2]
        && variables["replicate"]?.values == [0, 0])
  }

  @Test func paddingKeepsPlaces() {
    let array = NumericArray(shape: [2, 2], values: [1, 2, 3, 4])
    let padded = SweepArrays.padded(array, to: [3, 3])
    #expect(padded[0] == 1 && padded[1] == 2 && padded[3] == 3 && padded[4] == 4)
    #expect(padded.count(where: \.isNaN) == 5)
  }
}

@Suite struct SweepColumnsTests {
  @Test func resultsAreFlattened() {
    let columns = SweepColumns([
      "value": [["value": 0.5, "kind": "exact", "note": "a longer text", "missing": nil]],
      "rules": [["name": "m-step", "objective": 1], ["name": "gate", "objective": 2]], "holds": true,
      "boundary": ["radius": .number(.nan), "points": [[1, 2], [3, 4]]],
    ])
    #expect(
      columns.scalars == [
        "value.0.value": 0.5, "value.0.kind": "exact", "rules.m_step.objective": 1, "rules.gate.objective": 2,
        "holds": 1, "boundary.points.0.0": 1, "boundary.points.0.1": 2, "boundary.points.1.0": 3,
        "boundary.points.1.1": 4,
      ])
    #expect(columns.arrays.isEmpty)
  }

  @Test func longListsAreArrays() {
    let states = (0..<40).map { JSONValue.array([.integer($0), .number(0.5)]) }
    let points = (0..<70).map { JSONValue.object(["depth": .integer($0), "at": $0 == 3 ? .null : 2, "kind": "x"]) }
    let columns = SweepColumns(["states": .array(states), "boundary": ["points": .array(points)]])
    #expect(columns.scalars.isEmpty)
    #expect(columns.arrays["states"]?.shape == [40, 2] && columns.arrays["states"]?.values[78] == 39)
    #expect(columns.arrays["boundary.points.depth"]?.values == (0..<70).map(Double.init))
    #expect(columns.arrays["boundary.points.at"]?.values[3].isNaN == true && columns.arrays.count == 3)
  }
}
