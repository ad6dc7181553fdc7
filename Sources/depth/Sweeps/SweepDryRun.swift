import DepthExperiments
import DepthRuns
import Foundation

/// `depth sweep --dry-run`: how many tasks, the first of them, and how long they may take.
struct SweepDryRun {
  private let plan: SweepPlan
  private let resolver: SweepResolver
  private let runner: SweepTaskRunner
  private let jobs: Int
  private static let shownTasks = 5
  /// A sample ends when it has taken so long, or has so many tasks.
  private static let sampleSeconds = 2.0
  private static let sampleTasks = 200

  init(_ plan: SweepPlan, _ resolver: SweepResolver, _ runner: SweepTaskRunner, jobs: Int) {
    (self.plan, self.resolver, self.runner, self.jobs) = (plan, resolver, runner, jobs)
  }

  func report(json: Bool, quiet: Bool) throws {
    let first = try (0..<min(Self.shownTasks, plan.count)).map { try resolver.task($0) }
    let sample = try sampled(quiet: quiet)
    let mean = sample.isEmpty ? nil : sample.reduce(0, +) / Double(sample.count)
    let total = mean.map { $0 * Double(plan.count) / Double(min(jobs, plan.count)) }
    if json {
      guard case .object(let configuration) = plan.json() else { return }
      return try printJSON(
        "sweep", configuration,
        [
          "tasks": .integer(plan.count), "completed": 0, "failed": 0, "table": .null, "jobs": .integer(jobs),
          "first": .array(first.map(Self.json)), "sampled_tasks": .integer(sample.count),
          "seconds_per_task": JSONValue(mean), "estimated_seconds": JSONValue(total),
        ])
    }
    try StandardOutput.print("\(plan.count) tasks of depth \(plan.command)")
    for task in first {
      let text = String(decoding: JSONValue.object(task.configuration).canonical, as: UTF8.self)
      try StandardOutput.print("  \(task.index): \(text)")
    }
    if plan.count > first.count { try StandardOutput.print("  ...") }
    guard let mean, let total else { return try StandardOutput.print("no estimate of the time: no task was finished") }
    try StandardOutput.print(
      "about \(Self.duration(total)) with \(jobs) at once: \(Self.duration(mean)) a task, by \(sample.count) of them")
  }

  private static func json(_ task: SweepTask) -> JSONValue {
    [
      "task": .integer(task.index), "identity": .string(task.identity.description),
      "configuration": .object(task.configuration),
    ]
  }

  /// Seconds of tasks spread over the plan; the first is not counted where there are others, as it warms caches.
  private func sampled(quiet: Bool) throws -> [Double] {
    Interruption.install()
    let count = min(Self.sampleTasks, plan.count)
    var seconds: [Double] = []
    let start = ContinuousClock.now
    Messages.note("timing some tasks (Ctrl-C ends it) ...", quiet: quiet)
    for place in 0..<count where !Interruption.isRequested {
      let task = try resolver.task(place * plan.count / count)
      let taken: Double
      do {
        taken = try timed { _ = try runner.solve(task, nil) }.seconds
      } catch is any InterruptedWork {
        break
      } catch {
        continue
      }
      seconds.append(taken)
      if (ContinuousClock.now - start) / .seconds(1) > Self.sampleSeconds { break }
    }
    return seconds.count > 1 ? Array(seconds.dropFirst()) : seconds
  }

  private static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<1e-3: String(format: "%.3g us", 1e6 * seconds)
    case ..<1: String(format: "%.3g ms", 1e3 * seconds)
    case ..<120: String(format: "%.3g s", seconds)
    case ..<7200: String(format: "%.3g minutes", seconds / 60)
    default: String(format: "%.3g hours", seconds / 3600)
    }
  }
}
