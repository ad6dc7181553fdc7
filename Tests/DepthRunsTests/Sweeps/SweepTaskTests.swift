import Foundation
import Synchronization
import Testing

@testable import DepthRuns

@Suite struct SweepTaskTests {
  private static let schema = SweepSchema(options: ["problem", "tolerance", "running_cost", "seed", "threads"]) {
    options in
    guard options["problem"] == "ou" else { return SweepSchema.Parameters([]) }
    return SweepSchema.Parameters([
      ParameterDefinition("contraction_rate", alias: "a", default: 1, meaning: ""),
      ParameterDefinition("running_cost", alias: "c", default: 1, meaning: ""),
    ])
  }

  private static func resolver(
    _ axes: [SweepAxis], fixed: [String: JSONValue] = ["problem": "ou"], seed: UInt64 = 1, replicates: Int? = nil,
    version: String = "1"
  ) throws -> SweepResolver {
    let plan = try SweepPlan(command: "boundary", seed: seed, fixed: fixed, axes: axes, replicates: replicates)
    return SweepResolver(plan, schema, version: version)
  }

  private static func axis(_ key: String, _ values: [JSONValue]) -> SweepAxis {
    SweepAxis(keys: [key], rows: values.map { [$0] })
  }

  @Test func keysGetTheirStandardNames() throws {
    let task = try Self.resolver([Self.axis("a", [0.5]), Self.axis("c", [0.1])]).task(0)
    #expect(task.parameters == ["contraction_rate": 0.5] && task.options == ["problem": "ou", "running_cost": 0.1])
    #expect(task.swept.map(\.name) == ["contraction_rate", "running_cost"])
    #expect(task.configuration["set"] == ["contraction_rate": 0.5])
    for (key, part) in [
      ("contraction_rat", "did you mean contraction_rate"), ("output", "for the sweep"), ("x", "neither"),
    ] {
      let error = try #require(throws: InputError.self) { try Self.resolver([Self.axis(key, [1])]).task(0) }
      #expect(error.description.contains(part) && error.description.contains("task 0"), "\(error)")
    }
    let twice = try #require(throws: InputError.self) {
      try Self.resolver([Self.axis("c", [1]), Self.axis("running_cost", [1])]).task(0)
    }
    #expect(twice.description.contains("twice"))
  }

  /// Neither depends on the order of axes, on how a number or a key is written, on threads, or on other tasks.
  @Test func seedAndIdentityFollowTheConfigurationAlone() throws {
    let a = Self.axis("a", [0.5, 1]), c = Self.axis("c", [0.1, 0.2, 2])
    let one = try Self.resolver([a, c]), other = try Self.resolver([c, a])
    let renamed = try Self.resolver(
      [Self.axis("contraction_rate", [.number(1)]), Self.axis("running_cost", [.integer(2)])],
      fixed: ["problem": "ou", "threads": 2])
    let tasks = try (0..<6).map { try one.task($0) }
    let swapped = try (0..<6).map { try other.task($0) }
    #expect(Set(tasks.map(\.identity)).count == 6 && Set(tasks.map(\.seed)).count == 6)
    #expect(Set(tasks.map(\.identity)) == Set(swapped.map(\.identity)))
    #expect(try renamed.task(0).identity == tasks[5].identity && renamed.task(0).seed == tasks[5].seed)
    let reseeded = try Self.resolver([a, c], seed: 2).task(0)
    let newer = try Self.resolver([a, c], version: "2").task(0)
    #expect(reseeded.seed != tasks[0].seed && reseeded.identity != tasks[0].identity)
    #expect(newer.seed == tasks[0].seed && newer.identity != tasks[0].identity)
    let replicated = try Self.resolver([a, c], replicates: 2)
    #expect(try replicated.task(0).identity == tasks[0].identity)
    #expect(try replicated.task(1).seed != replicated.task(0).seed)
    #expect(tasks.allSatisfy { $0.seed < 1 << 53 })
  }

  /// H is SHA-256 over canonical JSON, as the documentation says: computed here from the text by hand.
  @Test func theHashIsThatOfTheDocumentedText() throws {
    let task = try Self.resolver([Self.axis("a", [0.5])]).task(0)
    let configuration = #"{"command":"boundary","options":{"problem":"ou"},"parameters":{"contraction_rate":0.5}}"#
    let seedText = #"{"configuration":\#(configuration),"replicate":0,"sweep_seed":"1"}"#
    let digest = Digest.sha256(Data(seedText.utf8))
    #expect(task.seed == UInt64(digest.prefix(16), radix: 16)! >> 11)
    let text = #"{"configuration":\#(configuration),"seed":\#(task.seed),"version":"1"}"#
    #expect(task.identity.description == String(Digest.sha256(Data(text.utf8)).prefix(32)))
    #expect(SweepIdentity(task.identity.description) == task.identity)
  }

  @Test func aSeedOfThePlanIsTaken() throws {
    let task = try Self.resolver([Self.axis("seed", [3, 4])]).task(1)
    #expect(task.seed == 4 && task.configuration["seed"] == 4 && task.swept[0].name == "seed")
    #expect(throws: InputError.self) { try Self.resolver([Self.axis("seed", ["x"])]).task(0) }
  }

  @Test func theFirstBadCornerIsNamed() throws {
    let values = (0..<1000).map { JSONValue.integer($0) }
    let resolver = try Self.resolver([Self.axis("a", values)])
    for threads in [1, 3] {
      let asked = Mutex<Set<Int>>([])
      #expect(
        try resolver.check(threads: threads) { task in _ = asked.withLock { $0.insert(task.index) } }.count == 1000)
      #expect(asked.withLock { $0.count } == 1000)
      let error = try #require(throws: InputError.self) {
        try resolver.check(threads: threads) { task in
          if task.index % 100 == 57 { throw InputError.usage("a is bad") }
        }
      }
      #expect(error.description == "task 57 (a = 57): a is bad" && error.kind == .usage)
    }
    let twins = try #require(throws: InputError.self) {
      try Self.resolver([Self.axis("a", [1, 2, 1.0])]).check(threads: 2) { _ in }
    }
    #expect(twins.description.contains("task 0") && twins.description.contains("task 2"))
  }
}
