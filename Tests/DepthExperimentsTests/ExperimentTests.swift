import DepthNetworks
import DepthRuns
import Foundation
import Testing

@testable import DepthExperiments

@Suite struct ExperimentTests {
  private static func folder() -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("experiment-\(UUID().uuidString)")
  }

  @Test func closedFormsAreMetOnRandomParameters() throws {
    let outcome = try ClosedFormExperiment.run(draws: 20, seed: 5)
    let table = try outcome.table("closed-forms")
    #expect(try table.numbers("boundary_error").allSatisfy { $0 < 1e-10 })
    #expect(try table.numbers("value_error").allSatisfy { $0 < 1e-10 })
    #expect(try table.numbers("within_bound").allSatisfy { $0 == 1 })
    let tight = try outcome.table("tightness")
    #expect(try tight.numbers("tight") == tight.numbers("draws"))
  }

  @Test func aReproductionLeavesACompleteSelfContainedReport() throws {
    let folder = Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let effort = Effort(seeds: [0, 1], runningCosts: [0.01, 0.1], draws: 3)
    let outcome = try Reproduction(effort: effort, threads: 2, command: "test").run(
      into: folder, progress: { _ in }, shouldStop: { false })
    let html = String(decoding: try AtomicFile.read(outcome.report), as: UTF8.self)
    #expect(html.components(separatedBy: "<svg").count - 1 == 8)
    #expect(!html.contains("src=\"http") && !html.contains("<link") && !html.contains("<script"))
    for heading in [
      "Closed forms", "From residual network to ODE", "The finite-depth theorem", "Halting: rules and prediction",
    ] {
      #expect(html.contains(heading))
    }
    // the network learns, the limit has its slope, the manifest hashes what is there
    #expect(try #require(outcome.facts["last_accuracy"]) > 0.95)
    #expect(abs(try #require(outcome.facts["slope"]) + 1) < 0.05)
    let run = try RunFolder(opening: folder)
    let files = try run.json("manifest.json")["files"]
    #expect(files?["seeds.csv"]?.stringValue == Digest.sha256(try AtomicFile.read(run.file("seeds.csv"))))
    // a second run resumes from finished checkpoints and gives the same tables
    let before = try run.table("objective-against-cost")
    _ = try Reproduction(effort: effort, threads: 1, command: "test").run(
      into: folder, progress: { _ in }, shouldStop: { false })
    #expect(try run.table("objective-against-cost") == before)
  }

  @Test func anInterruptionIsSaidAndLosesNothing() throws {
    let folder = Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let effort = Effort(seeds: [0], runningCosts: [0.01], draws: 1)
    #expect(throws: TrainingInterrupted.self) {
      try Reproduction(effort: effort, threads: 1, command: "test").run(
        into: folder, progress: { _ in }, shouldStop: { true })
    }
    #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("seed-0/checkpoint.npz").path))
  }
}
