import Dispatch
import Foundation
import Synchronization

/// Makes the tidy table of a sweep from its journals; it alone writes `results.*` and `arrays.nc`.
///
/// The journals are read twice and stay on the disk: memory is 24 bytes a task, and what `arrays.nc` holds.
public enum SweepCollector {
  public struct Summary: Sendable {
    public let completed: Int
    public let unconverged: Int
    public let failed: Int
    /// Why the first task failed that did; nil where none did.
    public let firstReason: String?
    /// Files written, by name.
    public let files: [String]
  }

  /// Reads every journal, writes `results.csv` and `results.sqlite`, and `arrays.nc` where tasks have arrays.
  ///
  /// - Parameter plan: the folder's.
  /// - Throws: `InputError.data` for journals that cannot be read and files that cannot be written.
  public static func collect(_ folder: SweepFolder, _ plan: SweepPlan) throws -> Summary {
    let index = try SweepIndex(folder, count: plan.count)
    let layout = SweepLayout(index)
    try write(index, layout, plan, folder)
    var files = ["results.csv", "results.sqlite"]
    if try SweepArrays.write(index, layout, folder) { files.append("arrays.nc") }
    let unconverged = index.count(.unconverged)
    return Summary(
      completed: index.count(.converged) + unconverged, unconverged: unconverged, failed: index.count(.failed),
      firstReason: try firstReason(index, layout), files: files)
  }

  /// The two files side by side: either takes as long as the other.
  private static func write(_ index: SweepIndex, _ layout: SweepLayout, _ plan: SweepPlan, _ folder: SweepFolder) throws
  {
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: 2) { part in
      do {
        if part == 0 {
          try SweepCSV.write(index, layout, to: folder.url.appendingPathComponent("results.csv"))
        } else {
          try SweepDatabase.write(index, layout, plan, to: folder.url.appendingPathComponent("results.sqlite"))
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private static func firstReason(_ index: SweepIndex, _ layout: SweepLayout) throws -> String? {
    guard let task = index.tasks.first(where: { index.places[$0].status == .failed }) else { return nil }
    return try SweepRowReader(index, layout).read(task) { row in row.line.reason.map { row.line.text($0) } }
  }
}
