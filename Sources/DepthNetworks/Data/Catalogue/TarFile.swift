import DepthRuns
import Foundation

/// The regular files of a tar archive (ustar, and GNU's without long names): what a source distribution needs.
///
/// Not supported: links, sparse files; names above 100 bytes come with their ustar prefix.
enum TarFile {
  /// Names and contents in the archive's order.
  ///
  /// - Throws: `InputError.data` for a header whose checksum is wrong or a file that is cut off.
  static func files(_ data: Data, name: String) throws -> [(name: String, data: Data)] {
    let block = 512
    var files: [(String, Data)] = []
    var offset = 0
    while offset + block <= data.count {
      let header = [UInt8](data[(data.startIndex + offset)..<(data.startIndex + offset + block)])
      if header.allSatisfy({ $0 == 0 }) { break }
      let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
      guard octal(header[148..<156]) == sum, let size = octal(header[124..<136]) else {
        throw InputError.data("\(name) is damaged: no tar header at byte \(offset)")
      }
      offset += block
      guard size <= data.count - offset else { throw InputError.data("\(name) is cut off") }
      if header[156] == UInt8(ascii: "0") || header[156] == 0 {
        let isUstar = header[257..<262].elementsEqual("ustar".utf8)
        let prefix = isUstar ? text(header[345..<500]) : ""
        let start = data.startIndex + offset
        files.append(
          ((prefix.isEmpty ? "" : prefix + "/") + text(header[0..<100]), data.subdata(in: start..<(start + size))))
      }
      offset += (size + block - 1) / block * block
    }
    return files
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    Int(text(field).trimmingCharacters(in: .whitespaces), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }
}
