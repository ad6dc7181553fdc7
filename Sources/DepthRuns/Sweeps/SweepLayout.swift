/// The columns of a sweep's tidy table, and where each comes from.
///
/// Swept keys, replicate and seed, then results in natural order, then reason, status and seconds.
struct SweepLayout {
  /// Where a column's cells come from.
  enum Source: Sendable {
    case swept(Int), replicate, seed, result(Int), reason, status, seconds
  }

  struct Column: Sendable {
    let name: String
    let source: Source
    let isText: Bool

    /// Whether arrays are selected by it: what the plan varies, and seeds, where they are numbers.
    var isCoordinate: Bool {
      switch source {
      case .swept, .replicate, .seed: !isText
      case .result, .reason, .status, .seconds: false
      }
    }
  }

  private(set) var columns: [Column] = []
  /// Of the swept and of the result numbered so; nil for one that the table has already.
  private(set) var sweptColumns: [Int?]
  private(set) var resultColumns: [Int?]

  init(_ index: SweepIndex) {
    sweptColumns = Array(repeating: nil, count: index.swept.names.count)
    resultColumns = Array(repeating: nil, count: index.results.names.count)
    for place in index.swept.natural {
      sweptColumns[place] = columns.count
      add(index.swept.names[place], .swept(place), isText: index.swept.holdsText[place])
    }
    if index.hasReplicates { addOwn("replicate", .replicate, isText: false) }
    if !has("seed") { addOwn("seed", .seed, isText: false) }
    for place in index.results.natural where !has(index.results.names[place]) {
      resultColumns[place] = columns.count
      add(index.results.names[place], .result(place), isText: index.results.holdsText[place])
    }
    if index.count(.failed) > 0 { addOwn("reason", .reason, isText: true) }
    addOwn("status", .status, isText: true)
    addOwn("seconds", .seconds, isText: false)
  }

  private func has(_ name: String) -> Bool { columns.contains { $0.name == name } }

  private mutating func add(_ name: String, _ source: Source, isText: Bool) {
    columns.append(Column(name: name, source: source, isText: isText))
  }

  /// A result may have a reserved name.
  private mutating func addOwn(_ name: String, _ source: Source, isText: Bool) {
    add(has(name) ? "task_\(name)" : name, source, isText: isText)
  }
}
