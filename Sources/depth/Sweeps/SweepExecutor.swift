import DepthExperiments
import DepthRuns
import Foundation

/// A planned and checked sweep, for an executor to run or to hand out.
struct SweepSession {
  let folder: SweepFolder
  let plan: SweepPlan
  let resolver: SweepResolver
  let runner: SweepTaskRunner
  /// Before anything of this session ran.
  let progress: SweepProgress
  let worker: SweepWorkerWords
  let quiet: Bool

  /// Tasks to run, in order.
  func left(chunk: Int = 0, of chunks: Int = 1) -> [Int] {
    stride(from: chunk, to: plan.count, by: chunks).filter { progress.isLeft($0, retries: worker.retries) }
  }

  /// Runs tasks here, on threads.
  func run(_ tasks: [Int], journalName: String) throws -> SweepWorker.Outcome {
    var worker = SweepWorker(folder: folder, resolver: resolver, tasks: tasks, failures: progress.failures)
    worker.threads = self.worker.jobs
    worker.retries = self.worker.retries
    worker.mostFailures = self.worker.mostFailures
    worker.journalName = journalName
    let bar = ProgressLine(quiet: quiet)
    defer { bar.finish() }
    let (folder, runner) = (folder, runner)
    return try worker.run(
      solve: { try runner.solve($0, folder) }, shouldStop: { Interruption.isRequested },
      progress: { completed, failed in
        let failures = failed > 0 ? ", \(failed) failed" : ""
        bar.show(done: completed + failed, of: tasks.count, "\(completed + failed)/\(tasks.count) tasks\(failures)")
      })
  }
}

/// How the workers of a sweep are told to work.
struct SweepWorkerWords {
  let folder: URL
  /// Tasks at once in one worker.
  let jobs: Int
  let retries: Int
  let mostFailures: Int?

  /// The command of a worker for one chunk, as an executor hands it out.
  func command(chunk: String, of chunks: Int) -> [String] {
    let executable = Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? "depth"
    var words = [
      executable, "sweep-worker", folder.standardizedFileURL.path, "--chunk", chunk, "--of", "\(chunks)",
    ]
    if jobs > 1 { words += ["--jobs", "\(jobs)"] }
    if retries > 0 { words += ["--retries", "\(retries)"] }
    if let mostFailures { words += ["--max-failures", "\(mostFailures)"] }
    return words
  }
}

/// Who runs the tasks of a sweep.
protocol SweepExecutor {
  /// As `--executor` says it.
  static var name: String { get }
  /// What a dry run shows of it; the sweep is all open.
  func preview(_ worker: SweepWorkerWords) throws -> [String]
  func execute(_ session: SweepSession, _ lock: SweepLock) throws -> SweepExecution
}

extension SweepExecutor {
  func preview(_ worker: SweepWorkerWords) -> [String] { [] }
}

/// What an executor leaves.
enum SweepExecution {
  /// The tasks were run here.
  case ran(SweepWorker.Outcome)
  /// Others run them; lines for the user, who collects the table later.
  case handedOut([String])
}

/// Threads of this process.
struct LocalExecutor: SweepExecutor {
  static let name = "local"

  func execute(_ session: SweepSession, _ lock: SweepLock) throws -> SweepExecution {
    Interruption.install()
    return .ran(try session.run(session.left(), journalName: "local"))
  }
}

/// A list of worker commands, one a line, for GNU parallel, xargs or any queue.
struct ListExecutor: SweepExecutor {
  static let name = "list"
  let chunks: Int

  func execute(_ session: SweepSession, _ lock: SweepLock) throws -> SweepExecution {
    let open = (0..<chunks).filter { !session.left(chunk: $0, of: chunks).isEmpty }
    let lines = open.map { chunk in
      session.worker.command(chunk: "\(chunk)", of: chunks).map(Self.quoted).joined(separator: " ")
    }
    let file = session.folder.url.appendingPathComponent("commands.txt")
    try AtomicFile.write(lines.map { $0 + "\n" }.joined(), to: file)
    return .handedOut(lines)
  }

  /// As the shell reads it back.
  static func quoted(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+".contains($0) }
    return plain && !word.isEmpty ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
