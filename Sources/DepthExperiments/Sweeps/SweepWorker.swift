public import DepthRuns
import Foundation
import Synchronization

/// What a task found, for its row.
public struct SweepAnswer: Sendable {
  public var status: SweepRecord.Status
  public var columns: SweepColumns
  public var warnings: [String]

  public init(status: SweepRecord.Status, columns: SweepColumns, warnings: [String] = []) {
    (self.status, self.columns, self.warnings) = (status, columns, warnings)
  }
}

/// A task was stopped by its user: it has no row and is run again.
public protocol InterruptedWork: Error {}

/// Runs the open tasks of a sweep, or of one chunk of it, on threads, each with a journal of its own.
///
/// Which thread runs what changes nothing: seeds and identities are the tasks' own. Costs a few microseconds a task beside
/// the task itself; memory does not grow with the number of tasks done.
public struct SweepWorker: Sendable {
  public let folder: SweepFolder
  public let resolver: SweepResolver
  /// Indices of the tasks to run, in order.
  public let tasks: [Int]
  /// Attempts that failed before, by task.
  public let failures: [UInt16]
  public var threads = 1
  /// Further attempts after one that failed.
  public var retries = 0
  /// Failed tasks after which the sweep stops; nil: never.
  public var mostFailures: Int?
  /// Journals are `name` and, from the second thread on, `name-1`, ...
  public var journalName = "local"

  public init(folder: SweepFolder, resolver: SweepResolver, tasks: [Int], failures: [UInt16]) {
    (self.folder, self.resolver, self.tasks, self.failures) = (folder, resolver, tasks, failures)
  }

  public struct Outcome: Sendable {
    public internal(set) var completed = 0
    public internal(set) var failed = 0
    /// Ended before all tasks were run: interrupted, or too many failures.
    public internal(set) var isCutShort = false

    public init(completed: Int = 0, failed: Int = 0, isCutShort: Bool = false) {
      (self.completed, self.failed, self.isCutShort) = (completed, failed, isCutShort)
    }
  }

  private final class Shared: Sendable {
    let next = Atomic<Int>(0)
    let completed = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let stops = Atomic<Bool>(false)
    let running: Atomic<Int>
    let error = Mutex<(any Error)?>(nil)
    let finished = DispatchSemaphore(value: 0)

    init(threads: Int) { running = Atomic(threads) }
  }

  /// - Parameter solve: one task's answer; called from all threads.
  /// - Parameter progress: done, failed; called now and then from the calling thread.
  /// - Throws: `InputError.data` where a journal cannot be written or the disk is full; what is done stays done.
  public func run(
    solve: @Sendable @escaping (SweepTask) throws -> SweepAnswer, shouldStop: () -> Bool = { false },
    progress: (_ completed: Int, _ failed: Int) -> Void = { _, _ in }
  ) throws -> Outcome {
    let count = max(1, min(threads, tasks.count))
    let journals = try (0..<count).map { try folder.journal($0 == 0 ? journalName : "\(journalName)-\($0)") }
    let shared = Shared(threads: count)
    for journal in journals {
      let thread = Thread {
        work(journal, shared, solve)
        shared.running.subtract(1, ordering: .acquiringAndReleasing)
        shared.finished.signal()
      }
      // as the main thread of a command has
      thread.stackSize = 8 << 20
      thread.start()
    }
    supervise(journals, shared, shouldStop, progress)
    for journal in journals { try journal.sync() }
    if let error = shared.error.withLock({ $0 }) { throw error }
    return Outcome(
      completed: shared.completed.load(ordering: .acquiring), failed: shared.failed.load(ordering: .acquiring),
      isCutShort: shared.stops.load(ordering: .acquiring))
  }

