import DepthRuns
import Foundation
import Testing

@Suite struct NumericArrayNpyTests {
  /// A file as numpy writes it: magic, version, header length, padded header, body.
  private func npy(
    _ descr: String, fortran: Bool = false, shape: String, body: [UInt8], version: UInt8 = 1, length: Int? = nil
  ) -> Data {
    var header = "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
    let prefix = version == 1 ? 10 : 12
    header += String(repeating: " ", count: 63 - (prefix + header.utf8.count) % 64) + "\n"
    let count = length ?? header.utf8.count
    var data = Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0])
    data.append(contentsOf: (0..<(version == 1 ? 2 : 4)).map { UInt8(count >> (8 * $0) & 255) })
    data.append(contentsOf: header.utf8)
    data.append(contentsOf: body)
    return data
  }

  private func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  @Test(arguments: [[0], [3], [2, 3], [2, 2, 2], []]) func roundTripKeepsShapeAndBits(_ shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { 1.0 / (Double($0) + 3) }
    let array = NumericArray(shape: shape, values: values)
    #expect(try NumericArray(npy: array.npy, name: "a") == array)
    // numpy asks that the body begin at a multiple of 64.
    #expect((array.npy.count - count * 8) % 64 == 0)
  }

  @Test func readsALiteralFileOfNumpy() throws {
    // numpy.save of numpy.array([1.5, -2.0]): 128 bytes of preamble.
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
    let literal =
      [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 0x01, 0x00, 0x76, 0x00] + Array(header.utf8)
      + [UInt8](repeating: 0x20, count: 117 - header.utf8.count) + [0x0A]
      + [0, 0, 0, 0, 0, 0, 0xF8, 0x3F] + [0, 0, 0, 0, 0, 0, 0, 0xC0]
    #expect(literal.count == 128 + 16)
    #expect(try NumericArray(npy: Data(literal), name: "a") == NumericArray([1.5, -2]))
  }

  @Test func fortranOrderIsTurnedIntoRows() throws {
    let data = npy("<f8", fortran: true, shape: "(2, 3)", body: bytes([1.0, 4, 2, 5, 3, 6]))
    #expect(try NumericArray(npy: data, name: "a") == NumericArray(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]))
    // In three dimensions: entry (i, j, k) lies at i + 2 j + 4 k.
    let cube = npy("<f8", fortran: true, shape: "(2, 2, 2)", body: bytes([0.0, 100, 10, 110, 1, 101, 11, 111]))
    #expect(try NumericArray(npy: cube, name: "a").values == [0, 1, 10, 11, 100, 101, 110, 111])
  }

  @Test func readsEveryTypeOfNumber() throws {
    func values(_ descr: String, _ body: [UInt8]) throws -> [Double] {
      try NumericArray(npy: npy(descr, shape: "(2,)", body: body), name: "a").values
    }
    #expect(try values("<f4", bytes([Float(0.5), -3])) == [0.5, -3])
    #expect(try values("|i1", bytes([Int8(-7), 7])) == [-7, 7])
    #expect(try values("<i2", bytes([Int16(-300), 300])) == [-300, 300])
    #expect(try values("<i4", bytes([Int32(-70_000), 7])) == [-70_000, 7])
    #expect(try values("<i8", bytes([Int64(-1) << 40, 7])) == [-pow(2, 40), 7])
    #expect(try values("|u1", [200, 7]) == [200, 7])
    #expect(try values("<u2", bytes([UInt16(60_000), 7])) == [60_000, 7])
    #expect(try values("<u4", bytes([UInt32(4_000_000_000), 7])) == [4e9, 7])
    #expect(try values("<u8", bytes([UInt64(1) << 63, 7])) == [pow(2, 63), 7])
    #expect(try values("|b1", [0, 1]) == [0, 1])
  }

  @Test func readsLaterVersionsWithLongHeaders() throws {
    for version: UInt8 in [2, 3] {
      let data = npy("<f8", shape: "(1,)", body: bytes([2.5]), version: version)
      #expect(try NumericArray(npy: data, name: "a").values == [2.5])
    }
  }

  @Test func slicesOfDataAreReadFromTheirOwnStart() throws {
    let padded = Data([9, 9, 9]) + NumericArray([1, 2]).npy
    #expect(try NumericArray(npy: padded.dropFirst(3), name: "a").values == [1, 2])
  }

  @Test func damageIsAnErrorAtEveryLength() throws {
    let whole = NumericArray(shape: [2, 2], values: [1, 2, 3, 4]).npy
    for length in 0..<whole.count {
      #expect(throws: InputError.self, "cut at \(length)") { try NumericArray(npy: whole.prefix(length), name: "a") }
    }
    #expect(throws: InputError.self) { try NumericArray(npy: whole + Data([0]), name: "a") }
  }

  @Test func damagedHeadersAreErrors() {
    let body = bytes([1.0])
    let damaged: [Data] = [
      npy("<f8", shape: "(1,)", body: body, length: 60_000),
      npy("<f8", shape: "(1,)", body: body, version: 2, length: 0xFFFF_FFFF),
      npy("<f8", shape: "(-1,)", body: body),
      npy("<f8", shape: "(9223372036854775807, 9223372036854775807)", body: body),
      npy("<f8", shape: "(99999999999999999999,)", body: body),
      npy("<f8", shape: "(2305843009213693952,)", body: []),
      npy(">f8", shape: "(1,)", body: body),
      npy("<c16", shape: "(1,)", body: body + body),
      npy("|S8", shape: "(1,)", body: body),
      npy("", shape: "(1,)", body: body),
      npy("<f9", shape: "(1,)", body: body),
      Data("not an array at all".utf8),
      Data([0x93] + Array("NUMPY".utf8) + [9, 0, 0, 0]),
    ]
    for (index, data) in damaged.enumerated() {
      #expect(throws: InputError.self, "file \(index)") { try NumericArray(npy: data, name: "a") }
    }
  }

  @Test func errorsNameTheFile() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("x.npy")
    try Data("garbage".utf8).write(to: file)
    #expect(throws: InputError.data("\(file.path) is not a .npy file (no NUMPY magic)")) { try NumericArray(npy: file) }
    #expect(throws: InputError.data("no such file: \(folder.file("y.npy").path)")) {
      try NumericArray(npy: folder.file("y.npy"))
    }
  }

  @Test func shapesAndFiniteValuesAreChecked() {
    let array = NumericArray(shape: [2, 2], values: [1, 2, .nan, 4])
    #expect(throws: Never.self) { try array.require(shape: [2, nil], name: "loss") }
    #expect(throws: InputError.data("array 'loss' has shape [2, 2], [any, 3] is needed")) {
      try array.require(shape: [nil, 3], name: "loss")
    }
    #expect(
      throws: InputError.data("array 'loss' holds nan at [1, 0]; finite numbers up to 1e+100 in magnitude are needed")
    ) {
      try array.requireFinite(name: "loss")
    }
  }
}
