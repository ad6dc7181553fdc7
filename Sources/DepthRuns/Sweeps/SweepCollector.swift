import Dispatch
import Foundation
import Synchronization

/// Makes the tidy table of a sweep from its journals; it alone writes `results.*` and `arrays.nc`.
public enum SweepCollector {
  public struct Summary: Sendable {
    public let table: Table
    public let completed: Int
    public let unconverged: Int
    public let failed: Int
    /// Files written, by name.
    public let files: [String]
  }

  /// Reads every journal, writes `results.csv` and `results.sqlite`, and `arrays.nc` where tasks have arrays.
  ///
  /// - Throws: `InputError.data` for journals that cannot be read and files that cannot be written.
  public static func collect(_ folder: SweepFolder) throws -> Summary {
    let plan = try folder.plan()
    var builder = SweepTable(count: plan.count)
    var swept: Set<String> = []
    var having: Set<Int> = []
    for journal in folder.journals() {
      try SweepJournal.read(journal) { record in
        builder.add(record)
        swept.formUnion(record.swept.keys)
        if record.hasArrays { having.insert(record.task) }
      }
    }
    let (table, keys) = builder.finished()
    try write(table, keys, plan, folder)
    var files = ["results.csv", "results.sqlite"]
    if try SweepArrays.write(table, keys: keys, having: having, swept: swept.sorted(), folder) {
      files.append("arrays.nc")
    }
    let statuses = table.rowCount == 0 ? [] : try table.texts("status")
    return Summary(
      table: table, completed: statuses.count(where: { $0 != "failed" }),
      unconverged: statuses.count(where: { $0 == "unconverged" }),
      failed: statuses.count(where: { $0 == "failed" }), files: files)
  }

  /// The two files side by side: either takes as long as the other.
  private static func write(_ table: Table, _ keys: [SweepTable.Key], _ plan: SweepPlan, _ folder: SweepFolder) throws {
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: 2) { part in
      do {
        if part == 0 {
          try table.write(into: folder.url)
        } else {
          let file = folder.url.appendingPathComponent("results.sqlite")
          try SweepDatabase.write(table, keys: keys, plan: plan, to: file)
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
