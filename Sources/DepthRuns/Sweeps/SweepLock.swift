public import Foundation

/// The lock of a sweep's folder, held as long as the value lives; the system lets go of it when the process ends, however.
public final class SweepLock: Sendable {
  private let descriptor: Int32

  /// - Parameter isShared: several workers hold it at once; else one alone.
  /// - Throws: `InputError.data` when another process holds it, or the folder cannot be written.
  public init(_ folder: URL, isShared: Bool = false) throws {
    descriptor = try Self.taken(folder, isShared)
  }

  private static func taken(_ folder: URL, _ isShared: Bool) throws -> Int32 {
    try AtomicFile.makeFolder(folder)
    let path = folder.appendingPathComponent(name).path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw InputError.data("cannot open \(path): \(String(cString: strerror(errno)))") }
    guard flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
      let reason = errno == EWOULDBLOCK ? "another sweep is at work there" : String(cString: strerror(errno))
      close(descriptor)
      throw InputError.data("cannot sweep into \(folder.path): \(reason)")
    }
    return descriptor
  }

  /// Lets workers of the same sweep in, beside which this process goes on.
  ///
  /// - Throws: `InputError.data` with the system's reason.
  public func share() throws {
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
      throw InputError.data("cannot share the lock of the sweep: \(String(cString: strerror(errno)))")
    }
  }

  /// Whether a sweep is at work in a folder.
  public static func isHeld(in folder: URL) -> Bool {
    let descriptor = open(folder.appendingPathComponent(name).path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0
  }

  /// Hidden, so that no manifest lists it.
  private static let name = ".lock"

  deinit { close(descriptor) }
}
