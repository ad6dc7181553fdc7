import DepthRuns
import Foundation
import Testing

/// Transformers that answer at every token, from training to token-level halting.
@Suite struct TokenCommandTests {
  private static let small = [
    "--network", "transformer", "--blocks", "2", "--state-dimension", "8", "--width", "8", "--epochs", "2", "--quiet",
  ]

  private static func scratch() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test func charactersAreTrainedComparedAndHalted() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let (text, run) = (scratch.appendingPathComponent("toy.txt"), scratch.appendingPathComponent("run"))
    try Data(String(repeating: "to be or not to be, that is the question. ", count: 80).utf8).write(to: text)
    let trained = try CommandTests.depth(
      [
        "train", "--data", text.path, "--set", "answers=tokens", "--set", "length=8", "--set", "stride=3",
        "--recorded-samples", "30", "--output", run.path, "--json",
      ] + Self.small)
    #expect(trained.code == 0, "\(trained.error)")
    let results = try #require(try trained.json()["results"] as? [String: Any])
    #expect(results["answers_per_sample"] as? Int == 8 && results["test_samples"] as? Int == 240)

    let halted = try CommandTests.depth([
      "infer-tokens", "--run", run.path, "--threshold", "0", "--threshold", "0.3", "--threshold", "1", "--samples",
      "20",
      "--json",
    ])
    #expect(halted.code == 0, "\(halted.error)")
    let points = try #require(
      (try halted.json()["results"] as? [String: Any])?["token_halting"] as? [[String: Any]])
    func value(_ point: [String: Any], _ key: String) throws -> Double {
      try #require((point[key] as? [String: Any])?["value"] as? Double)
    }
    try #require(points.count == 3)
    #expect(try value(points[0], "expected_stopping_depth") == 0)
    #expect(try value(points[2], "expected_stopping_depth") == 2)
    #expect(abs(try value(points[2], "copying_effect")) < 1e-12)
    let shares = try points.map { try #require($0["operations_share"] as? Double) }
    // at full depth every head was read on the way
    #expect(shares[0] < 0.2 && shares[0] < shares[1] && shares[1] <= shares[2] && shares[2] > 1)

    let compared = try CommandTests.depth(["compare", "--run", run.path, "--json"])
    #expect(compared.code == 0, "\(compared.error)")
    let warnings = try #require(try compared.json()["warnings"] as? [String])
    #expect(warnings.contains { $0.contains("30 sequences") || $0.contains("sequences and are dependent") })
    let sequences = run.appendingPathComponent("sequences.npz").path
    #expect(try CommandTests.depth(["compare", "--paths", sequences, "--running-cost", "0.01"]).code == 0)
    let stranger = try CommandTests.depth(["infer-tokens", "--run", run.path, "--rule", "oracle"])
    #expect(stranger.code == 64 && stranger.error.contains("gate"))
    let one = try CommandTests.depth(["infer-tokens", "--run", run.path, "--threshold", "2"])
    #expect(one.code == 64 && one.error.contains("threshold"))
    let none = try CommandTests.depth(["infer-tokens", "--run", run.path, "--samples", "0"])
    #expect(none.code == 64 && none.error.contains("samples"))
    let parameter = try CommandTests.depth(["infer-tokens", "--run", run.path, "--set", "length=4"])
    #expect(parameter.code == 64)
  }

  @Test func questionsOfPointersAreAnsweredOneByOne() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let run = scratch.appendingPathComponent("run").path
    let trained = try CommandTests.depth(
      [
        "train", "--data", "k-hop", "--set", "presentation=tokens", "--set", "nodes=5", "--set", "hops=2", "--set",
        "least_hops=1", "--set", "queries=4", "--set", "samples=300", "--output", run, "--json",
      ] + Self.small)
    #expect(trained.code == 0, "\(trained.error)")
    let gated = try CommandTests.depth(["infer-tokens", "--run", run, "--rule", "gate", "--json"])
    #expect(gated.code == 0, "\(gated.error)")
    let results = try #require(try gated.json()["results"] as? [String: Any])
    #expect(results["answers_per_sample"] as? Int == 4)
    // a fifth of each class of the last answer
    #expect((55...65).contains(try #require(results["sequences"] as? Int)))
  }

  static let nonsense: [CommandTests.Nonsense] = [
    CommandTests.Nonsense("infer-tokens", code: 64),
    CommandTests.Nonsense("infer-tokens", "--run", "/no/run", code: 65),
    CommandTests.Nonsense("infer-tokens", "--run", "/no/run", "--threshold", "x", code: 64),
    CommandTests.Nonsense("infer-tokens", "--run", "/no/run", "--rule", "patience", code: 64),
    CommandTests.Nonsense("infer-tokens", "--run", "/no/run", "--threshold=-0.5", code: 64),
    CommandTests.Nonsense("train", "--recorded-samples", "0", code: 64),
    CommandTests.Nonsense("train", "--data", "digits", "--set", "answers=tokens", code: 64),
    CommandTests.Nonsense("train", "--data", "k-hop", "--set", "queries=3", code: 64),
    CommandTests.Nonsense(
      "train", "--data", "k-hop", "--set", "presentation=tokens", "--set", "nodes=5", "--set", "hops=2", "--set",
      "queries=3", "--network", "tanh-mlp", code: 64),
    CommandTests.Nonsense(
      "train", "--data", "k-hop", "--set", "presentation=tokens", "--set", "nodes=5", "--set", "hops=5", code: 64),
  ]

  @Test(arguments: nonsense)
  func nonsenseGivesOneLine(nonsense: CommandTests.Nonsense) throws {
    let output = try CommandTests.depth(nonsense.arguments)
    #expect(output.code == nonsense.code, "\(output.error)")
    #expect(output.out.isEmpty && output.error.hasPrefix("depth: "))
    #expect(output.error.split(separator: "\n").count == 1, "\(output.error)")
  }
}
