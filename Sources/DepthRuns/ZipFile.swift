internal import CZip
public import Foundation

/// A zip archive that is read: members by name, unpacked under a bound.
public struct ZipFile: ~Copyable {
  private let archive: OpaquePointer
  /// In errors.
  private let name: String
  /// Where the archive lies in memory, its bytes; libzip reads them until the archive is discarded.
  private let storage: UnsafeMutableRawPointer?

  /// - Throws: `InputError.data` when there is no such file or it is no zip archive.
  public init(_ url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { throw InputError.data("no such file: \(url.path)") }
    var code: Int32 = 0
    guard let archive = zip_open(url.path, ZIP_RDONLY, &code) else {
      throw InputError.data("\(url.path) is not a readable zip file: \(Self.message(code))")
    }
    self.archive = archive
    name = url.path
    storage = nil
  }

  /// An archive in memory; `name` appears in errors.
  public init(_ data: Data, name: String) throws {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    guard let copy = malloc(max(1, data.count)) else { throw InputError.data("\(name): no memory to read it") }
    data.copyBytes(to: UnsafeMutableRawBufferPointer(start: copy, count: data.count))
    guard let source = zip_source_buffer_create(copy, UInt64(data.count), 0, &error) else {
      free(copy)
      throw InputError.data("\(name): no memory to read it")
    }
    guard let archive = zip_open_from_source(source, ZIP_RDONLY, &error) else {
      zip_source_free(source)
      free(copy)
      throw InputError.data("\(name) is not a readable zip file: \(String(cString: zip_error_strerror(&error)))")
    }
    self.archive = archive
    self.name = name
    storage = copy
  }

  deinit {
    zip_discard(archive)
    free(storage)
  }

  /// Names and unpacked sizes as the entries state them, in the archive's order.
  ///
  /// - Throws: `InputError.data` for an entry that cannot be read.
  public func entries() throws -> [(name: String, size: UInt64)] {
    try (0..<UInt64(max(0, zip_get_num_entries(archive, 0)))).map { index in
      var status = zip_stat_t()
      guard zip_stat_index(archive, index, 0, &status) == 0, let member = status.name else {
        throw InputError.data("\(name): member \(index) has no readable entry")
      }
      return (String(cString: member), status.size)
    }
  }

  /// The bytes of the member at an index of `entries()`.
  ///
  /// - Parameter size: what its entry states; a member that unpacks to anything else is damaged.
  /// - Throws: `InputError.data` when it is damaged, encrypted, or states more than `mostBytes`.
  public func unpack(_ index: Int, member: String, size: UInt64, mostBytes: Int) throws -> Data {
    let place = "\(name):\(member)"
    guard size <= UInt64(max(0, mostBytes)) else {
      throw InputError.data("\(place) unpacks to \(size) bytes; allowed: up to \(mostBytes)")
    }
    guard let file = zip_fopen_index(archive, UInt64(index), 0) else {
      throw InputError.data("\(place) cannot be unpacked: \(String(cString: zip_strerror(archive)))")
    }
    defer { zip_fclose(file) }
    var data = Data()
    var chunk = [UInt8](repeating: 0, count: min(1 << 20, Int(size) + 1))
    while true {
      let got = zip_fread(file, &chunk, UInt64(chunk.count))
      guard got >= 0 else { throw InputError.data("\(place) is damaged") }
      if got == 0 { break }
      guard UInt64(data.count) + UInt64(got) <= size else {
        throw InputError.data("\(place) is larger than its entry says")
      }
      data.append(contentsOf: chunk[0..<Int(got)])
    }
    guard UInt64(data.count) == size else { throw InputError.data("\(place) is cut off") }
    return data
  }

  static func message(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return String(cString: zip_error_strerror(&error))
  }
}
