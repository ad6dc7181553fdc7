public import Foundation
import Synchronization

/// An append-only file of records, one JSON object a line, with one writer.
///
/// Each record is one `write(2)`, so that a killed process loses no finished task; `sync` carries them to the disk. A last
/// line without its end is torn: readers drop it, the next writer cuts it off.
public final class SweepJournal: @unchecked Sendable {
  // the writer appends, one other thread may sync: only the descriptor and the flag are shared
  private let descriptor: Int32
  private let path: String
  private let isDirty = Atomic<Bool>(false)
  private var line: [UInt8] = []

  /// Opens or makes the file, takes its lock and cuts off a torn line.
  ///
  /// - Throws: `InputError.data` where it cannot be written, or another process is writing.
  public init(_ url: URL) throws {
    path = url.path
    descriptor = try Self.opened(path)
  }

  private static func opened(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("open", path) }
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw errno == EWOULDBLOCK
          ? InputError.data("another process is writing \(path)") : failure("lock", path)
      }
      try cutTornLine(descriptor, path)
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// - Throws: `InputError.data` with the system's reason (a full disk, ...); what was written of the record is cut off.
  public func append(_ record: SweepRecord) throws {
    line.removeAll(keepingCapacity: true)
    record.append(to: &line)
    line.append(UInt8(ascii: "\n"))
    let written = line.withUnsafeBytes { bytes in
      var count = write(descriptor, bytes.baseAddress, bytes.count)
      while count < 0, errno == EINTR { count = write(descriptor, bytes.baseAddress, bytes.count) }
      return count
    }
    guard written == line.count else {
      // a short write is a full disk
      let error = written < 0 ? Self.failure("write", path) : Self.failure("write", path, code: ENOSPC)
      if written > 0 { try? Self.cutTornLine(descriptor, path) }
      throw error
    }
    isDirty.store(true, ordering: .releasing)
  }

  /// Carries what was appended to the disk.
  ///
  /// - Throws: `InputError.data` with the system's reason.
  public func sync() throws {
    guard isDirty.exchange(false, ordering: .acquiringAndReleasing) else { return }
    guard fdatasync(descriptor) == 0 else { throw Self.failure("sync", path) }
  }

  private static func cutTornLine(_ descriptor: Int32, _ path: String) throws {
    let size = lseek(descriptor, 0, SEEK_END)
    var end = size
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while end > 0 {
      let start = max(0, end - off_t(chunk.count))
      let count = pread(descriptor, &chunk, Int(end - start), start)
      guard count == Int(end - start) else { throw failure("read", path) }
      if let newline = chunk[..<count].lastIndex(of: UInt8(ascii: "\n")) {
        end = start + off_t(newline) + 1
        break
      }
      end = start
    }
    guard end < size else { return }
    guard ftruncate(descriptor, end) == 0 else { throw failure("truncate", path) }
  }

  private static func failure(_ verb: String, _ path: String, code: Int32 = errno) -> InputError {
    .data("cannot \(verb) \(path): \(String(cString: strerror(code)))")
  }
}
