import DepthRuns
import DepthStopping
import Foundation

/// Small files of every kind, built byte by byte.
enum SampleFiles {
  static func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

  /// An IDX file of a type, dimensions and raw values.
  static func idx(type: UInt8, _ shape: [Int], _ body: [UInt8]) -> Data {
    Data([0, 0, type, UInt8(shape.count)] + shape.flatMap(bigEndian) + body)
  }

  /// gzip with stored blocks: valid, and as long as what it holds.
  static func gzip(_ data: Data) -> Data {
    var result = Data([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    var rest = data[...]
    repeat {
      let part = rest.prefix(65_535)
      rest = rest.dropFirst(part.count)
      let (low, high) = (UInt8(part.count & 255), UInt8(part.count >> 8))
      result.append(contentsOf: [rest.isEmpty ? 1 : 0, low, high, ~low, ~high])
      result.append(part)
    } while !rest.isEmpty
    return result + Data(trailer(crc(data), data.count))
  }

  /// gzip of 1 + 258 n zeros in about 13 n / 8 bytes: fixed codes, matches of length 258 at distance 1.
  static func gzipBomb(matches: Int) -> Data {
    var bits: [UInt8] = [1, 1, 0]
    func push(_ code: Int, _ length: Int) { for i in (0..<length).reversed() { bits.append(UInt8(code >> i & 1)) } }
    push(0b0011_0000, 8)
    for _ in 0..<matches {
      push(0b1100_0101, 8)
      push(0, 5)
    }
    push(0, 7)
    while bits.count % 8 != 0 { bits.append(0) }
    let body = stride(from: 0, to: bits.count, by: 8).map { start in
      (0..<8).reduce(UInt8(0)) { $0 | bits[start + $1] << UInt8($1) }
    }
    let plain = Data(count: 1 + 258 * matches)
    return Data([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + body + trailer(crc(plain), plain.count))
  }

  private static func trailer(_ crc: UInt32, _ count: Int) -> [UInt8] {
    [crc, UInt32(truncatingIfNeeded: count)].flatMap { word in (0..<4).map { UInt8(word >> (8 * UInt32($0)) & 255) } }
  }

  static func crc(_ data: Data) -> UInt32 {
    ~data.reduce(UInt32.max) { value, byte in
      var x = (value ^ UInt32(byte)) & 255
      for _ in 0..<8 { x = x & 1 == 1 ? 0xedb8_8320 ^ x >> 1 : x >> 1 }
      return x ^ value >> 8
    }
  }

  /// A tar archive of regular files.
  static func tar(_ files: [(String, Data)]) -> Data {
    var result = Data()
    for (name, data) in files {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, _ at: Int) { for (i, byte) in text.utf8.enumerated() { header[at + i] = byte } }
      put(name, 0)
      put(String(format: "%011o", data.count), 124)
      put("        ", 148)
      put("0", 156)
      put("ustar", 257)
      put(String(format: "%06o", header.reduce(0) { $0 + Int($1) }), 148)
      header[154] = 0
      result.append(contentsOf: header)
      result.append(data)
      result.append(Data(count: (512 - data.count % 512) % 512))
    }
    return result + Data(count: 1024)
  }

  /// The bytes of a `.npz`.
  static func npz(_ arrays: [String: NumericArray]) throws -> Data {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    try ArrayArchive.write(arrays, to: url)
    return try AtomicFile.read(url)
  }

  private static func decoded(_ base64: String) -> Data { Data(base64Encoded: base64) ?? Data() }

  /// 3 x 2: red, green, blue over (10,20,30), (40,50,60), (70,80,90).
  static let colourPNG = decoded(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAF0lEQVR42mP4z8DAAMFcInIaRjZuAVEAM1kEwFyb4YwAAAAASUVORK5CYII=")
  /// 3 x 2: 0, 128, 255 over 1, 2, 3.
  static let greyPNG = decoded(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR42mNgaPjPwMjEDAAIDQGG5UheNQAAAABJRU5ErkJggg==")
  /// 2 x 1 of (200, 100, 50), opaque and transparent.
  static let alphaPNG = decoded(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAD0lEQVR42mM4kWL0H4gZABPcA7wzhw9CAAAAAElFTkSuQmCC")
  /// Says that it is 60,000 x 60,000.
  static let vastPNG = decoded(
    "iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgCAAAAACluSqeAAAAEUlEQVR42mNgGAWjYBQMdwAAA+gAAc5JTFgAAAAASUVORK5CYII=")
  /// 16 x 8 of (200, 100, 50).
  static let colourJPEG = decoded(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAABwj/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCQAHqQf//Z"
  )
  /// 16 x 8, column x of grey 16 x.
  static let greyJPEG = decoded(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAACAn/xAAXEAADAQAAAAAAAAAAAAAAAAAACESB/9oACAEBAAA/AB+tsuFVVtlw/9k="
  )
  /// 16 x 8 of (200, 100, 50) in CMYK, Adobe's inverted kind.
  static let cmykJPEG = decoded(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAFAgACAAQBEMRAE0RAFkRAEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAAIBwn/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/ALAZoi91TAH/2Q=="
  )
  /// 16 x 8, progressive.
  static let progressiveJPEG = decoded(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUAQEAAAAAAAAAAAAAAAAAAAAC/9oADAMBAAIQAxAAAAGaoI//xAAWEAADAAAAAAAAAAAAAAAAAAAAAgP/2gAIAQEAAQUCWIsT/8QAFxEAAwEAAAAAAAAAAAAAAAAAAAIDBP/aAAgBAwEBPwHPVj//xAAWEQEBAQAAAAAAAAAAAAAAAAACAAP/2gAIAQIBAT8BWiv/xAAUEAEAAAAAAAAAAAAAAAAAAAAQ/9oACAEBAAY/Aj//xAAVEAEBAAAAAAAAAAAAAAAAAAAAYf/aAAgBAQABPyGKL//aAAwDAQACAAMAAAAQC//EABURAQEAAAAAAAAAAAAAAAAAACEA/9oACAEDAQE/EAt//8QAFREBAQAAAAAAAAAAAAAAAAAAAFH/2gAIAQIBAT8Qsf/EABUQAQEAAAAAAAAAAAAAAAAAAAAx/9oACAEBAAE/EIkT/9k="
  )

  static let images = [
    colourPNG, greyPNG, alphaPNG, vastPNG, colourJPEG, greyJPEG, cmykJPEG, progressiveJPEG,
  ]
}

/// A folder that goes away with its owner.
final class ScratchFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("data-\(UUID().uuidString)")

  init() throws { try AtomicFile.makeFolder(url) }
  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ data: Data, _ path: String) throws {
    let target = url.appendingPathComponent(path)
    try AtomicFile.makeFolder(target.deletingLastPathComponent())
    try AtomicFile.write(data, to: target)
  }
}
