import DepthRuns
import Foundation

/// One array in IDX format, the format of MNIST: two zero bytes, a type, the number of dimensions, each as four bytes, then the
/// values, all big-endian.
///
/// Types: 0x08 unsigned byte, 0x09 signed byte, 0x0B and 0x0C integers of 2 and 4 bytes, 0x0D and 0x0E floats of 4 and 8.
/// Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", file formats.
struct IDXArray {
  enum Kind: UInt8 {
    case unsignedByte = 0x08, signedByte = 0x09, short = 0x0b, integer = 0x0c, float = 0x0d, double = 0x0e

    var size: Int {
      switch self {
      case .unsignedByte, .signedByte: 1
      case .short: 2
      case .integer, .float: 4
      case .double: 8
      }
    }
  }

  let kind: Kind
  let shape: [Int]
  private let body: Data

  /// Parses the whole file; `name` appears in errors.
  ///
  /// - Throws: `InputError.data` for a wrong magic, a size that does not fit the dimensions, or a header cut off.
  init(_ data: Data, name: String) throws {
    guard data.count >= 4, data.starts(with: [0, 0]) else {
      throw InputError.data("\(name) is not an IDX file: it does not begin with two zero bytes")
    }
    let header = [UInt8](data.prefix(4 + 4 * 255))
    guard let kind = Kind(rawValue: header[2]) else {
      throw InputError.data("\(name): IDX type \(header[2]); allowed: 8, 9, 11, 12, 13, 14")
    }
    let dimensions = Int(header[3])
    guard (1...4).contains(dimensions) else {
      throw InputError.data("\(name): \(dimensions) dimensions; allowed: 1 to 4")
    }
    guard header.count >= 4 + 4 * dimensions else { throw InputError.data("\(name): its header is cut off") }
    shape = (0..<dimensions).map { axis in
      (0..<4).reduce(0) { $0 << 8 | Int(header[4 + 4 * axis + $1]) }
    }
    guard !shape.contains(0) else { throw InputError.data("\(name): dimensions \(shape); allowed: lengths from 1") }
    let size = shape.reduce((kind.size, false)) { product, length in
      let (next, overflow) = product.0.multipliedReportingOverflow(by: length)
      return (next, product.1 || overflow)
    }
    let held = data.count - 4 - 4 * dimensions
    guard !size.1, size.0 == held else {
      let needed = size.1 ? "more than 2^63" : String(size.0)
      throw InputError.data("\(name): dimensions \(shape) need \(needed) bytes, the file holds \(held)")
    }
    self.kind = kind
    body = data.suffix(held)
  }

  /// All values; integers of four bytes and doubles are rounded to single precision.
  ///
  /// - Throws: `InputError.data` for a value that is not finite.
  func forEach(name: String, _ take: (Float) -> Void) throws {
    let count = body.count / kind.size
    let bad = body.withUnsafeBytes { raw -> Int? in
      func bits<T: FixedWidthInteger>(_ index: Int, _ type: T.Type) -> T {
        T(bigEndian: raw.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: type))
      }
      for i in 0..<count {
        let value: Float
        switch kind {
        case .unsignedByte: value = Float(raw[i])
        case .signedByte: value = Float(bits(i, Int8.self))
        case .short: value = Float(bits(i, Int16.self))
        case .integer: value = Float(bits(i, Int32.self))
        case .float: value = Float(bitPattern: bits(i, UInt32.self))
        case .double: value = Float(Double(bitPattern: bits(i, UInt64.self)))
        }
        guard value.isFinite else { return i }
        take(value)
      }
      return nil
    }
    if let bad { throw InputError.data("\(name): value \(bad) is not finite in single precision") }
  }

  /// A list of labels.
  ///
  /// - Throws: `InputError.data` unless it is one list of whole numbers from 0.
  func labels(name: String) throws -> [Int] {
    guard shape.count == 1, kind != .float, kind != .double else {
      throw InputError.data("\(name): dimensions \(shape) of type \(kind.rawValue); allowed: one list of integers")
    }
    var labels: [Int] = []
    labels.reserveCapacity(shape[0])
    try forEach(name: name) { labels.append(Int($0)) }
    if let index = labels.firstIndex(where: { !(0..<SampleCollector.mostClasses).contains($0) }) {
      throw InputError.data(
        "\(name): label \(index) is \(labels[index]); allowed: 0 to \(SampleCollector.mostClasses - 1)")
    }
    return labels
  }
}
