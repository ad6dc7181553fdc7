import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct NetworkArchitectureTests {
  @Test func archivesRoundTrip() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    for (name, architecture) in TestNetworks.all {
      let network = TestNetworks.network(architecture)
      #expect(try NetworkArchitecture(json: architecture.json) == architecture, "\(name)")
      try ArrayArchive.write(network.archive, to: url)
      #expect(try ResidualNetwork(contentsOf: url) == network, "\(name)")
    }
    try Data("PK nonsense".utf8).write(to: url)
    #expect(throws: InputError.self) { try ResidualNetwork(contentsOf: url) }
  }

  /// Files from before networks could answer more than once.
  @Test func oneAnswerIsTheDefault() throws {
    let architecture = TestNetworks.sequence(causal: true)
    guard case .object(var members) = architecture.json else { return }
    members["answers_per_sample"] = nil
    #expect(try NetworkArchitecture(json: .object(members)) == architecture)
  }

  @Test func nonsenseIsRefused() throws {
    func changed(_ change: (inout [String: JSONValue]) -> Void) -> JSONValue {
      guard case .object(var members) = TestNetworks.staged.json else { return .null }
      change(&members)
      return .object(members)
    }
    let stages = try #require(TestNetworks.staged.json["stages"]?.arrayValue)
    let huge: JSONValue = [
      "entry": ["kind": "linear", "input_count": 5, "output_count": 1_000_000],
      "block": ["kind": "tanh", "state_count": 1_000_000, "width": 1_000_000], "blocks": 1_000_000, "pooling": .null,
    ]
    let long: JSONValue = [
      "entry": ["kind": "tokens", "tokens": 100_000, "vocabulary": 2, "token_dimension": 2],
      "block": [
        "kind": "transformer", "tokens": 100_000, "token_dimension": 2, "heads": 2, "width": 1, "causal": true,
      ], "blocks": 1, "pooling": ["kind": "last-token", "tokens": 100_000, "token_dimension": 2],
    ]
    func answers(_ count: Int) -> JSONValue {
      guard case .object(var members) = TestNetworks.answering(4).json else { return .null }
      members["answers_per_sample"] = .integer(count)
      return .object(members)
    }
    let bad: [JSONValue] = [
      .null, 3, changed { $0["stages"] = [] }, changed { $0["classes"] = 1 }, changed { $0["depth_horizon"] = 0 },
      changed { $0["stages"] = .array(stages.reversed()) }, changed { $0["stages"] = [huge] },
      changed { $0["stages"] = [long] },
      changed { $0["shared_weights"] = .null }, changed { $0["answers_per_sample"] = 2 }, answers(3), answers(0),
      .object(["stages": .array([.null])]), changed { $0["shown"] = ["steps": 2, "count": 2] },
    ]
    for value in bad { #expect(throws: InputError.self) { try NetworkArchitecture(json: value) } }
  }

  @Test func parametersLieSideBySide() {
    for (name, architecture) in TestNetworks.all {
      let layout = architecture.layout
      var sizes = zip(layout.entries, architecture.stages).map { ($0, $1.entry.map.parameterCount) }
      for block in Set(layout.blocks) {
        let index = layout.blocks.firstIndex(of: block)!
        sizes.append((block, architecture.stages[layout.stageOfBlock[index]].block.block.parameterCount))
      }
      if let shown = architecture.shown {
        sizes.append((layout.shown, shown.count * architecture.stages[0].stateCount))
      }
      for exit in 0..<architecture.exits {
        sizes.append((layout.heads[exit], layout.headRows[exit] * layout.headFeatures[exit]))
        sizes.append((layout.headBiases[exit], layout.headRows[exit]))
      }
      var position = 0
      for (start, size) in sizes.sorted(by: { $0.0 < $1.0 }) {
        #expect(start == position, "\(name)")
        position += size
      }
      #expect(position == layout.parameterCount)
      #expect(zip(layout.decayedRanges, layout.decayedRanges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
    }
  }

  /// Answers of a sequence share its operations evenly.
  @Test func answersShareTheBlocks() {
    let (one, all) = (TestNetworks.sequence(causal: true), TestNetworks.answering(4))
    #expect(one.exitOperations.trunk == all.exitOperations.trunk.map { 4 * $0 })
    #expect(one.exitOperations.head == all.exitOperations.head && one.parameterCount == all.parameterCount)
  }

  /// The gate that stops a sample has been read: k + 1 of them at exit k, one fewer at the last exit.
  @Test func operationsCountProducts() {
    let architecture = TestNetworks.vector(TestNetworks.tanh)
    let (entry, block, head, gate): (Double, Double, Double, Double) = (40, 4 * 4 * 6 + 2 * 4, 24, 8)
    let expected: [Double] = [
      entry + gate + head, entry + block + 2 * gate + head, entry + 2 * block + 3 * gate + head,
      entry + 3 * block + 3 * gate + head,
    ]
    #expect((0...3).map { architecture.operations(toExit: $0) } == expected)
    let fixed: Double = entry + 2 * block + head
    #expect(architecture.exitOperations.totals(reading: .last)[2] == fixed)
  }
}
