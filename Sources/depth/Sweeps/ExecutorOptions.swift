import ArgumentParser
import DepthRuns
import Foundation

/// Which executor, and how it cuts the sweep.
struct ExecutorOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "Who runs the tasks: local (threads; default), slurm (a job array), list (worker commands on stdout).")
  var executor: String?
  @Option(
    name: .long,
    help: "list, slurm: parts of the sweep, a worker each (default: list four a core; slurm up to 100).")
  var chunks: Int?
  @Option(
    name: .customLong("slurm"), parsing: .unconditionalSingleValue,
    help:
      "What the job is asked for, key=value; repeatable, over [slurm] of the plan: \(SlurmOptions.keys.joined(separator: ", "))."
  )
  var slurm: [String] = []
  @Flag(name: .long, help: "slurm: end when the jobs are submitted.") var noWait = false

  private static let names = [LocalExecutor.name, SlurmExecutor.name, ListExecutor.name]

  /// Tasks at once unless told otherwise: the cores here, one in a job.
  var defaultJobs: Int { executor == SlurmExecutor.name ? 1 : ProcessInfo.processInfo.activeProcessorCount }

  /// - Throws: `InputError.usage` for an unknown name, and for options of another executor; `InputError.data` for a bad [slurm].
  func executor(tasks: Int, plan: URL) throws -> any SweepExecutor {
    let name = executor ?? LocalExecutor.name
    guard Self.names.contains(name) else { throw InputError.unknown(name, kindOfName: "executor", known: Self.names) }
    guard name == SlurmExecutor.name || slurm.isEmpty && !noWait else {
      throw InputError.usage("--slurm and --no-wait are given, but the executor is \(name)")
    }
    let options = try slurmOptions(plan)
    switch name {
    case SlurmExecutor.name:
      return SlurmExecutor(chunks: try chunks(of: tasks, default: 100), options: options, isDetached: noWait)
    case ListExecutor.name:
      return ListExecutor(
        chunks: try chunks(of: tasks, default: 4 * ProcessInfo.processInfo.activeProcessorCount))
    default:
      guard chunks == nil else { throw InputError.usage("--chunks is given, but the executor is local") }
      return LocalExecutor()
    }
  }

  private func chunks(of tasks: Int, default count: Int) throws -> Int {
    let count = chunks ?? min(tasks, count)
    guard (1...tasks).contains(count) else {
      throw InputError.value(count, of: "chunks", allowed: "1 to \(tasks), the number of tasks")
    }
    return count
  }

  /// [slurm] of the plan is read whoever runs the tasks, so that a slip in it is found before it is needed.
  private func slurmOptions(_ plan: URL) throws -> SlurmOptions {
    var options = try SlurmOptions(planAt: plan)
    for text in slurm {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw InputError.value("'\(text)'", of: "--slurm", allowed: "key=value, as partition=cpu")
      }
      let (key, value) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
      do {
        try options.read([key: ConfigurationFile.value(value)])
      } catch let error as InputError {
        throw InputError.usage(error.description)
      }
    }
    return options
  }
}
