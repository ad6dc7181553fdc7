import DepthRuns
import Foundation
import Testing

/// `depth infer` as a user meets it, on one small trained network.
@Suite struct InferCommandTests {
  private static func temporary(_ name: String) -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)-\(name)")
  }

  private static func rows(_ results: [String: Any], _ key: String) throws -> [[String: Any]] {
    try #require(results[key] as? [[String: Any]])
  }

  private static func infer(_ arguments: [String]) throws -> [String: Any] {
    let output = try CommandTests.depth(["infer", "--json", "--quiet", "--turns", "1"] + arguments)
    #expect(output.code == 0, "\(output.error)")
    return try #require(try output.json()["results"] as? [String: Any])
  }

  @Test func aTrainedRunSkips() throws {
    let (run, left, costs) = (Self.temporary("run"), Self.temporary("inference"), Self.temporary("costs.npy"))
    defer { for file in [run, left, costs] { try? FileManager.default.removeItem(at: file) } }
    let trained = try CommandTests.depth([
      "train", "--data", "digits", "--network", "tanh-mlp", "--blocks", "4", "--epochs", "6", "--state-dimension", "24",
      "--width", "24", "--output", run.path, "--quiet",
    ])
    #expect(trained.code == 0, "\(trained.error)")
    let source = ["--run", run.path]

    // in double precision every request halts where compare says that it does
    let results = try Self.infer(
      source + [
        "--rule", "confidence", "--rule", "backward-induction", "--rule", "theory-boundary", "--running-cost", "0.01",
        "--running-cost", "0.1", "--precision", "float64", "--output", left.path,
      ])
    let (rules, speeds) = (try Self.rows(results, "rules"), try Self.rows(results, "speed_up"))
    #expect(rules.count == 6 && speeds.count == 12)
    #expect(rules.allSatisfy { $0["same_depth_as_recorded"] as? Double == 1 })
    #expect(Set(speeds.compactMap { $0["batch_size"] as? Int }) == [1, 64])
    #expect(speeds.allSatisfy { ($0["ratio"] as? Double ?? 0) > 0 && ($0["operations_ratio"] as? Double ?? 0) > 0 })
    #expect(try RunFolder(opening: left).table("inference").rowCount == 12)
    let compared = try CommandTests.depth(["compare", "--running-cost", "0.01", "--no-curve", "--json"] + source).json()
    let judged = try Self.rows(try #require(compared["results"] as? [String: Any]), "rules")
    for name in ["confidence", "backward-induction", "theory-boundary"] {
      let (here, there) = (
        try #require(rules.first { $0["name"] as? String == name && $0["running_cost"] as? Double == 0.01 }),
        try #require(judged.first { $0["name"] as? String == name })
      )
      for key in ["accuracy", "objective"] {
        #expect(abs(try #require(here[key] as? Double) - #require(there[key] as? Double)) < 1e-10, "\(name): \(key)")
      }
    }

    // a record repeats its run
    let again = try Self.infer(["--config", left.path])
    #expect(
      try Self.rows(again, "rules").map { $0["objective"] as? Double } == rules.map { $0["objective"] as? Double })

    // requests with costs of their own; data are known by their checksum
    let requests = try #require(rules[0]["requests"] as? Int)
    try AtomicFile.write(
      NumericArray((0..<requests).map { $0 % 3 == 0 ? 0.1 : 0.01 }).npy, to: costs)
    let mixed = try Self.rows(
      Self.infer(
        source + [
          "--data", "digits", "--request-costs", costs.path, "--batch-size", "7", "--precision", "float64",
        ]), "rules")
    #expect(mixed.map { $0["running_cost"] as? Double } == [0.01, 0.1])
    #expect(mixed.compactMap { $0["requests"] as? Int }.reduce(0, +) == requests)
    #expect(mixed.allSatisfy { $0["same_depth_as_recorded"] as? Double == 1 })

    try AtomicFile.write(NumericArray([0.1, 0.2]).npy, to: costs)
    let refused: [([String], Int32, String)] = [
      (["--rule", "oracle"], 64, "sees labels"), (["--rule", "confidnce"], 64, "did you mean confidence"),
      (["--running-cost", "0"], 64, "running_cost is 0"),
      (["--running-cost", "1", "--running-cost", "1"], 64, "twice"),
      (["--batch-size", "0"], 64, "batch_size is 0"), (["--batch-size", "100000"], 64, "allowed: 1 to \(requests)"),
      (["--precision", "float16"], 64, "float16"), (["--turns", "0"], 64, "turns is 0"),
      (["--request-costs", costs.path], 65, "[\(requests)]"),
      (["--request-costs", "/no/costs.npy"], 65, "/no/costs.npy"),
      (["--request-costs", costs.path, "--running-cost", "1"], 64, "either"),
      (["--data", "parity"], 65, "inputs"), (["--plot", "-"], 64, "no picture"),
    ]
    for (arguments, code, said) in refused {
      let output = try CommandTests.depth(["infer"] + source + ["--turns", "1"] + arguments)
      #expect(output.code == code && output.error.contains(said), "\(arguments): \(output.error)")
      #expect(output.error.split(separator: "\n").count == 1, "\(output.error)")
    }
  }
}
