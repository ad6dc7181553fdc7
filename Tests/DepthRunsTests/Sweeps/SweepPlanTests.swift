import Foundation
import Testing

@testable import DepthRuns

@Suite struct SweepPlanTests {
  static func plan(_ text: String, _ overrides: [String] = []) throws -> SweepPlan {
    let folder = try TemporaryFolder()
    try AtomicFile.write(text, to: folder.file("plan.toml"))
    return try SweepPlan(contentsOf: folder.file("plan.toml"), overrides: overrides)
  }

  static let text = """
    command = "boundary"
    seed = 7
    [fixed]
    problem = "ou-contraction"
    [grid]
    a = [0.5, 1, 2]
    c = { log = [0.001, 1], count = 4 }
    [zip]
    s = [0.1, 0.2]
    at = [1, 2.5]
    [replicates]
    count = 3
    """

  @Test func theProductIsComplete() throws {
    let plan = try Self.plan(Self.text)
    #expect(plan.count == 3 * 4 * 2 * 3 && plan.command == "boundary" && plan.seed == 7)
    let points = (0..<plan.count).map { plan.point($0) }
    let keys = points.map {
      $0.swept.map { String(decoding: $0.value.canonical, as: UTF8.self) } + ["\($0.replicate!)"]
    }
    #expect(Set(keys).count == plan.count)
    #expect(points[0].swept.map(\.key) == ["a", "c", "at", "s"])
    // replicates fastest, then the zip, whose keys go together
    #expect(points[1].replicate == 1 && points[3].swept.map(\.value) == [0.5, 0.001, 2.5, 0.2])
    // ends exact, decades as one types them
    let costs = points.filter { $0.replicate == 0 && $0.index < 24 }.map { $0.swept[1].value }
    #expect(Set(costs.map { $0.doubleValue! }) == [0.001, 0.01, 0.1, 1])
    #expect(points[17].name == "task 17 (a = 0.5, c = 0.1, at = 2.5, s = 0.2, replicate 2)")
  }

