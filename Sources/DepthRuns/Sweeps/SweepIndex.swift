import Foundation

/// What the journals of a sweep hold in all: where each task's record lies, and which columns its table has.
///
/// The first record of a task that has an answer counts, else the last that has none. 24 bytes a task: the records stay on
/// the disk.
struct SweepIndex {
  struct Place {
    var offset: Int = 0
    var length: Int32 = 0
    /// Among the journals; -1: the task has no record.
    var journal: Int32 = -1
    var status = SweepRecord.Status.failed
    var hasArrays = false
  }

  let journals: [URL]
  /// By task.
  private(set) var places: [Place]
  private(set) var swept = SweepNames()
  private(set) var results = SweepNames()
  private(set) var hasReplicates = false

  /// - Parameter count: tasks of the plan.
  /// - Throws: `InputError.data` for a journal that cannot be read.
  init(_ folder: SweepFolder, count: Int) throws {
    journals = folder.journals()
    places = [Place](repeating: Place(), count: count)
    for (number, journal) in journals.enumerated() {
      try SweepJournal.lines(of: journal) { line, offset in
        add(line, Place(offset: offset, length: Int32(line.bytes.count), journal: Int32(number), status: line.status))
      }
    }
  }

  private mutating func add(_ line: SweepLine, _ place: Place) {
    guard line.task < places.count else { return }
    let known = places[line.task]
    guard known.journal < 0 || known.status == .failed else { return }
    places[line.task] = place
    places[line.task].hasArrays = line.hasArrays
    hasReplicates = hasReplicates || line.replicate != nil
    Self.note(line, line.swept, in: &swept)
    Self.note(line, line.columns, in: &results)
  }

  private static func note(_ line: SweepLine, _ object: JSONWalker.Span?, in names: inout SweepNames) {
    var member = 0
    line.members(of: object) { name, value in
      let place = names.place(of: name, member: member)
      if !line.isNumber(value) { names.noteText(place) }
      member += 1
    }
  }

  /// Tasks that have a record, in order.
  var tasks: some Sequence<Int> { places.indices.lazy.filter { places[$0].journal >= 0 } }

  func count(_ status: SweepRecord.Status) -> Int {
    places.count { $0.journal >= 0 && $0.status == status }
  }
}
