import Foundation

/// NumPy's `.npy` format, versions 1 to 3 (numpy.lib.format): little-endian floats and integers of 1 to 8
/// bytes and booleans are read as doubles, C or Fortran order; written as `<f8` in C order, version 1.
///
/// Not supported: strings, structured and complex types, big-endian data.
extension NumericArray {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  public init(npy url: URL) throws { try self.init(npy: AtomicFile.read(url), name: url.path) }

  /// Parses `.npy` bytes; `name` appears in errors.
  ///
  /// - Parameter mostBytes: what the values may take as doubles.
  public init(npy data: Data, name: String, mostBytes: Int = ArrayArchive.mostBytes) throws {
    let bytes = [UInt8](data)
    guard bytes.count >= 10, Array(bytes[0..<6]) == Self.magic, (1...3).contains(bytes[6]) else {
      throw InputError.data("\(name) is not a .npy file (no NUMPY magic)")
    }
    let wide = bytes[6] > 1
    let start = wide ? 12 : 10
    guard bytes.count >= start else { throw InputError.data("\(name): header cut off") }
    let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard length <= bytes.count - start else { throw InputError.data("\(name): header cut off") }
    let header = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
    let layout = try Header(header, name: name)
    let body = bytes[(start + length)...]
    let (size, overflow) = layout.count.multipliedReportingOverflow(by: layout.itemSize)
    guard !overflow, size == body.count else {
      throw InputError.data(
        "\(name): shape \(layout.shape) needs \(layout.count) values, the file holds \(body.count) bytes")
    }
    guard layout.count <= mostBytes / 8 else {
      throw InputError.data(
        "\(name): shape \(layout.shape) takes more than \(mostBytes) bytes, the most that is allowed")
    }
    let flat = body.withUnsafeBytes { raw in
      (0..<layout.count).map { layout.read(raw, $0 * layout.itemSize) }
    }
    self.init(shape: layout.shape, values: layout.fortranOrder ? Self.rowMajor(flat, layout.shape) : flat)
  }

  /// The array as `.npy` bytes.
  public var npy: Data {
    let shapeText = shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
    var header = "{'descr': '<f8', 'fortran_order': False, 'shape': \(shapeText), }"
    let unpadded = 10 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var data = Data(Self.magic + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: header.utf8)
    values.withUnsafeBytes { data.append(contentsOf: $0) }
    return data
  }

  private static func rowMajor(_ flat: [Double], _ shape: [Int]) -> [Double] {
    var strides: [Int] = []
    var stride = 1
    for length in shape {
      strides.append(stride)
      stride *= length
    }
    return flat.indices.map { position in
      var rest = position
      var source = 0
      for axis in shape.indices.reversed() {
        source += rest % shape[axis] * strides[axis]
        rest /= shape[axis]
      }
      return flat[source]
    }
  }

  /// The dictionary literal of the header, as far as this reader needs it.
  private struct Header {
    let kind: Character
    let itemSize: Int
    let fortranOrder: Bool
    let shape: [Int]
    let count: Int

    init(_ text: String, name: String) throws {
      func entry(_ key: String, _ pattern: String) throws -> String {
        let expression = try NSRegularExpression(pattern: "'\(key)'\\s*:\\s*\(pattern)")
        let range = NSRange(text.startIndex..., in: text)
        guard let match = expression.firstMatch(in: text, range: range), let found = Range(match.range(at: 1), in: text)
        else { throw InputError.data("\(name): header has no usable '\(key)'") }
        return String(text[found])
      }
      let descr = try entry("descr", "'([^']*)'")
      fortranOrder = try entry("fortran_order", "(True|False)") == "True"
      let dimensions = try entry("shape", "\\(([0-9, ]*)\\)").split(separator: ",")
        .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      shape = try dimensions.map {
        guard let length = Int($0) else { throw InputError.data("\(name): shape entry \($0) is too large") }
        return length
      }
      var product = 1
      for length in shape {
        let (next, overflow) = product.multipliedReportingOverflow(by: length)
        guard !overflow else { throw InputError.data("\(name): shape \(shape) is too large") }
        product = next
      }
      count = product
      guard descr.count == 3, let order = descr.first, "<|=".contains(order), let type = descr.dropFirst().first,
        let size = descr.last?.wholeNumberValue, Self.supported[type]?.contains(size) == true
      else {
        throw InputError.data(
          "\(name): type '\(descr)' is not supported; allowed: little-endian f4, f8, i1-i8, u1-u8, b1")
      }
      kind = type
      itemSize = size
    }

    private static let supported: [Character: Set<Int>] = [
      "f": [4, 8], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "b": [1],
    ]

    func read(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> Double {
      switch (kind, itemSize) {
      case ("f", 8): raw.loadUnaligned(fromByteOffset: offset, as: Double.self)
      case ("f", _): Double(raw.loadUnaligned(fromByteOffset: offset, as: Float.self))
      case ("i", 1): Double(raw.loadUnaligned(fromByteOffset: offset, as: Int8.self))
      case ("i", 2): Double(raw.loadUnaligned(fromByteOffset: offset, as: Int16.self))
      case ("i", 4): Double(raw.loadUnaligned(fromByteOffset: offset, as: Int32.self))
      case ("i", _): Double(raw.loadUnaligned(fromByteOffset: offset, as: Int64.self))
      case (_, 1): Double(raw.loadUnaligned(fromByteOffset: offset, as: UInt8.self))
      case (_, 2): Double(raw.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
      case (_, 4): Double(raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      default: Double(raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
    }
  }
}
