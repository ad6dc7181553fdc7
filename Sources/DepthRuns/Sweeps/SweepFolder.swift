public import Foundation

/// A sweep on disk: its plan, a journal per worker, what its tasks left, and the table that is made of them.
///
/// The journals are the truth; everything else but `plan.json` can be made again from them.
public struct SweepFolder: Sendable {
  public let url: URL

  /// Opens a folder that holds a sweep.
  ///
  /// - Throws: `InputError.data` when it holds none.
  public init(opening url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.appendingPathComponent("plan.json").path) else {
      throw InputError.data("\(url.path) holds no sweep (no plan.json)")
    }
    self.url = url
  }

  /// Makes the folder for a plan, or finds it there.
  ///
  /// - Parameter resumes: whether a sweep of the same plan may be there already.
  /// - Throws: `InputError.data` where the folder holds another plan, other files, or the same plan and `resumes` is false.
  public init(for plan: SweepPlan, at url: URL, resumes: Bool) throws {
    self.url = url
    guard try !Self.holds(plan, at: url, resumes: resumes) else { return }
    try AtomicFile.makeFolder(url.appendingPathComponent("journals"))
    // no encoder: it takes many times the memory of a plan's hundred thousand values
    try AtomicFile.write(Data(plan.json().canonical), to: url.appendingPathComponent("plan.json"))
  }

  /// Refuses before anything is written what the folder cannot take.
  ///
  /// - Throws: as `init(for:at:resumes:)`, and where another sweep is at work there.
  public static func requireRoom(for plan: SweepPlan, at url: URL, resumes: Bool) throws {
    guard !SweepLock.isHeld(in: url) else {
      throw InputError.data("cannot sweep into \(url.path): another sweep is at work there")
    }
    _ = try holds(plan, at: url, resumes: resumes)
  }

  /// Whether the folder holds the plan already.
  private static func holds(_ plan: SweepPlan, at url: URL, resumes: Bool) throws -> Bool {
    let file = url.appendingPathComponent("plan.json")
    if FileManager.default.fileExists(atPath: file.path) {
      let present = try Self.plan(in: file)
      guard present.hash() == plan.hash() else {
        throw InputError.data(
          "\(url.path) holds another sweep: \(difference(present, plan)); choose another --output")
      }
      guard resumes else {
        throw InputError.data("\(url.path) holds this sweep already; --resume finishes it, or choose another --output")
      }
      return true
    }
    let contents = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    guard contents.allSatisfy({ $0 == "journals" || $0.hasPrefix(".") }) else {
      throw InputError.data("\(url.path) holds other files; choose an empty folder for --output")
    }
    return false
  }

  private static func difference(_ present: SweepPlan, _ plan: SweepPlan) -> String {
    if present.command != plan.command { return "its command is \(present.command)" }
    if present.seed != plan.seed { return "its seed is \(present.seed)" }
    if present.replicates != plan.replicates { return "its replicates differ" }
    // as texts: 1.0 and 1 are one number
    let isFixedAlike = JSONValue.object(present.fixed).canonical == JSONValue.object(plan.fixed).canonical
    return isFixedAlike ? "its axes differ" : "its fixed options differ"
  }

  public func plan() throws -> SweepPlan { try Self.plan(in: url.appendingPathComponent("plan.json")) }

  private static func plan(in file: URL) throws -> SweepPlan {
    guard let json = JSONScanner.value([UInt8](try AtomicFile.read(file))) else {
      throw InputError.data("\(file.path) is not valid JSON")
    }
    return try SweepPlan(json: json, path: file.path)
  }

  public func journal(_ name: String) throws -> SweepJournal {
    try AtomicFile.makeFolder(url.appendingPathComponent("journals"))
    return try SweepJournal(url.appendingPathComponent("journals/\(name).jsonl"))
  }

  /// In the order of their names.
  public func journals() -> [URL] {
    let folder = url.appendingPathComponent("journals")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { folder.appendingPathComponent($0) }
  }

  /// The run folder of a task that makes one.
  public func runFolder(_ identity: SweepIdentity) -> URL { url.appendingPathComponent("tasks/\(identity)") }
  /// The arrays of a task that has some.
  public func arrays(_ identity: SweepIdentity) -> URL { url.appendingPathComponent("tasks/\(identity).nc") }

  /// What is done and what is left, by the journals.
  ///
  /// - Parameter identities: of all tasks; records of others are passed over. nil: the records are believed.
  /// - Throws: `InputError.data` for a journal that cannot be read.
  public func progress(_ count: Int, identities: [SweepIdentity]? = nil) throws -> SweepProgress {
    var progress = SweepProgress(count: count)
    for journal in journals() {
      try SweepJournal.lines(of: journal) { line, _ in
        guard line.task < count, identities.map({ $0[line.task] == line.identity }) ?? true else { return }
        progress.note(line)
      }
    }
    return progress
  }
}

/// Which tasks of a sweep are done, failed, or not yet tried.
public struct SweepProgress: Sendable {
  public enum State: UInt8, Sendable { case open, failed, done, unconverged }

  public private(set) var states: [State]
  /// Attempts that failed.
  public private(set) var failures: [UInt16]

  init(count: Int) {
    states = [State](repeating: .open, count: count)
    failures = [UInt16](repeating: 0, count: count)
  }

  fileprivate mutating func note(_ record: SweepLine) {
    guard record.status == .failed else {
      if states[record.task] == .open || states[record.task] == .failed {
        states[record.task] = record.status == .converged ? .done : .unconverged
      }
      return
    }
    failures[record.task] = max(failures[record.task], UInt16(clamping: record.attempt))
    if states[record.task] == .open { states[record.task] = .failed }
  }

  public func count(_ state: State) -> Int { states.count(where: { $0 == state }) }
  /// With an answer.
  public var completed: Int { count(.done) + count(.unconverged) }

  /// Tasks that stand as failed by an attempt that `earlier` does not know.
  public func failedSince(_ earlier: SweepProgress) -> Int {
    states.indices.count { states[$0] == .failed && failures[$0] > earlier.failures[$0] }
  }

  /// Whether a task is to be run, when `retries` further attempts follow a failure.
  public func isLeft(_ task: Int, retries: Int) -> Bool {
    states[task] == .open || states[task] == .failed && Int(failures[task]) <= retries
  }
}
