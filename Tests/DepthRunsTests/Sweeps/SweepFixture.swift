import Foundation

@testable import DepthRuns

/// A sweep of twelve tasks on disk.
struct SweepFixture: ~Copyable {
  let temporary: TemporaryFolder
  let plan: SweepPlan
  let resolver: SweepResolver
  let folder: SweepFolder

  static let axes = [
    SweepAxis(keys: ["c"], rows: [[0.1], [0.2], [0.3]]), SweepAxis(keys: ["a"], rows: [[1], [2]]),
  ]

  init() throws {
    // all at once in the end: what cannot be copied must not be left half made
    let temporary = try TemporaryFolder()
    let plan = try SweepPlan(command: "boundary", seed: 1, axes: Self.axes, replicates: 2)
    folder = try SweepFolder(for: plan, at: temporary.file("sweep"), resumes: false)
    resolver = SweepResolver(plan, SweepSchema(options: []) { _ in SweepSchema.Parameters([], isOpen: true) })
    self.plan = plan
    self.temporary = temporary
  }

  func record(_ task: Int, _ status: SweepRecord.Status = .converged, attempt: Int = 1) throws -> SweepRecord {
    var record = SweepRecord(try resolver.task(task), attempt: attempt, status: status, seconds: 0.25)
    if status == .failed {
      record.reason = "no \"root\", task \(task)"
    } else {
      record.columns = ["value.10.value": 10, "value.2.value": .number((Double(task) + 0.5) / 3), "kind": "exact"]
    }
    return record
  }

  func read(_ name: String) throws -> [SweepRecord] {
    var records: [SweepRecord] = []
    try SweepJournal.read(folder.url.appendingPathComponent("journals/\(name).jsonl")) { records.append($0) }
    return records
  }
}