  /// Carries journals to the disk at least every second, and says how far it is.
  private func supervise(
    _ journals: [SweepJournal], _ shared: Shared, _ shouldStop: () -> Bool, _ progress: (Int, Int) -> Void
  ) {
    var lastSync = ContinuousClock.now
    while shared.running.load(ordering: .acquiring) > 0 {
      _ = shared.finished.wait(timeout: .now() + .milliseconds(50))
      if shouldStop() { shared.stops.store(true, ordering: .releasing) }
      if ContinuousClock.now - lastSync > .milliseconds(500) {
        for journal in journals { stopping(shared) { try journal.sync() } }
        lastSync = .now
      }
      progress(shared.completed.load(ordering: .relaxed), shared.failed.load(ordering: .relaxed))
    }
  }

  /// An error of the sweep itself, not of a task, ends it.
  private func stopping(_ shared: Shared, _ body: () throws -> Void) {
    do {
      try body()
    } catch {
      shared.error.withLock { if $0 == nil { $0 = error } }
      shared.stops.store(true, ordering: .releasing)
    }
  }

  private func work(
    _ journal: SweepJournal, _ shared: Shared, _ solve: (SweepTask) throws -> SweepAnswer
  ) {
    while !shared.stops.load(ordering: .acquiring) {
      let place = shared.next.add(1, ordering: .relaxed).oldValue
      guard place < tasks.count else { return }
      stopping(shared) { try run(tasks[place], journal, shared, solve) }
    }
  }

  private func run(
    _ index: Int, _ journal: SweepJournal, _ shared: Shared, _ solve: (SweepTask) throws -> SweepAnswer
  ) throws {
    let task = try resolver.task(index)
    let first = Int(failures[index]) + 1
    for attempt in first...max(first, retries + 1) {
      guard let record = try attempted(task, attempt, solve) else {
        shared.stops.store(true, ordering: .releasing)
        return
      }
      try journal.append(record)
      guard record.status == .failed else {
        shared.completed.add(1, ordering: .relaxed)
        return
      }
    }
    let failed = shared.failed.add(1, ordering: .acquiringAndReleasing).newValue
    if let mostFailures, failed >= mostFailures { shared.stops.store(true, ordering: .releasing) }
  }

  /// nil where the work was interrupted.
  private func attempted(
    _ task: SweepTask, _ attempt: Int, _ solve: (SweepTask) throws -> SweepAnswer
  ) throws -> SweepRecord? {
    let start = ContinuousClock.now
    var record: SweepRecord
    do {
      let answer = try solve(task)
      record = SweepRecord(task, attempt: attempt, status: answer.status, seconds: 0)
      (record.columns, record.warnings) = (answer.columns.scalars, answer.warnings)
      record.hasArrays = !answer.columns.arrays.isEmpty
      try writeArrays(answer.columns.arrays, of: task)
    } catch is any InterruptedWork {
      return nil
    } catch {
      // a full disk is nobody's answer: the task is run again when there is space
      guard !Self.isFullDisk(error) else { throw error }
      record = SweepRecord(task, attempt: attempt, status: .failed, seconds: 0)
      record.reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }
    record.seconds = (ContinuousClock.now - start) / .seconds(1)
    return record
  }

  private static func isFullDisk(_ error: any Error) -> Bool {
    [ENOSPC, EDQUOT].contains { "\(error)".hasSuffix(String(cString: strerror($0))) }
  }

  /// Each array has dimensions of its own: `NAME_0`, `NAME_1`, ...
  private func writeArrays(_ arrays: [String: NumericArray], of task: SweepTask) throws {
    guard !arrays.isEmpty else { return }
    let url = folder.arrays(task.identity)
    try AtomicFile.makeFolder(url.deletingLastPathComponent())
    var attributes: [String: JSONValue] = Dictionary(task.swept.map { ($0.name, $0.value) }) { $1 }
    attributes["task"] = .integer(task.index)
    attributes["identity"] = .string(task.identity.description)
    try NetCDFFile.write(
      arrays.sorted { $0.key < $1.key }.map { name, array in
        NetCDFFile.Variable(name, dimensions: array.shape.indices.map { "\(name)_\($0)" }, array)
      }, attributes: attributes, to: url)
  }
}
