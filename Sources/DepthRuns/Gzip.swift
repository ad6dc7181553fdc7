internal import CZlib
public import Foundation

/// gzip files (RFC 1952), inflated under a bound.
public enum Gzip {
  /// Whether the bytes begin as a gzip file does.
  public static func isCompressed(_ data: Data) -> Bool { data.count >= 2 && data.starts(with: [0x1f, 0x8b]) }

  /// A file's bytes, inflated where they are compressed, whatever the file is called.
  ///
  /// - Throws: `InputError.data` as `AtomicFile.read` and `inflate`.
  public static func read(_ url: URL, mostBytes: Int) throws -> Data {
    let data = try AtomicFile.read(url)
    return isCompressed(data) ? try inflate(data, name: url.path, mostBytes: mostBytes) : data
  }

  /// All members of a gzip file, one after the other; checksums are verified.
  ///
  /// Memory: at most `mostBytes` and a small buffer, however far the file would inflate.
  /// - Throws: `InputError.data` naming what is wrong: damaged, cut off, or larger than `mostBytes`.
  public static func inflate(_ data: Data, name: String, mostBytes: Int) throws -> Data {
    var stream = z_stream()
    let gzipOnly: Int32 = 16 + 15
    guard inflateInit2_(&stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw InputError.data("\(name): no memory to unpack it")
    }
    defer { inflateEnd(&stream) }
    var result = Data()
    var chunk = [UInt8](repeating: 0, count: max(1, min(chunkSize, mostBytes)))
    try data.withUnsafeBytes { (input: UnsafeRawBufferPointer) in
      let bytes = input.bindMemory(to: UInt8.self)
      var offset = 0
      var finished = false
      while !finished || offset < bytes.count {
        if finished {
          guard inflateReset(&stream) == Z_OK else { throw InputError.data("\(name) is damaged") }
        }
        let given = min(bytes.count - offset, Int(UInt32.max))
        stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress.map { $0 + offset })
        stream.avail_in = UInt32(given)
        let code = chunk.withUnsafeMutableBufferPointer { buffer in
          stream.next_out = buffer.baseAddress
          stream.avail_out = UInt32(buffer.count)
          return CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        offset += given - Int(stream.avail_in)
        let got = chunk.count - Int(stream.avail_out)
        guard result.count + got <= mostBytes else {
          throw InputError.data("\(name) unpacks to more than \(mostBytes) bytes, the most that is allowed")
        }
        result.append(contentsOf: chunk[0..<got])
        switch code {
        case Z_STREAM_END: finished = true
        case Z_OK: finished = false
        case Z_BUF_ERROR where stream.avail_in == 0: throw InputError.data("\(name) is cut off")
        default:
          throw InputError.data("\(name) is damaged: \(stream.msg.map { String(cString: $0) } ?? "code \(code)")")
        }
      }
    }
    return result
  }

  private static let chunkSize = 1 << 16
}
