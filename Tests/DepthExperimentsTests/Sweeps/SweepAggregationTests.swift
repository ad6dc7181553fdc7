import DepthRuns
import Testing

@testable import DepthExperiments

/// Tables such as sweeps leave behind.
enum SweepTables {
  static func of(_ columns: [(String, Table.Column)], name: String = "results") -> Table {
    var table = Table(name: name)
    for (column, values) in columns { table.add(column, values) }
    return table
  }

  /// Two costs by two noises, three replicates each, one of them failed.
  static var replicated: Table {
    of([
      ("noise", .number([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2])),
      ("running_cost", .number([0.1, 0.1, 0.1, 1, 1, 1, 0.1, 0.1, 0.1, 1, 1, 1])),
      ("replicate", .number([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])),
      ("seed", .number((0..<12).map { Double(100 + $0) })),
      ("boundary.lower", .number([-1, -2, -3, -4, -4, -4, -5, -6, -7, -8, -9, .nan])),
      ("boundary.upper", .number([1, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, .nan])),
      ("expected_stopping_depth.0.value", .number([1, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, .nan])),
      ("reason", .text([String](repeating: "", count: 11) + ["no answer"])),
      ("status", .text([String](repeating: "converged", count: 10) + ["unconverged", "failed"])),
      ("seconds", .number([Double](repeating: 0.1, count: 12))),
    ])
  }
}

@Suite struct SweepAggregationTests {
  private func made(_ table: Table, plan: JSONValue? = nil, _ request: SweepAggregation.Request) throws
    -> SweepAggregation
  {
    try SweepAggregation(SweepSource(table, plan: plan), request)
  }

