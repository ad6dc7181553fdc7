import DepthRuns
import Foundation
import Testing

/// `depth sweep` as a user meets it.
@Suite struct SweepCommandTests {
  private static func scratch() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("depth-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private static func plan(_ text: String, in folder: URL) throws -> String {
    let url = folder.appendingPathComponent("plan.toml")
    try Data(text.utf8).write(to: url)
    return url.path
  }

  private static func boundaries(_ count: Int) -> String {
    """
    command = "boundary"
    seed = 1
    [fixed]
    problem = "ou-contraction"
    a = 1
    at = 1
    [grid]
    s = [0.2, 0.5]
    c = { log = [0.01, 1], count = \(count) }
    """
  }

  /// The table without its seconds.
  private static func rows(_ folder: URL) throws -> Table {
    let table = try Table(contentsOf: folder.appendingPathComponent("results.csv"))
    var rest = Table(name: "results")
    for (name, column) in zip(table.columnNames, table.columns) where name != "seconds" { rest.add(name, column) }
    return rest
  }

  @Test func aSweepEndsInATidyTable() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let plan = try Self.plan(Self.boundaries(5), in: scratch)
    let folder = scratch.appendingPathComponent("sweep")
    let run = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--jobs", "2", "--json", "--quiet"])
    #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
    let results = try #require(try run.json()["results"] as? [String: Any])
    #expect(results["tasks"] as? Int == 10 && results["completed"] as? Int == 10 && results["failed"] as? Int == 0)
    let table = try Table(contentsOf: folder.appendingPathComponent("results.csv"))
    #expect(table.rowCount == 10 && Array(table.columnNames.prefix(2)) == ["noise", "running_cost"])
    #expect(Array(table.columnNames.suffix(2)) == ["status", "seconds"])
    // as the command alone finds it
    let alone = try CommandTests.depth([
      "boundary", "--problem", "ou-contraction", "--set", "a=1", "--set", "s=0.5", "--set", "c=0.1", "--at", "1",
      "--json",
    ])
    let found = try #require(try alone.json()["results"] as? [String: Any])
    let radius = try #require((found["boundary"] as? [String: Any])?["radius"] as? Double)
    let row = try #require(
      zip(try table.numbers("noise"), try table.numbers("running_cost")).enumerated().first {
        $0.element == (0.5, 0.1)
      }?.offset)
    #expect(try table.numbers("boundary.radius")[row] == radius)
    #expect(try table.numbers("boundary.upper")[row] == radius && table.numbers("boundary.lower")[row] == -radius)
    let value = try #require((found["value"] as? [[String: Any]])?.first?["value"] as? Double)
    // the two readers may differ in the last place
    let swept = try table.numbers("value.0.value")[row]
    #expect(abs(swept - value) <= value.ulp, "\(swept), \(value)")
    for name in ["results.sqlite", "manifest.json", "plan.json", "configuration.json"] {
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path), "\(name)")
    }
    let status = try CommandTests.depth(["sweep", "status", folder.path, "--json"]).json()["results"] as? [String: Any]
    #expect(status?["completed"] as? Int == 10 && status?["running"] as? Bool == false)
    let again = try CommandTests.depth(["sweep", plan, "--output", folder.path])
    #expect(again.code == 65 && again.error.contains("--resume"))
    let resumed = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--resume", "--json"])
    #expect((try resumed.json()["results"] as? [String: Any])?["ran"] as? Int == 0)
  }

  @Test func resultsDependOnNeitherThreadsNorExecutor() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let plan = try Self.plan(
      """
      command = "simulate"
      [fixed]
      problem = "ou-contraction"
      paths = 50
      blocks = 8
      [sample]
      method = "latin-hypercube"
      count = 6
      a = { linear = [0.5, 2] }
      noise = { log = [0.1, 1] }
      [replicates]
      count = 2
      """, in: scratch)
    let folders = ["one", "three", "list"].map { scratch.appendingPathComponent($0) }
    for (folder, jobs) in zip(folders, ["1", "3"]) {
      let run = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--jobs", jobs])
      #expect(run.code == 0, "\(run.error)")
    }
    let listed = try CommandTests.depth([
      "sweep", plan, "--output", folders[2].path, "--executor", "list", "--chunks", "5",
    ])
    let commands = listed.out.split(separator: "\n")
    #expect(listed.code == 0 && commands.count == 5)
    for command in commands.reversed() {
      let worker = try CommandTests.depth(command.split(separator: " ").dropFirst().map(String.init))
      #expect(worker.code == 0 && worker.out.isEmpty, "\(worker.error)")
    }
    #expect(try CommandTests.depth(["sweep", "collect", folders[2].path]).code == 0)
    let tables = try folders.map { try Self.rows($0) }
    let seeds = try tables[0].numbers("seed")
    #expect(tables[0].rowCount == 12 && Set(seeds).count == 12)
    #expect(tables[1] == tables[0] && tables[2] == tables[0])
  }

  /// Killed at twenty random moments and resumed each time: the table of an undisturbed sweep.
  @Test func killedAndResumedItIsTheSame() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let plan = try Self.plan(Self.boundaries(2500), in: scratch)
    let (whole, killed) = (scratch.appendingPathComponent("whole"), scratch.appendingPathComponent("killed"))
    #expect(try CommandTests.depth(["sweep", plan, "--output", whole.path, "--quiet"]).code == 0)
    var cut = 0
    for _ in 0..<20 {
      let process = try CommandTests.start(["sweep", plan, "--output", killed.path, "--resume", "--quiet"])
      Thread.sleep(forTimeInterval: Double.random(in: 0.02...0.3))
      if process.isRunning { cut += 1 }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    #expect(cut > 0)
    let end = try CommandTests.depth(["sweep", plan, "--output", killed.path, "--resume", "--quiet"])
    #expect(end.code == 0, "\(end.error)")
    #expect(try Self.rows(killed) == Self.rows(whole))
    // nothing was done twice
    var seen: [Int: Int] = [:]
    for journal in try SweepFolder(opening: killed).journals() {
      try SweepJournal.read(journal) { seen[$0.task, default: 0] += 1 }
    }
    #expect(seen.count == 5000 && seen.values.allSatisfy { $0 == 1 })
  }

  private static func system(_ words: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// A disk that fills up, on a file system of its own; as root, where that can be mounted.
  @Test(.enabled(if: geteuid() == 0)) func aFullDiskLosesNothing() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let disk = scratch.appendingPathComponent("disk")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    guard try Self.system("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.path) == 0 else { return }
    defer { _ = try? Self.system("umount", disk.path) }
    let plan = try Self.plan(Self.boundaries(1000), in: scratch)
    let (whole, folder) = (scratch.appendingPathComponent("whole"), disk.appendingPathComponent("sweep"))
    #expect(try CommandTests.depth(["sweep", plan, "--output", whole.path, "--quiet"]).code == 0)
    let full = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--quiet"])
    #expect(full.code == 65 && full.error.contains("No space left on device") && full.error.contains("--resume"))
    #expect(full.error.split(separator: "\n").count == 1, "\(full.error)")
    #expect(try Self.system("mount", "-o", "remount,size=64m", disk.path) == 0)
    let status = try CommandTests.depth(["sweep", "status", folder.path, "--json"]).json()["results"] as? [String: Any]
    let kept = try #require(status?["completed"] as? Int)
    #expect(kept > 10 && kept < 2000)
    let resumed = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--resume", "--json", "--quiet"])
    #expect((try resumed.json()["results"] as? [String: Any])?["ran"] as? Int == 2000 - kept)
    #expect(try Self.rows(folder) == Self.rows(whole))
  }

  @Test func twoSweepsDoNotShareAFolder() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let folder = scratch.appendingPathComponent("sweep")
    let lock = try SweepLock(folder)
    let plan = try Self.plan(Self.boundaries(5), in: scratch)
    let second = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--resume"])
    #expect(second.code == 65 && second.error.contains("at work"))
    withExtendedLifetime(lock) {}
    #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("plan.json").path))
  }

  @Test func failedTasksAreRows() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    // a field that leaves its domain from the second initial state on
    let plan = try Self.plan(
      """
      command = "integrate"
      [fixed]
      problem = "custom"
      drift = ["x^2"]
      horizon = 1
      [zip]
      initial = [[0.5], [2], [3], [0.25]]
      """, in: scratch)
    let folder = scratch.appendingPathComponent("sweep")
    let run = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--jobs", "1", "--json"])
    #expect(run.code == 2, "\(run.error)")
    let table = try Table(contentsOf: folder.appendingPathComponent("results.csv"))
    #expect(try table.texts("status").map { $0 == "failed" } == [false, true, true, false])
    #expect(try table.texts("reason").map(\.isEmpty) == [true, false, false, true])
    #expect(abs(try table.numbers("states.0.0")[0] - 1) < 1e-6)
    // finished is finished, until a retry is asked for
    func ran(_ options: [String]) throws -> Int? {
      let output = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--resume", "--json"] + options)
      return (try output.json()["results"] as? [String: Any])?["ran"] as? Int
    }
    #expect(try ran([]) == 0)
    #expect(try ran(["--retries", "1"]) == 2)
    let fast = scratch.appendingPathComponent("fast")
    let stopped = try CommandTests.depth(["sweep", plan, "--output", fast.path, "--jobs", "1", "--fail-fast"])
    #expect(stopped.code == 2 && stopped.error.contains("--resume"))
    #expect(try Table(contentsOf: fast.appendingPathComponent("results.csv")).rowCount == 2)
  }

  static let bad: [(plan: String, part: String)] = [
    ("command = \"boundry\"", "did you mean boundary"), ("command = \"problems\"", "command of a sweep"),
    ("command = \"boundary\"\n[fixed]\nproblem = \"ou-contractoin\"\n[grid]\nc = [1]", "did you mean ou-contraction"),
    (
      "command = \"boundary\"\n[fixed]\nproblem = \"ou-contraction\"\n[grid]\ncontraction_rat = [1]", "contraction_rate"
    ),
    ("command = \"boundary\"\n[fixed]\nproblem = \"ou-contraction\"\ntolerence = 1", "did you mean tolerance"),
    ("command = \"boundary\"\n[fixed]\nproblem = \"ou-contraction\"\n[grid]\nc = [0.1, 0.2, -1]", "task 2 (c = -1)"),
    ("command = \"boundary\"\n[fixed]\nproblem = \"ou-contraction\"\n[grid]\nc = [0.1, \"x\"]", "task 1"),
    ("command = \"boundary\"\n[fixed]\nproblem = \"ou-contraction\"\n[grid]\nc = [0.1, 0.2, 0.1]", "same task"),
    ("command = \"boundary\"\n[fixed]\nproblem = \"ou-contraction\"\n[grid]\nc = []", "empty"),
    (
      "command = \"boundary\"\n[fixed]\nproblem = \"ou-contraction\"\n[grid]\nc = { log = [0.1, 1], count = 10000000 }",
      "1000000"
    ),
    ("command = \"train\"\n[grid]\nepochs = [1, 0]", "task 1"),
    ("command = \"train\"\n[grid]\nblocks = [2.5]", "blocks"),
  ]

  @Test(arguments: bad.indices) func aBadPlanIsRefusedBeforeAnythingRuns(_ index: Int) throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let plan = try Self.plan(Self.bad[index].plan, in: scratch)
    let folder = scratch.appendingPathComponent("sweep")
    let run = try CommandTests.depth(["sweep", plan, "--output", folder.path])
    #expect([64, 65].contains(run.code) && run.error.contains(Self.bad[index].part), "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1 && run.out.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func aDryRunWritesNothing() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let plan = try Self.plan(Self.boundaries(500), in: scratch)
    let run = try CommandTests.depth(["sweep", plan, "--dry-run", "--json", "--quiet", "--set", "tolerance=1e-6"])
    let results = try #require(try run.json()["results"] as? [String: Any])
    #expect(results["tasks"] as? Int == 1000 && (results["first"] as? [Any])?.count == 5)
    #expect(try #require(results["estimated_seconds"] as? Double) > 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["plan.toml"])
  }

  @Test func trainingsLeaveRunFolders() throws {
    let scratch = try Self.scratch()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let plan = try Self.plan(
      """
      command = "train"
      [fixed]
      blocks = 3
      epochs = 1
      [grid]
      running_cost = [0.01, 0.1]
      [replicates]
      count = 2
      """, in: scratch)
    let folder = scratch.appendingPathComponent("sweep")
    let run = try CommandTests.depth(["sweep", plan, "--output", folder.path, "--quiet"])
    #expect(run.code == 0, "\(run.error)")
    let table = try Table(contentsOf: folder.appendingPathComponent("results.csv"))
    let accuracies = try table.numbers("test_accuracy_per_block.3")
    #expect(table.rowCount == 4 && Set(accuracies).count > 1)
    let first = folder.appendingPathComponent(try table.texts("run")[0])
    let compared = try CommandTests.depth(["theory", "--run", first.path, "--json"])
    #expect(compared.code == 0, "\(compared.error)")
    #expect(compared.out.contains("\"running_cost\" : 0.01"))
  }
}
