public import Foundation

extension SweepJournal {
  /// Hands every whole record to `body`, in order; lines that are none are passed over.
  ///
  /// - Throws: `InputError.data` for a file that cannot be read, and what `body` throws.
  public static func read(_ url: URL, _ body: (SweepRecord) throws -> Void) throws {
    try lines(of: url) { line, _ in if let record = SweepRecord(line: line.bytes) { try body(record) } }
  }

  /// The same as lines, with the place of each in the file; memory does not grow with the file.
  static func lines(of url: URL, _ body: (_ line: SweepLine, _ offset: Int) throws -> Void) throws {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(url) }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    // of the buffer: what is filled, and where it begins in the file
    var (count, start) = (0, Int(0))
    while true {
      let read = try fill(&buffer, from: count, descriptor, url)
      guard read > 0 else { return }
      count += read
      let used = try buffer.withUnsafeBufferPointer { try wholeLines($0.part(0..<count), start, body) }
      // a line longer than the buffer
      if used == 0, count == buffer.count { buffer.append(contentsOf: [UInt8](repeating: 0, count: buffer.count)) }
      buffer.withUnsafeMutableBufferPointer {
        $0.baseAddress!.update(from: $0.baseAddress! + used, count: count - used)
      }
      (count, start) = (count - used, start + Int(used))
    }
  }

  /// - Returns: bytes read; 0 at the end.
  private static func fill(_ buffer: inout [UInt8], from place: Int, _ descriptor: Int32, _ url: URL) throws -> Int {
    while true {
      let count = buffer.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress! + place, $0.count - place)
      }
      if count >= 0 { return count }
      guard errno == EINTR else { throw unreadable(url) }
    }
  }

  /// - Returns: where the last line that has an end ends.
  private static func wholeLines(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ body: (SweepLine, Int) throws -> Void
  ) throws -> Int {
    var first = 0
    while first < bytes.count, let found = memchr(bytes.baseAddress! + first, 0x0A, bytes.count - first) {
      let end = UnsafeRawPointer(found) - UnsafeRawPointer(bytes.baseAddress!)
      if let line = SweepLine(bytes.part(first..<end)) { try body(line, start + Int(first)) }
      first = end + 1
    }
    return first
  }

  private static func unreadable(_ url: URL) -> InputError {
    .data("cannot read \(url.path): \(String(cString: strerror(errno)))")
  }
}
