import DepthRuns
import Foundation
import Testing

@Suite struct GzipTests {
  /// "hello\n" as gzip -9n writes it.
  private static let hello = Data(base64Encoded: "H4sIAAAAAAACA8tIzcnJ5wIAIDA6NgYAAAA=")!

  @Test func membersFollowEachOther() throws {
    let text = Data("hello\n".utf8)
    #expect(Gzip.isCompressed(Self.hello) && !Gzip.isCompressed(text))
    #expect(try Gzip.inflate(Self.hello, name: "a", mostBytes: 6) == text)
    #expect(try Gzip.inflate(Self.hello + Self.hello, name: "a", mostBytes: 12) == text + text)
  }

  @Test func damageCutsAndBombsAreNamed() {
    func failure(_ data: Data, _ most: Int = 100) -> String {
      (#expect(throws: InputError.self) { try Gzip.inflate(data, name: "a.gz", mostBytes: most) })?.description ?? ""
    }
    #expect(failure(Self.hello, 5).contains("more than 5 bytes"))
    for count in 0..<Self.hello.count { #expect(failure(Self.hello.prefix(count)).contains("a.gz is cut off")) }
    #expect(failure(Self.hello + [1, 2, 3]).contains("damaged"))
    var wrong = Self.hello
    wrong[wrong.count - 8] ^= 1
    #expect(failure(wrong).contains("damaged"))
  }

  @Test func zipMembersAreUnpackedUnderABound() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("a.npz")
    try ArrayArchive.write(["x": NumericArray([1, 2, 3]), "y": NumericArray([4])], to: url)
    let data = try AtomicFile.read(url)
    #expect(try ArrayArchive.read(data, name: "a") == ArrayArchive.read(url))
    let archive = try ZipFile(data, name: "a")
    #expect(try archive.entries().map(\.name) == ["x.npy", "y.npy"])
    #expect(throws: InputError.self) { try ArrayArchive.read(data, name: "a", mostBytes: 150) }
    for count in stride(from: 0, to: data.count, by: 7) {
      #expect(throws: InputError.self) { try ArrayArchive.read(data.prefix(count), name: "a") }
    }
  }
}
