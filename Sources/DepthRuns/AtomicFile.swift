import Foundation

/// Whole files, written so that an interruption leaves the old file or the new one, never half of one.
public enum AtomicFile {
  /// Writes to a temporary file beside `url`, syncs it to the disk and renames it over `url`.
  ///
  /// - Throws: `InputError.data` naming the file and the system's reason (no permission, disk full, ...).
  public static func write(_ data: Data, to url: URL) throws {
    try write(to: url) { write in try data.withUnsafeBytes(write) }
  }

  /// The same, piece by piece: `body` hands its pieces to the function that it is given.
  ///
  /// - Throws: as above, and what `body` throws; then no file is left.
  public static func write(
    to url: URL, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let temporary = url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
    let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("create", url) }
    do {
      try body { try writeAll($0, descriptor, url) }
      guard fsync(descriptor) == 0 else { throw failure("sync", url) }
    } catch {
      close(descriptor)
      unlink(temporary.path)
      throw error
    }
    close(descriptor)
    guard rename(temporary.path, url.path) == 0 else {
      let error = failure("rename", url)
      unlink(temporary.path)
      throw error
    }
  }

  public static func write(_ text: String, to url: URL) throws { try write(Data(text.utf8), to: url) }

  /// Syncs a file that a library wrote, and renames it over `url`.
  ///
  /// - Throws: `InputError.data` naming `url` and the system's reason.
  static func moveSynced(_ temporary: URL, to url: URL) throws {
    let descriptor = open(temporary.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("sync", url) }
    let isSynced = fsync(descriptor) == 0
    let code = errno
    close(descriptor)
    guard isSynced else {
      errno = code
      throw failure("sync", url)
    }
    guard rename(temporary.path, url.path) == 0 else { throw failure("rename", url) }
  }

  /// The bytes of a regular file.
  public static func read(_ url: URL) throws -> Data {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
      throw InputError.data("no such file: \(url.path)")
    }
    guard !isDirectory.boolValue else { throw InputError.data("\(url.path) is a folder, a file is needed") }
    guard let data = FileManager.default.contents(atPath: url.path) else {
      throw InputError.data("cannot read \(url.path): check its permissions")
    }
    return data
  }

  /// Makes a folder and those above it.
  public static func makeFolder(_ url: URL) throws {
    var isDirectory: ObjCBool = false
    if !FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) {
      let parent = url.deletingLastPathComponent()
      if parent.path != url.path, !FileManager.default.fileExists(atPath: parent.path) { try makeFolder(parent) }
      guard mkdir(url.path, 0o755) == 0 || errno == EEXIST else { throw failure("create the folder", url) }
    } else if !isDirectory.boolValue {
      throw InputError.data("\(url.path) is a file, a folder is needed")
    }
    guard access(url.path, W_OK) == 0 else { throw failure("write into", url) }
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ url: URL) throws {
    var offset = 0
    while offset < bytes.count {
      let written = Foundation.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
      if written < 0 {
        if errno == EINTR { continue }
        throw failure("write", url)
      }
      offset += written
    }
  }

  private static func failure(_ verb: String, _ url: URL) -> InputError {
    .data("cannot \(verb) \(url.path): \(String(cString: strerror(errno)))")
  }
}
