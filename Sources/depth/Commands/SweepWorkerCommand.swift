import ArgumentParser
import DepthExperiments
import DepthRuns
import Foundation

/// `depth sweep-worker`: one chunk of a sweep that is planned already; what executors hand out.
struct SweepWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep-worker", abstract: "Run one chunk of a planned sweep into a journal of its own.",
    discussion: """
      examples:
        depth sweep-worker DIR --chunk 0 --of 8
      Tasks whose index leaves the remainder I when divided by N. What any journal has done is not done again; a worker that
      was killed goes on when it is started again.
      """, shouldDisplay: false)

  @Argument(help: "The sweep's folder.") var folder: String
  @Option(name: .long, help: "Which chunk, from 0.") var chunk: Int
  @Option(name: .long, help: "Number of chunks.") var of: Int
  @Option(name: .long, help: "Tasks at once (default 1).") var jobs: Int = 1
  @Option(name: .long, help: "Further attempts of a task that failed.") var retries: Int = 0
  @Option(name: .long, help: "Stop when so many tasks have failed.") var maxFailures: Int?
  @Flag(name: .long, help: "No progress on stderr.") var quiet = false

  func run() throws {
    guard of >= 1, (0..<of).contains(chunk) else {
      throw InputError.usage("--chunk \(chunk) --of \(of); allowed: 0 <= chunk < of")
    }
    guard (1...1024).contains(jobs), (0...100).contains(retries), maxFailures.map({ $0 >= 1 }) ?? true else {
      throw InputError.usage("allowed: --jobs 1 to 1024, --retries 0 to 100, --max-failures from 1")
    }
    let folder = try SweepFolder(opening: URL(fileURLWithPath: self.folder))
    let plan = try folder.plan()
    let lock = try SweepLock(folder.url, isShared: true)
    let runner = try SweepTaskRunner(plan, threads: 1)
    let session = SweepSession(
      folder: folder, plan: plan, resolver: SweepResolver(plan, runner.schema), runner: runner,
      progress: try folder.progress(plan.count),
      worker: SweepWorkerWords(folder: folder.url, jobs: jobs, retries: retries, mostFailures: maxFailures),
      quiet: quiet)
    Interruption.install()
    let tasks = session.left(chunk: chunk, of: of)
    let outcome = try session.run(tasks, journalName: "chunk-\(chunk)-of-\(of)")
    try withExtendedLifetime(lock) {
      if Interruption.isRequested {
        Messages.error("interrupted, \(outcome.completed + outcome.failed) of \(tasks.count) tasks are done")
        throw ExitCode(130)
      }
      Messages.note("chunk \(chunk) of \(of): \(outcome.completed) completed, \(outcome.failed) failed", quiet: quiet)
      if outcome.failed > 0 { throw ExitCode(2) }
    }
  }
}
