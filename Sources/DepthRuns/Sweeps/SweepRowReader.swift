import Foundation

/// Reads the rows of a sweep's table one by one, in any order, from the journals where they lie.
///
/// One reader a thread. Memory: a window of each journal, 16 MB in all at most.
final class SweepRowReader {
  let index: SweepIndex
  let layout: SweepLayout
  private var swept: SweepNames
  private var results: SweepNames
  private var windows: [JournalWindow]
  private var cells: [JSONWalker.Span?]
  /// Columns that are no names of records.
  private let own: [(column: Int, source: SweepLayout.Source)]

  /// - Throws: `InputError.data` for a journal that cannot be opened.
  init(_ index: SweepIndex, _ layout: SweepLayout) throws {
    (self.index, self.layout) = (index, layout)
    (swept, results) = (index.swept, index.results)
    cells = Array(repeating: nil, count: layout.columns.count)
    own = layout.columns.indices.map { ($0, layout.columns[$0].source) }.filter {
      if case .swept = $0.source { return false }
      if case .result = $0.source { return false }
      return true
    }
    let size = min(1 << 16, max(1 << 13, (1 << 24) / max(1, index.journals.count)))
    windows = try index.journals.map { try JournalWindow($0, size: size) }
  }

  /// A row: a span of the line for each column, nil where it has no cell.
  struct Row {
    let line: SweepLine
    let cells: [JSONWalker.Span?]
  }

  /// - Parameter task: one that has a record.
  /// - Throws: `InputError.data` where the journal changed below.
  func read<Result>(_ task: Int, _ body: (Row) throws -> Result) throws -> Result {
    let place = index.places[task]
    let window = windows[Int(place.journal)]
    return try window.read(place.offset, Int(place.length)) { bytes in
      guard let line = SweepLine(bytes), line.task == task else {
        throw InputError.data("\(window.path) changed while it was read; collect again")
      }
      fill(line)
      return try body(Row(line: line, cells: cells))
    }
  }

  private func fill(_ line: SweepLine) {
    for column in cells.indices { cells[column] = nil }
    var member = 0
    line.members(of: line.swept) { name, value in
      if let column = layout.sweptColumns[swept.place(of: name, member: member)] { cells[column] = value }
      member += 1
    }
    member = 0
    line.members(of: line.columns) { name, value in
      if let column = layout.resultColumns[results.place(of: name, member: member)] { cells[column] = value }
      member += 1
    }
    for (column, source) in own {
      switch source {
      case .replicate: cells[column] = line.replicate
      case .seed: cells[column] = line.seed
      case .reason: cells[column] = line.reason
      case .status: cells[column] = line.statusText
      case .seconds: cells[column] = line.seconds
      case .swept, .result: break
      }
    }
  }
}

/// A piece of a file, moved where something is wanted.
final class JournalWindow {
  let path: String
  private let descriptor: Int32
  private var bytes: [UInt8]
  private var start: Int = 0
  private var count = 0

  /// - Throws: `InputError.data` with the system's reason.
  init(_ url: URL, size: Int) throws {
    path = url.path
    bytes = [UInt8](repeating: 0, count: size)
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit { close(descriptor) }

  private static func failure(_ path: String) -> InputError {
    .data("cannot read \(path): \(String(cString: strerror(errno)))")
  }

  func read<Result>(
    _ offset: Int, _ length: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) throws -> Result {
    if offset < start || offset + Int(length) > start + Int(count) { try move(to: offset, length) }
    guard offset + Int(length) <= start + Int(count) else {
      throw InputError.data("\(path) changed while it was read; collect again")
    }
    let first = Int(offset - start)
    return try bytes.withUnsafeBufferPointer { try body($0.part(first..<(first + length))) }
  }

  private func move(to offset: Int, _ length: Int) throws {
    if length > bytes.count { bytes = [UInt8](repeating: 0, count: length) }
    (start, count) = (offset, 0)
    while count < length {
      let read = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + count, $0.count - count, offset + Int(count))
      }
      if read < 0, errno == EINTR { continue }
      guard read >= 0 else { throw Self.failure(path) }
      if read == 0 { return }
      count += read
    }
  }
}