  @Test func replicatesBecomeAMeanWithStudentsInterval() throws {
    let aggregation = try made(SweepTables.replicated, .init(x: "c", y: "expected_stopping_depth", by: "noise"))
    let table = aggregation.table
    #expect(
      table.columnNames == [
        "noise", "running_cost", "expected_stopping_depth", "expected_stopping_depth_lower",
        "expected_stopping_depth_upper", "replicates",
      ])
    #expect(try table.numbers("noise") == [1, 1, 2, 2])
    #expect(try table.numbers("running_cost") == [0.1, 1, 0.1, 1])
    #expect(try table.numbers("expected_stopping_depth") == [2, 4, 6, 8.5])
    #expect(try table.numbers("replicates") == [3, 3, 3, 2])
    // 1, 2, 3: t(0.975; 2) / sqrt(3) = 4.302652729749464 / sqrt(3); 8, 9: t(0.975; 1) / 2 = 12.706204736174694 / 2.
    // Quantiles as in Abramowitz and Stegun, table 26.10, with more digits from the closed forms for 1 and 2 degrees.
    let upper = try table.numbers("expected_stopping_depth_upper")
    let lower = try table.numbers("expected_stopping_depth_lower")
    let half = 4.302652729749464 / 3.0.squareRoot()
    #expect(abs(upper[0] - (2 + half)) < 1e-9 && abs(lower[0] - (2 - half)) < 1e-9)
    #expect(upper[1] == 4 && lower[1] == 4)
    #expect(abs(upper[3] - (8.5 + 12.706204736174694 / 2)) < 1e-8)
    #expect(aggregation.notes.contains("1 of 12 tasks failed and are left out"))
    #expect(aggregation.notes.contains("1 of 11 tasks did not converge; they are drawn"))
    #expect(!aggregation.isScattered)
  }

  @Test func twoEndsOfARegionAreTwoSides() throws {
    let aggregation = try made(SweepTables.replicated, .init(x: "running_cost", y: "boundary", by: "noise"))
    #expect(aggregation.side == "side" && aggregation.y == "boundary" && aggregation.by == "noise")
    #expect(
      try aggregation.table.texts("side") == ["lower", "lower", "lower", "lower", "upper", "upper", "upper", "upper"])
    #expect(try aggregation.table.numbers("boundary") == [-2, -4, -6, -8.5, 2, 4, 6, 8.5])
  }

  @Test func aVariedKeyThatIsNotAskedForIsRefused() throws {
    #expect {
      try made(SweepTables.replicated, .init(x: "running_cost", y: "boundary.upper"))
    } throws: { error in
      let text = "\(error)"
      return text.contains("noise takes 2 values") && text.contains("--where noise=VALUE")
    }
    let one = try made(
      SweepTables.replicated, .init(x: "running_cost", y: "boundary.upper", filters: [("s", "2")]))
    #expect(try one.table.numbers("boundary") == [6, 8.5])
    #expect {
      try made(SweepTables.replicated, .init(x: "running_cost", y: "boundary.upper", filters: [("noise", "3")]))
    } throws: { "\($0)".contains("allowed: 1, 2") }
  }

  @Test func keysThatMoveTogetherArePointsNotALine() throws {
    let table = SweepTables.of([
      ("contraction_rate", .number([3, 1, 2])), ("running_cost", .number([0.1, 0.2, 0.3])),
      ("seed", .number([1, 2, 3])), ("value", .number([1, 2, 3])),
      ("status", .text(["converged", "converged", "converged"])),
    ])
    #expect(try made(table, .init(x: "c", y: "value")).isScattered)
    #expect(try !made(table, .init(x: "c", y: "value", by: "a")).isScattered)
  }

  @Test func resultsAgainstResultsAreAveragedOverReplicates() throws {
    let table = SweepTables.of([
      ("running_cost", .number([0.1, 0.1, 1, 1])), ("replicate", .number([0, 1, 0, 1])),
      ("seed", .number([1, 2, 3, 4])),
      ("test_accuracy", .number([0.9, 0.8, 0.6, 0.5])), ("expected_stopping_depth.0.value", .number([10, 12, 3, 5])),
      ("status", .text(["converged", "converged", "converged", "converged"])),
    ])
    let aggregation = try made(table, .init(x: "expected_stopping_depth", y: "test_accuracy"))
    #expect(try aggregation.table.numbers("expected_stopping_depth") == [11, 4])
    #expect(zip(try aggregation.table.numbers("test_accuracy"), [0.85, 0.55]).allSatisfy { abs($0 - $1) < 1e-15 })
    // one key orders the curve
    #expect(!aggregation.isScattered)
  }

  @Test func aStarIsALineForEachMatch() throws {
    let table = SweepTables.of([
      ("running_cost", .number([0.1, 1])), ("seed", .number([1, 2])),
      ("rules.backward_induction.objective", .number([1, 2])),
      ("rules.backward_induction.accuracy", .number([0.9, 0.8])),
      ("rules.confidence.objective", .number([3, .nan])), ("status", .text(["converged", "converged"])),
    ])
    let aggregation = try made(table, .init(x: "c", y: "rules.*.objective"))
    #expect(aggregation.by == "series" && aggregation.side == nil)
    #expect(try aggregation.table.texts("series") == ["backward-induction", "backward-induction", "confidence"])
    #expect(try aggregation.table.numbers("objective") == [1, 2, 3])
    #expect(aggregation.notes == ["1 rows have no number in rules.confidence.objective and are left out"])
  }

  @Test func aSingleRowKeepsItsOwnInterval() throws {
    let table = SweepTables.of([
      ("running_cost", .number([0.1, 1])), ("seed", .number([1, 2])),
      ("expected_stopping_depth.0.value", .number([2, 3])), ("expected_stopping_depth.0.lower", .number([1, 3])),
      ("expected_stopping_depth.0.upper", .number([4, 3])), ("status", .text(["converged", "converged"])),
    ])
    let drawn = try made(table, .init(x: "c", y: "expected-stopping-depth")).table
    #expect(try drawn.numbers("expected_stopping_depth_lower") == [1, 3])
    #expect(try drawn.numbers("expected_stopping_depth_upper") == [4, 3])
  }

  @Test func aHeatMapHasTwoAxes() throws {
    let aggregation = try made(SweepTables.replicated, .init(x: "c", y: "s", z: "expected_stopping_depth"))
    #expect(aggregation.x == "running_cost" && aggregation.y == "noise" && aggregation.z == "expected_stopping_depth")
    #expect(try aggregation.table.numbers("expected_stopping_depth") == [2, 4, 6, 8.5])
    #expect(throws: InputError.self) {
      try made(SweepTables.replicated, .init(x: "c", y: "s", z: "boundary"))
    }
  }

  @Test func anyOtherTableIsTakenAsItIs() throws {
    let table = SweepTables.of([
      ("running_cost", .number([0.1, 0.1, 1])), ("objective", .number([1, 2, 3])),
      ("objective_lower", .number([0, 1, 2])),
      ("objective_upper", .number([2, 3, 4])), ("rule", .text(["a", "b", "a"])),
    ])
    let drawn = try made(table, .init(x: "running_cost", y: "objective", by: "rule"))
    #expect(try drawn.table.numbers("objective") == [1, 2, 3] && drawn.notes.isEmpty)
    #expect(try drawn.table.numbers("objective_upper") == [2, 3, 4])
    #expect(try drawn.table.texts("rule") == ["a", "b", "a"])
  }

  @Test func nothingToDrawIsSaid() throws {
    let table = SweepTables.of([
      ("running_cost", .number([0.1])), ("seed", .number([1])), ("value", .number([1])), ("status", .text(["failed"])),
    ])
    #expect { try made(table, .init(x: "c", y: "value")) } throws: { "\($0)".contains("no row has numbers") }
  }
}
