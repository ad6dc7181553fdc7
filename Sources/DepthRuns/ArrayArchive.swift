internal import CZip
import Foundation

/// A `.npz` file: named arrays in a zip archive, as `numpy.savez` and `savez_compressed` write it.
public enum ArrayArchive {
  /// The most that one unpacked member may hold: 4 GiB. A zip bomb meets this before memory does.
  public static let largestMember: UInt64 = 1 << 32

  /// All arrays of an archive by name.
  ///
  /// - Throws: `InputError.data` naming the file and the member.
  public static func read(_ url: URL) throws -> [String: NumericArray] {
    guard FileManager.default.fileExists(atPath: url.path) else { throw InputError.data("no such file: \(url.path)") }
    var code: Int32 = 0
    guard let archive = zip_open(url.path, ZIP_RDONLY, &code) else {
      throw InputError.data("\(url.path) is not a readable .npz (zip) file: \(message(code))")
    }
    defer { zip_discard(archive) }
    var arrays: [String: NumericArray] = [:]
    for index in 0..<UInt64(max(0, zip_get_num_entries(archive, 0))) {
      var status = zip_stat_t()
      guard zip_stat_index(archive, index, 0, &status) == 0, let cName = status.name else {
        throw InputError.data("\(url.path): member \(index) has no readable entry")
      }
      let member = String(cString: cName)
      guard member.hasSuffix(".npy") else { continue }
      let name = String(member.dropLast(4))
      arrays[name] = try NumericArray(
        npy: unpack(archive, index, status.size, "\(url.path):\(name)"), name: "\(url.path):\(name)")
    }
    guard !arrays.isEmpty else { throw InputError.data("\(url.path) holds no arrays") }
    return arrays
  }

  /// Writes the arrays, in order of name, to `url` atomically.
  public static func write(_ arrays: [String: NumericArray], to url: URL) throws {
    let temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).zip")
    defer { unlink(temporary.path) }
    var code: Int32 = 0
    guard let archive = zip_open(temporary.path, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
      throw InputError.data("cannot create \(url.path): \(message(code))")
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

  private static func unpack(_ archive: OpaquePointer, _ index: UInt64, _ size: UInt64, _ name: String) throws -> Data {
    guard size <= largestMember else {
      throw InputError.data("\(name) unpacks to \(size) bytes; allowed: up to \(largestMember)")
    }
    guard let file = zip_fopen_index(archive, index, 0) else { throw InputError.data("\(name) cannot be unpacked") }
    defer { zip_fclose(file) }
    var data = Data()
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let got = zip_fread(file, &chunk, UInt64(chunk.count))
      guard got >= 0 else { throw InputError.data("\(name) is damaged") }
      if got == 0 { break }
      data.append(contentsOf: chunk[0..<Int(got)])
      guard UInt64(data.count) <= size else { throw InputError.data("\(name) is larger than its entry says") }
    }
    guard UInt64(data.count) == size else { throw InputError.data("\(name) is cut off") }
    return data
  }

  private static func message(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return String(cString: zip_error_strerror(&error))
  }
}
