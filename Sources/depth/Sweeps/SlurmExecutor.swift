import DepthExperiments
import DepthRuns
import Foundation

/// A Slurm job array: a worker for each chunk, each with a journal of its own.
///
/// The journals are the truth: what Slurm says of its jobs decides only when waiting ends. Chunks that are left are submitted again
/// by `--resume`.
struct SlurmExecutor: SweepExecutor {
  static let name = "slurm"
  let chunks: Int
  let options: SlurmOptions
  /// Ends when the jobs are submitted, instead of when they are done.
  let isDetached: Bool

  func execute(_ session: SweepSession, _ lock: SweepLock) throws -> SweepExecution {
    let folder = session.folder.url.appendingPathComponent("slurm").standardizedFileURL
    try AtomicFile.makeFolder(folder)
    let open = (0..<chunks).filter { !session.left(chunk: $0, of: chunks).isEmpty }
    let scripts = scripts(of: open, session.worker, largestArray: try SlurmCluster.largestArray(), folder)
    guard !scripts.isEmpty else { return .ran(SweepWorker.Outcome()) }
    // workers share the folder's lock with each other and with this process
    try lock.share()
    let jobs = try scripts.map { script in
      let file = folder.appendingPathComponent("chunks-from-\(script.offset).sh")
      try AtomicFile.write(script.text, to: file)
      return try SlurmCluster.submit(file)
    }
    Messages.note("submitted as job \(jobs.joined(separator: ", "))", quiet: session.quiet)
    if isDetached {
      return .handedOut(jobs.map { "job \($0)" })
    }
    Interruption.install()
    return .ran(try SlurmWait(session, jobs: jobs).outcome())
  }

  func preview(_ worker: SweepWorkerWords) throws -> [String] {
    // away from a cluster, Slurm's own default
    let largest = (try? SlurmCluster.largestArray()) ?? 1001
    let folder = worker.folder.appendingPathComponent("slurm").standardizedFileURL
    return scripts(of: Array(0..<chunks), worker, largestArray: largest, folder).map(\.text)
  }

  private func scripts(
    of open: [Int], _ worker: SweepWorkerWords, largestArray: Int, _ folder: URL
  ) -> [SlurmScript] {
    let words = worker.command(chunk: SlurmScript.chunkVariable, of: chunks)
    let command = words.map { $0 == SlurmScript.chunkVariable ? "\"\($0)\"" : ListExecutor.quoted($0) }
    return SlurmScript.scripts(
      chunks: open, worker: command.joined(separator: " "), options: options, threads: worker.jobs,
      largestArray: largestArray, logFolder: folder.path)
  }
}

/// Waiting until the journals hold every task, or no job is left that could write them.
private struct SlurmWait {
  let session: SweepSession
  let jobs: [String]

  init(_ session: SweepSession, jobs: [String]) {
    self.session = session
    self.jobs = jobs
  }

  func outcome() throws -> SweepWorker.Outcome {
    let bar = ProgressLine(quiet: session.quiet)
    defer { bar.finish() }
    let before = session.progress
    while true {
      // asked before the journals are read: a job that ends in between has then written all it will
      let isAlive = try SlurmCluster.isAnyAlive(jobs)
      let progress = try session.folder.progress(session.plan.count)
      let (done, failed) = (progress.completed - before.completed, progress.failedSince(before))
      bar.show(
        done: before.completed + done + failed, of: session.plan.count,
        "\(before.completed + done + failed)/\(session.plan.count) tasks\(failed > 0 ? ", \(failed) failed" : "")")
      if Interruption.isRequested {
        Messages.error("the jobs go on: scancel \(jobs.joined(separator: " ")) ends them")
        return SweepWorker.Outcome(completed: done, failed: failed)
      }
      if !isAlive { return SweepWorker.Outcome(completed: done, failed: failed) }
      for _ in 0..<20 where !Interruption.isRequested { usleep(100_000) }
    }
  }
}
