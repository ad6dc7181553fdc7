import DepthRuns
import Foundation
import Testing

/// `depth simulate` as a user meets it.
@Suite struct SimulateCommandTests {
  private static func results(_ arguments: [String]) throws -> [String: Any] {
    let json = try CommandTests.depth(["simulate"] + arguments + ["--json"]).json()
    return try #require(json["results"] as? [String: Any])
  }

  private static func rows(_ value: Any?) throws -> [[Double]] { try #require(value as? [[Double]]) }

  @Test func anEnsembleHasItsExactMoments() throws {
    let results = try Self.results([
      "--problem", "ou-contraction", "--set", "a=2", "--set", "s=0.3", "--paths", "4000", "--horizon", "1",
      "--at-depth", "0.25", "--at-depth", "1", "--initial", "1.5", "--seed", "4",
    ])
    #expect(results["depths"] as? [Double] == [0.25, 1])
    #expect(results["paths"] is NSNull)
    let (mean, error) = (try Self.rows(results["mean"]), try Self.rows(results["standard_error"]))
    let bias = try Self.rows(results["mean_bias"])
    for (index, t) in [0.25, 1].enumerated() {
      #expect(abs(mean[index][0] - bias[index][0] - 1.5 * exp(-2 * t)) < 4 * error[index][0])
    }
    #expect(results["error_bound_kind"] as? String == "estimate")
    #expect(try #require(results["error_bound"] as? Double) > 0)
    let exact = try #require(results["exact"] as? [String: Any])
    #expect(abs(try Self.rows(exact["mean"])[1][0] - 1.5 * exp(-2)) < 1e-15)
  }

  @Test func pathsAreWrittenAsAnArray() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let arguments = [
      "--problem", "brownian-radial", "--set", "dimension=3", "--paths", "50", "--horizon", "2", "--points", "5",
      "--blocks", "7", "--output", folder.path,
    ]
    let results = try Self.results(arguments + ["--threads", "1"])
    let path = try #require(results["paths"] as? String)
    let array = try NumericArray(npy: URL(fileURLWithPath: path))
    #expect(array.shape == [50, 5, 3])
    let mean = try Self.rows(results["mean"])
    let column = (0..<50).map { path -> Double in array.values[(path * 5 + 4) * 3 + 1] }
    let last = column.reduce(0, +) / 50
    #expect(abs(mean[4][1] - last) < 1e-13)
    for name in ["configuration.json", "manifest.json", "results.json", "moments.csv"] {
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path), "\(name)")
    }
    let again = try Self.results(arguments + ["--threads", "2", "--keep-paths", "4"])
    #expect(try Self.rows(again["mean"]) == mean)
    #expect(try NumericArray(npy: URL(fileURLWithPath: path)).values == Array(array.values.prefix(60)))
  }

  @Test func exactLawsCarryNoStepError() throws {
    let results = try Self.results(["--problem", "american-put", "--method", "exact", "--paths", "500"])
    #expect(results["error_bound"] as? Double == 0 && results["error_bound_kind"] as? String == "certified")
  }

  @Test(arguments: [
    ["--problem", "ou-contractoin"], ["--problem", "ou-contraction", "--paths", "0"],
    ["--problem", "sequential-test", "--method", "exact"], ["--problem", "sequential-test", "--initial", "1.5"],
    ["--problem", "spiral", "--set", "noise=-1"],
    ["--problem", "ou-contraction", "--paths", "999999999999", "--output", "x"],
    ["--problem", "ou-contraction", "--at-depth", "3"], ["--problem", "ou-contraction", "--set", "foo=1"],
    ["--problem", "ou-contraction", "--blocks", "0"], ["--problem", "ou-contraction", "--plot", "-"],
    ["--problem", "ou-contraction", "--horizon", "nan"], [],
  ]) func nonsenseIsRefusedInOneLine(arguments: [String]) throws {
    let output = try CommandTests.depth(["simulate"] + arguments)
    #expect(output.code == 64 && output.out.isEmpty)
    #expect(output.error.split(separator: "\n").count == 1 && output.error.hasPrefix("depth: "))
  }

  @Test func explosionsAreOneLineAndExitOne() throws {
    let output = try CommandTests.depth([
      "simulate", "--problem", "van-der-pol", "--paths", "10", "--blocks", "50", "--quiet",
    ])
    #expect(output.code == 1 && output.error.contains("path 0 explodes"))
  }
}
