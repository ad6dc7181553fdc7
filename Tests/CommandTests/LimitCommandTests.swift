import DepthRuns
import Foundation
import Testing

/// `depth limit` as a user meets it.
@Suite struct LimitCommandTests {
  private static func results(_ arguments: String..., code: Int32 = 0) throws -> [String: Any] {
    let output = try CommandTests.depth(["limit", "--json", "--quiet"] + arguments)
    #expect(output.code == code, "\(output.error)")
    return try #require(try output.json()["results"] as? [String: Any])
  }

  @Test func theDefaultHasSlopeOneAndThePredictedConstant() throws {
    let results = try Self.results("--problem", "flow-decay", "--horizon", "1", "--accuracy", "1e-3")
    let (slope, constant, predicted) = (
      try #require(results["slope"] as? Double), try #require(results["constant"] as? Double),
      try #require(results["predicted_constant"] as? Double)
    )
    #expect(abs(slope + 1) < 0.01 && abs(constant / predicted - 1) < 1e-3)
    #expect((results["table"] as? [[String: Any]])?.count == 8)
    let accuracy = try #require((results["blocks_for_accuracy"] as? [[String: Any]])?.first)
    #expect(accuracy["predicted_blocks"] as? Double == 184)
    // the same under the experiment's name
    #expect((results["resnet"] as? [String: Any])?["slope"] as? Double == slope)
  }

  @Test func everyExperimentLeavesItsTables() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)-limits")
    defer { try? FileManager.default.removeItem(at: folder) }
    let results = try Self.results(
      "--problem", "anisotropic-decay", "--experiment", "all", "--output", folder.path)
    for name in ["resnet", "path_length", "envelope", "logarithmic_norm", "lyapunov", "contraction"] {
      #expect(results[name] is [String: Any], "\(name)")
    }
    let run = try RunFolder(opening: folder)
    for table in ["depth-limit", "path-length", "field-norm-envelope", "logarithmic-norm", "lyapunov-exponents"] {
      #expect(try run.table(table).rowCount > 0, "\(table)")
    }
    #expect(try CommandTests.depth(["figures", folder.path]).code == 0)
    #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("contraction-profile.png").path))
  }

  @Test func lorenzExponentsSumToTheDivergence() throws {
    let results = try Self.results(
      "--problem", "lorenz", "--experiment", "lyapunov", "--horizon", "60", "--relative-tolerance", "1e-9",
      "--absolute-tolerance", "1e-11")
    let found = try #require(results["lyapunov"] as? [String: Any])
    #expect(abs(try #require(found["sum"] as? Double) + 41.0 / 3) < 1e-3)
    #expect((found["exponents"] as? [Double])?.count == 3)
  }

  @Test func aFileOfStatesIsABatch() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString).npy")
    defer { try? FileManager.default.removeItem(at: file) }
    try AtomicFile.write(NumericArray(shape: [3, 2], values: [1, 1, 2, 0, -1, 3]).npy, to: file)
    let results = try Self.results(
      "--problem", "anisotropic-decay", "--initial", file.path, "--blocks", "256,512")
    let rows = try #require(results["batch"] as? [[String: Any]])
    #expect(rows.count == 2)
    #expect(try #require(rows[0]["error_largest"] as? Double) > #require(rows[0]["error"] as? Double))
  }

  // a chaotic flow's limit lies far beyond the sizes that are run: the table is there, and the exit says so
  @Test(arguments: [("spiral", Int32(0)), ("lorenz", 3)])
  func longFlowsAnswerWithDefaults(problem: String, code: Int32) throws {
    let results = try Self.results("--problem", problem, code: code)
    #expect((results["table"] as? [[String: Any]])?.count ?? 0 >= 4)
    #expect((results["overflowed_blocks"] as? [Double])?.isEmpty == false)
  }

  @Test func oneFailureLeavesTheOthers() throws {
    let output = try CommandTests.depth([
      "limit", "--json", "--problem", "robertson", "--horizon", "1000", "--experiment", "all", "--samples", "20",
    ])
    #expect(output.code == 3, "\(output.error)")
    let json = try output.json()
    let results = try #require(json["results"] as? [String: Any])
    let failed = try #require(results["failed_experiments"] as? [String])
    #expect(failed.contains("gradient-gap") && !failed.contains("path-length") && results["lyapunov"] is [String: Any])
    let warnings = try #require(json["warnings"] as? [String])
    for name in failed { #expect(warnings.contains { $0.hasPrefix("\(name) failed: ") }, "\(name)") }
  }

  @Test func noAnswerAtAllIsExitOne() throws {
    let output = try CommandTests.depth([
      "limit", "--problem", "custom", "--drift", "x^2", "--initial", "1", "--horizon", "2", "--experiment",
      "path-length",
      "--experiment", "envelope",
    ])
    #expect(output.code == 1 && output.error.contains("no experiment has an answer: path-length: "), "\(output.error)")
  }

  @Test func tooManyBlocksAreOneLine() throws {
    let output = try CommandTests.depth(["limit", "--problem", "flow-decay", "--blocks", "8,1e9"])
    #expect(output.code == 64 && output.error.contains("blocks is 1000000000; allowed: at most "), "\(output.error)")
  }
}