  @Test func aPlanReadsBackFromItsRecord() throws {
    let plan = try Self.plan(Self.text)
    let record = try JSONDecoder().decode(JSONValue.self, from: plan.json().text(pretty: true))
    #expect(try SweepPlan(json: record, path: "plan.json").hash() == plan.hash())
    guard case .object(var members) = record else { return #expect(Bool(false)) }
    members["seed"] = "8"
    #expect(throws: InputError.self) { try SweepPlan(json: .object(members), path: "plan.json") }
    (members["seed"], members["version"]) = ("7", "0.0.0")
    #expect(throws: InputError.self) { try SweepPlan(json: .object(members), path: "plan.json") }
  }

  @Test func overridesTakeThePlaceOfKeys() throws {
    let plan = try Self.plan(
      Self.text, ["c=0.5", "grid.s=[1, 2, 3, 4, 5]", "seed=9", "replicates.count=1", "problem=flow-decay"])
    // at stays alone in the zip
    #expect(plan.fixed == ["problem": "flow-decay", "c": 0.5] && plan.seed == 9)
    #expect(plan.axes.map(\.keys) == [["a"], ["s"], ["at"]] && plan.count == 3 * 5 * 2)
    for bad in ["", "=1", "a.b.c=1", "novalue"] {
      #expect(throws: InputError.self, "\(bad)") { try Self.plan(Self.text, [bad]) }
    }
  }

  @Test func listsAndRangesGivePoints() throws {
    let plan = try Self.plan(
      """
      command = "integrate"
      [grid]
      blocks = { integers = [2, 11], step = 3 }
      x = { linear = [0, 1], count = 11 }
      [[list]]
      a = 1
      b = "p"
      [[list]]
      a = 2
      b = "q"
      """)
    #expect(plan.axes[0].rows.map { $0[0] } == [2, 5, 8, 11])
    // 0.3, not 0.30000000000000004
    #expect(plan.axes[1].rows.map { $0[0].doubleValue! } == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    #expect(plan.axes[2] == SweepAxis(keys: ["a", "b"], rows: [[1, "p"], [2, "q"]]) && plan.replicates == nil)
  }

  @Test(arguments: ["random", "latin-hypercube"]) func samplesFillTheirRanges(_ method: String) throws {
    func sample(_ seed: Int, _ more: String = "") throws -> SweepAxis {
      try Self.plan(
        """
        command = "boundary"
        seed = \(seed)
        [sample]
        method = "\(method)"
        count = 400
        a = { linear = [-1, 3] }
        c = { log = [0.01, 100] }
        k = { integers = [1, 4] }
        \(more)
        """
      ).axes[0]
    }
    let axis = try sample(1)
    #expect(try sample(1) == axis && sample(2) != axis)
    // another key leaves the rest
    let wider = try sample(1, "w = [\"x\", \"y\"]")
    #expect(wider.rows.map { Array($0.prefix(3)) } == axis.rows)
    let values = (0..<3).map { column in axis.rows.map { $0[column].doubleValue! } }
    #expect(values[0].allSatisfy { (-1...3).contains($0) } && values[1].allSatisfy { (0.01...100).contains($0) })
    #expect(Set(values[2]) == [1, 2, 3, 4])
    // uniform shares: five standard errors
    let shares = [values[0].map { ($0 + 1) / 4 }, values[1].map { log($0 / 0.01) / log(1e4) }]
    for share in shares {
      // five standard errors of the mean of 400 uniform numbers
      let mean: Double = share.reduce(0, +) / 400
      #expect(abs(mean - 0.5) < 0.0722)
      let cells = Set(share.map { Int($0 * 400) })
      #expect(method == "random" ? cells.count < 320 : cells.count >= 399)
    }
    // the two coordinates are not tied to each other
    let covariance = zip(shares[0], shares[1]).map { ($0 - 0.5) * ($1 - 0.5) }.reduce(0, +) / 400
    #expect(abs(covariance * 12) < 0.25)
  }

  static let bad: [(String, String)] = [
    ("seed = 1", "command is missing"), ("command = 3", "command is not a text"),
    ("command = \"boundary\"\ngird = 1", "did you mean grid"),
    ("command = \"boundary\"\n[grid]\na = []", "grid.a is empty"),
    ("command = \"boundary\"\n[grid]\na = 1", "grid.a is one value"),
    ("command = \"boundary\"\n[grid]\na = { log = [0, 1], count = 3 }", "grid.a"),
    ("command = \"boundary\"\n[grid]\na = { log = [1, 2] }", "count"),
    ("command = \"boundary\"\n[grid]\na = { linear = [2, 1], count = 3 }", "lo < hi"),
    ("command = \"boundary\"\n[grid]\na = { log = [1, 2], count = 3, base = 2 }", "base"),
    ("command = \"boundary\"\n[grid]\na = { linear = [0, 1], count = 10000000 }", "10000000"),
    (
      "command = \"boundary\"\n[grid]\na = { linear = [0, 1], count = 4000 }\nb = { linear = [0, 1], count = 2500 }",
      "10000000"
    ),
    ("command = \"boundary\"\n[fixed]\na = 1\n[grid]\na = [1, 2]", "given twice"),
    ("command = \"boundary\"\n[zip]\na = [1, 2]\nb = [1, 2, 3]", "differ in length"),
    ("command = \"boundary\"\n[replicates]\ncount = 0", "replicates.count"),
    ("command = \"boundary\"\n[replicates]\nnumber = 2", "unknown key in replicates"),
    ("command = \"boundary\"\nseed = -1", "seed"), ("command = \"boundary\"\nseed = 1.5", "seed"),
    ("command = \"boundary\"\nfixed = 3", "no table"),
    ("command = \"boundary\"\n[[list]]\na = 1\n[[list]]\nb = 1", "other keys"),
    ("command = \"boundary\"\n[sample]\na = { log = [1, 2] }", "sample.count"),
    ("command = \"boundary\"\n[sample]\ncount = 3\nmethod = \"sobol\"\na = { log = [1, 2] }", "latin-hypercube"),
    ("command = \"boundary\"\n[sample]\ncount = 3\na = 3", "sample.a"), ("command = ", ":1:"),
  ]

  @Test(arguments: bad.map(\.0).indices) func aBadPlanIsOneLine(_ index: Int) throws {
    let (text, part) = Self.bad[index]
    let error = try #require(throws: InputError.self) { try Self.plan(text) }
    #expect(error.kind == .data && error.description.contains(part), "\(error)")
    #expect(error.description.contains("plan.toml") && !error.description.contains("\n"))
  }
}
