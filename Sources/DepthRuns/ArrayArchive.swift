internal import CZip
import Foundation

/// A `.npz` file: named arrays in a zip archive, as `numpy.savez` and `savez_compressed` write it.
public enum ArrayArchive {
  /// The most that the arrays of a file may hold in memory, as doubles: 32 GiB. A zip bomb meets this before memory does.
  public static let mostBytes = 1 << 35

  /// All arrays of an archive by name.
  ///
  /// - Throws: `InputError.data` naming the file and the member.
  public static func read(_ url: URL, mostBytes: Int = mostBytes) throws -> [String: NumericArray] {
    try arrays(of: ZipFile(url), name: url.path, mostBytes: mostBytes)
  }

  /// The same of an archive in memory; `name` appears in errors.
  public static func read(_ data: Data, name: String, mostBytes: Int = mostBytes) throws -> [String: NumericArray] {
    try arrays(of: ZipFile(data, name: name), name: name, mostBytes: mostBytes)
  }

  private static func arrays(
    of archive: borrowing ZipFile, name file: String, mostBytes: Int
  ) throws -> [String: NumericArray] {
    var arrays: [String: NumericArray] = [:]
    var left = mostBytes
    for (index, entry) in try archive.entries().enumerated() where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      let data = try archive.unpack(index, member: name, size: entry.size, mostBytes: left)
      let array = try NumericArray(npy: data, name: "\(file):\(name)", mostBytes: left)
      left -= 8 * array.values.count
      arrays[name] = array
    }
    guard !arrays.isEmpty else { throw InputError.data("\(file) holds no arrays") }
    return arrays
  }

  /// Writes the arrays, in order of name, to `url` atomically.
  public static func write(_ arrays: [String: NumericArray], to url: URL) throws {
    let temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).zip")
    defer { unlink(temporary.path) }
    var code: Int32 = 0
    guard let archive = zip_open(temporary.path, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
      throw InputError.data("cannot create \(url.path): \(ZipFile.message(code))")
    }
    var buffers: [Data] = []
    for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
      let data = array.npy
      buffers.append(data)
      guard add(data, named: name + ".npy", to: archive) else {
        zip_discard(archive)
        throw InputError.data("cannot add '\(name)' to \(url.path)")
      }
    }
    guard zip_close(archive) == 0 else {
      let reason = String(cString: zip_strerror(archive))
      zip_discard(archive)
      throw InputError.data("cannot write \(url.path): \(reason)")
    }
    try AtomicFile.write(AtomicFile.read(temporary), to: url)
  }

  /// Copies the bytes into a source that the archive owns, stored without compression at a fixed date, so that
  /// equal arrays make equal files.
  private static func add(_ data: Data, named name: String, to archive: OpaquePointer) -> Bool {
    guard let copy = malloc(max(1, data.count)) else { return false }
    data.copyBytes(to: UnsafeMutableRawBufferPointer(start: copy, count: data.count))
    guard let source = zip_source_buffer(archive, copy, UInt64(data.count), 1) else {
      free(copy)
      return false
    }
    let index = zip_file_add(archive, name, source, UInt32(ZIP_FL_ENC_UTF_8))
    guard index >= 0 else {
      zip_source_free(source)
      return false
    }
    let january1980: UInt16 = 33
    return zip_set_file_compression(archive, UInt64(index), ZIP_CM_STORE, 0) == 0
      && zip_file_set_dostime(archive, UInt64(index), 0, january1980, 0) == 0
  }
}
