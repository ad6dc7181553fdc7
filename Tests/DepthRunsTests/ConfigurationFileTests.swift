import DepthRuns
import Foundation
import Testing

@Suite struct ConfigurationFileTests {
  private func read(_ text: String) throws -> [String: JSONValue] {
    let folder = try TemporaryFolder()
    try AtomicFile.write(text, to: folder.file("c.toml"))
    return try ConfigurationFile.read(folder.file("c.toml"))
  }

  @Test func readsEveryKindOfValue() throws {
    let values = try read(
      """
      problem = "ou-contraction"  # a comment
      seed = 7
      tolerance = 1e-6
      quiet = true
      at = [0.5, 1, -2]
      [set]
      a = 1
      """)
    #expect(
      values == [
        "problem": "ou-contraction", "seed": 7, "tolerance": 1e-6, "quiet": true, "at": [0.5, 1, -2],
        "set": ["a": 1],
      ])
  }

  @Test func aSyntaxErrorNamesItsLine() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("c.toml")
    try AtomicFile.write("a = 1\nb = 2\nc = = 3\n", to: file)
    let error = try #require(throws: InputError.self) { try ConfigurationFile.read(file) }
    #expect(error.kind == .data)
    #expect(error.description.hasPrefix("\(file.path):3:"))
  }

  @Test func aRunsRecordIsReadWithoutItsNulls() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(
      "{\"problem\": \"spiral\", \"weights\": null, \"points\": 5}", to: folder.file("configuration.json"))
    let record: [String: JSONValue] = ["problem": "spiral", "points": 5]
    #expect(try ConfigurationFile.read(folder.file("configuration.json")) == record)
    #expect(try ConfigurationFile.read(folder.file("configuration.json").deletingLastPathComponent()) == record)
    try AtomicFile.write("[1]", to: folder.file("list.json"))
    #expect(throws: InputError.self) { try ConfigurationFile.read(folder.file("list.json")) }
  }

  @Test func datesAndMissingFilesAreErrors() throws {
    let error = try #require(throws: InputError.self) { try read("day = 2024-01-01") }
    #expect(error.description.contains("'day' is a date or time"))
    #expect(throws: InputError.self) { try ConfigurationFile.read(URL(fileURLWithPath: "/no/such/file.toml")) }
  }
}
