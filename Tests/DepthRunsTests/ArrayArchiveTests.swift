import DepthRuns
import Foundation
import Testing

@Suite struct ArrayArchiveTests {
  private let arrays = [
    "loss": NumericArray(shape: [2, 3], values: [1, 2, 3, 4, 5, 1.0 / 3]), "label": NumericArray([0, 7]),
    "empty": NumericArray([]),
  ]

  @Test func roundTripKeepsEveryArray() throws {
    let folder = try TemporaryFolder()
    try ArrayArchive.write(arrays, to: folder.file("a.npz"))
    #expect(try ArrayArchive.read(folder.file("a.npz")) == arrays)
    #expect(try folder.contents() == ["a.npz"])
  }

  @Test func equalArraysMakeEqualFiles() throws {
    let folder = try TemporaryFolder()
    try ArrayArchive.write(arrays, to: folder.file("a.npz"))
    try ArrayArchive.write(arrays, to: folder.file("b.npz"))
    #expect(try AtomicFile.read(folder.file("a.npz")) == AtomicFile.read(folder.file("b.npz")))
  }

  /// An archive with one deflated member, as `numpy.savez_compressed` makes it, byte by byte.
  @Test func readsACompressedArchive() throws {
    let member = NumericArray([1, 2]).npy
    // One final stored block of RFC 1951: a valid deflate stream without a compressor.
    let length = UInt16(member.count)
    let deflated = Data([1]) + le(length) + le(~length) + member
    let archive = zip("x.npy", method: 8, packed: deflated, checksum: crc32(member), size: member.count)
    let folder = try TemporaryFolder()
    try archive.write(to: folder.file("c.npz"))
    #expect(try ArrayArchive.read(folder.file("c.npz")) == ["x": NumericArray([1, 2])])
  }

  @Test func aMemberThatClaimsTooMuchIsRefusedBeforeItIsUnpacked() throws {
    let member = NumericArray([1]).npy
    let archive = zip("x.npy", method: 0, packed: member, checksum: crc32(member), size: 0xFFFF_FFF0)
    let folder = try TemporaryFolder()
    try archive.write(to: folder.file("bomb.npz"))
    #expect(throws: InputError.self) { try ArrayArchive.read(folder.file("bomb.npz")) }
  }

  @Test func damageIsAnError() throws {
    let folder = try TemporaryFolder()
    try ArrayArchive.write(arrays, to: folder.file("a.npz"))
    let whole = try AtomicFile.read(folder.file("a.npz"))
    let file = folder.file("damaged.npz")
    for length in stride(from: 0, to: whole.count, by: 37) {
      try whole.prefix(length).write(to: file)
      #expect(throws: InputError.self, "cut at \(length)") { try ArrayArchive.read(file) }
    }
    // A flipped byte in a member's body fails its checksum.
    var flipped = whole
    let third = try #require(whole.range(of: withUnsafeBytes(of: 1.0 / 3) { Data($0) }))
    flipped[third.lowerBound] ^= 0x01
    try flipped.write(to: file)
    #expect(throws: InputError.self) { try ArrayArchive.read(file) }
    try Data("PK\u{3}\u{4} but no archive".utf8).write(to: file)
    #expect(throws: InputError.self) { try ArrayArchive.read(file) }
  }

  @Test func missingAndUnwritableFilesAreErrors() throws {
    let folder = try TemporaryFolder()
    #expect(throws: InputError.data("no such file: \(folder.file("no.npz").path)")) {
      try ArrayArchive.read(folder.file("no.npz"))
    }
    try Data().write(to: folder.file("file"))
    #expect(throws: InputError.self) { try ArrayArchive.write(arrays, to: folder.file("file/a.npz")) }
    #expect(try folder.contents() == ["file"])
  }

  // MARK: A zip file by hand (APPNOTE.TXT 4.3)

  private func le<T: FixedWidthInteger>(_ value: T) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }

  private func zip(_ name: String, method: UInt16, packed: Data, checksum: UInt32, size: Int) -> Data {
    let sizes = le(checksum) + le(UInt32(packed.count)) + le(UInt32(size))
    let common = le(UInt16(20)) + le(UInt16(0)) + le(method) + le(UInt16(0)) + le(UInt16(33)) + sizes
    let names = le(UInt16(name.utf8.count)) + le(UInt16(0))
    let local = le(UInt32(0x0403_4B50)) + common + names + Data(name.utf8) + packed
    let central =
      le(UInt32(0x0201_4B50)) + le(UInt16(20)) + common + names + Data(count: 10) + le(UInt32(0)) + Data(name.utf8)
    let end =
      le(UInt32(0x0605_4B50)) + Data(count: 4) + le(UInt16(1)) + le(UInt16(1)) + le(UInt32(central.count))
      + le(UInt32(local.count)) + le(UInt16(0))
    return local + central + end
  }

  private func crc32(_ data: Data) -> UInt32 {
    ~data.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
  }
}
