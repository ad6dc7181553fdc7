import Foundation
import Testing

@testable import DepthNumerics

@Suite struct RandomStreamTests {
  // Random123's known-answer file, philox4x32-10
  @Test func philoxKnownAnswers() {
    #expect(philoxBlock(counter: [0, 0, 0, 0], key: [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    let ones: UInt32 = 0xffff_ffff
    #expect(
      philoxBlock(counter: [ones, ones, ones, ones], key: [ones, ones])
        == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
  }

  @Test func drawsDoNotDependOnHowTheyAreCut() {
    var whole = RandomStream(seed: 7, stream: 3)
    var parts = RandomStream(seed: 7, stream: 3)
    let expected = whole.normals(101)
    let drawn = parts.normals(1) + parts.normals(50) + parts.normals(50)
    #expect(drawn == expected)
    var other = RandomStream(seed: 7, stream: 4)
    #expect(other.normals(101) != expected)
  }

  @Test(arguments: [0, 1, 63, 64, 65, 1000]) func bulkNormalsAreTheNormals(skipped: Int) {
    var plain = RandomStream(seed: 11, stream: 5)
    var bulk = plain
    _ = plain.normals(skipped)
    _ = bulk.normals(skipped)
    let expected = plain.normals(20_000)
    let whole = Self.bulk(&bulk, 20_000)
    #expect(zip(expected, whole).allSatisfy { abs($0 - $1) < 4e-15 })
    var pieces = RandomStream(seed: 11, stream: 5)
    _ = pieces.normals(skipped)
    let cut = [1, 2, 61, 129, 807, 19_000].flatMap { Self.bulk(&pieces, $0) }
    #expect(cut == whole)
  }

  // two normals of the vectorised generator, to the last bit: they are the same on every machine
  @Test func bulkNormalsHaveKnownBits() {
    var stream = RandomStream(seed: 0)
    #expect(Self.bulk(&stream, 2) == [-0.12151797595308181, -1.3500326598576551])
  }

  private static func bulk(_ stream: inout RandomStream, _ count: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      stream.bulkNormals(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  @Test func normalsHaveTheirMoments() {
    var stream = RandomStream(seed: 1)
    let count = 200_000
    let z = stream.normals(count)
    let moments = [1, 2, 3, 4].map { power in z.reduce(0) { $0 + pow($1, Double(power)) } / Double(count) }
    // standard errors of the first four moments: 1, sqrt 2, sqrt 15, sqrt 96, over sqrt n; five of them
    let slack = [1, 2.0.squareRoot(), 15.0.squareRoot(), 96.0.squareRoot()].map { 5 * $0 / Double(count).squareRoot() }
    #expect(zip(zip(moments, [0, 1, 0, 3]), slack).allSatisfy { abs($0.0 - $0.1) < $1 })
  }

  @Test func permutationsArePermutations() {
    var stream = RandomStream(seed: 3)
    let order = stream.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
  }
}
