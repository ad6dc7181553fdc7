import ArgumentParser
import DepthDynamics
import DepthExperiments
import DepthRuns
import Foundation

/// What a sweep says of itself, and the files that close it.
enum SweepReport {
  /// Makes the table, and the manifest where no task is open.
  static func write(_ folder: SweepFolder, _ plan: SweepPlan, seconds: Double) throws -> SweepCollector.Summary {
    let run = try RunFolder(creating: folder.url)
    let summary = try SweepCollector.collect(folder, plan)
    guard summary.completed + summary.failed == plan.count else { return summary }
    try run.finish(
      Manifest(
        command: "sweep", seed: plan.seed, configuration: plan.configuration, versions: LibraryVersions.all,
        seconds: seconds))
    return summary
  }

  static func print(
    _ summary: SweepCollector.Summary, _ folder: SweepFolder, _ plan: SweepPlan, ran: SweepWorker.Outcome?,
    seconds: Double, json: Bool
  ) throws {
    let table = folder.url.appendingPathComponent("results.csv").relativePath
    if json {
      try printJSON(
        "sweep", plan.configuration,
        [
          "tasks": .integer(plan.count), "completed": .integer(summary.completed), "failed": .integer(summary.failed),
          "unconverged": .integer(summary.unconverged), "table": .string(table),
          "ran": .integer(ran.map { $0.completed + $0.failed } ?? 0),
          "output": .string(folder.url.relativePath),
        ], seconds: seconds)
      return
    }
    let unconverged = summary.unconverged > 0 ? " (\(summary.unconverged) unconverged)" : ""
    let open = plan.count - summary.completed - summary.failed
    try StandardOutput.print(
      "\(plan.count) tasks: \(summary.completed) completed\(unconverged), \(summary.failed) failed"
        + (open > 0 ? ", \(open) open" : ""))
    if let ran, seconds > 0, ran.completed + ran.failed > 0 {
      let count = ran.completed + ran.failed
      try StandardOutput.print(
        "ran \(count) in \(String(format: "%.3g", seconds)) s, \(String(format: "%.4g", Double(count) / seconds)) a second"
      )
    }
    if let reason = summary.firstReason { try StandardOutput.print("first failure: \(reason)") }
    try StandardOutput.print("table: \(table)")
  }

  /// - Throws: exit code 2 where tasks failed, 3 where some are unconverged.
  static func exit(_ summary: SweepCollector.Summary, allowUnconverged: Bool) throws {
    if summary.failed > 0 { throw ExitCode(2) }
    if summary.unconverged > 0, !allowUnconverged { throw ExitCode(3) }
  }

  /// `depth sweep collect DIR`: the table of what is done so far.
  static func collect(_ path: String, json: Bool, allowUnconverged: Bool) throws {
    let folder = try SweepFolder(opening: URL(fileURLWithPath: path))
    let plan = try folder.plan()
    let (summary, seconds) = try timed { try write(folder, plan, seconds: 0) }
    try print(summary, folder, plan, ran: nil, seconds: seconds, json: json)
    try exit(summary, allowUnconverged: allowUnconverged)
  }

  /// `depth sweep status DIR`.
  static func status(_ path: String, json: Bool) throws {
    let folder = try SweepFolder(opening: URL(fileURLWithPath: path))
    let plan = try folder.plan()
    let progress = try folder.progress(plan.count)
    let isRunning = SweepLock.isHeld(in: folder.url)
    let (open, failed) = (progress.count(.open), progress.count(.failed))
    if json {
      try printJSON(
        "sweep", ["output": .string(path)],
        [
          "tasks": .integer(plan.count), "completed": .integer(progress.completed), "failed": .integer(failed),
          "unconverged": .integer(progress.count(.unconverged)), "open": .integer(open), "running": .bool(isRunning),
          "table": FileManager.default.fileExists(atPath: "\(path)/results.csv")
            ? .string("\(path)/results.csv") : .null,
        ])
      return
    }
    try StandardOutput.print(
      "\(plan.command): \(plan.count) tasks, \(progress.completed) completed, \(failed) failed, \(open) open"
        + (isRunning ? "; running" : ""))
    if open > 0, !isRunning {
      try StandardOutput.print("depth sweep PLAN.toml --output \(path) --resume finishes it")
    }
  }
}
