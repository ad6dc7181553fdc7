import DepthRuns
import Testing

@testable import DepthExperiments

@Suite struct SweepColumnNamesTests {
  private func names(_ columns: [String], plan: JSONValue? = nil) throws -> SweepColumnNames {
    SweepColumnNames(try SweepSource(SweepTables.of(columns.map { ($0, .number([1])) }), plan: plan))
  }

  @Test(arguments: [
    ("running_cost", "running_cost"), ("running-cost", "running_cost"), ("c", "running_cost"),
    ("a", "contraction_rate"),
    ("value", "value.0.value"), ("V", "value.0.value"), ("boundary", "boundary.radius"),
    ("expected_stopping_depth", "expected_stopping_depth.0.value"), ("value.1.value", "value.1.value"),
    ("residual", "diagnostics.residual"),
  ]) func namesAreFound(asked: String, column: String) throws {
    let columns = [
      "contraction_rate", "running_cost", "seed", "boundary.lower", "boundary.radius", "boundary.upper",
      "expected_stopping_depth.0.value", "value.0.value", "value.1.value", "diagnostics.residual", "status",
    ]
    #expect(try names(columns).column(asked) == column)
  }

  @Test func theProblemsOwnAliasCounts() throws {
    // A is gain_scale of two problems, p a power here and a probability elsewhere
    let plan: JSONValue = [
      "fixed": ["problem": "power-returns"], "axes": [["keys": ["p"], "rows": [[1], [2]]]],
    ]
    let source = try SweepSource(
      SweepTables.of([("gain_power", .number([1, 2])), ("seed", .number([1, 2])), ("value", .number([1, 2]))]),
      plan: plan)
    #expect(source.keys == ["gain_power"] && source.isSweep)
    #expect(try SweepColumnNames(source).column("p") == "gain_power")
  }

  @Test func aSweptSeedIsAReplicate() throws {
    let plan: JSONValue = [
      "fixed": [:], "axes": [["keys": ["seed"]], ["keys": ["width"]], ["keys": ["running_cost"]]],
    ]
    let source = try SweepSource(
      SweepTables.of([
        ("running_cost", .number([1])), ("seed", .number([1])), ("width", .number([1])), ("loss", .number([1])),
      ]), plan: plan)
    #expect(source.keys == ["running_cost", "width"])
  }

  @Test func unknownAndAmbiguousNamesListColumns() throws {
    let found = try names(["running_cost", "rules.a.objective", "rules.b.objective", "seed", "status"])
    #expect { try found.column("runing_cost") } throws: { error in
      "\(error)".contains("did you mean running_cost") && "\(error)".contains("rules.a.objective")
    }
    #expect { try found.column("objective") } throws: { "\($0)".contains("rules.a.objective, rules.b.objective") }
    #expect(throws: InputError.self) { try found.quantity("rules.*.accuracy") }
    #expect(try found.quantity("rules.*.objective").parts.map(\.name) == ["a", "b"])
  }

  @Test func shortNamesSayWhatAColumnIs() {
    let short = ["boundary.radius", "value.0.value", "rules.a.objective", "value", "test_accuracy_per_block.20"]
    #expect(
      short.map(SweepColumnNames.short) == ["boundary", "value", "objective", "value", "test_accuracy_per_block"])
  }
}
