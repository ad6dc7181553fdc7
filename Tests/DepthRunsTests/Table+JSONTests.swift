import DepthRuns
import Testing

@Suite struct TableJSONTests {
  @Test func rowsAreObjectsAndMissingNumbersNull() {
    var table = Table(name: "t")
    table.add("blocks", [8, 16])
    table.add("error", [0.5, .nan])
    table.add("rule", ["a", "b"])
    #expect(
      table.json == [
        ["blocks": .number(8), "error": .number(0.5), "rule": "a"], ["blocks": .number(16), "error": nil, "rule": "b"],
      ])
    #expect(Table(name: "empty").json == [])
  }
}
