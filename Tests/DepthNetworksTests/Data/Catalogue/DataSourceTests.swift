import DepthRuns
import Testing

@testable import DepthNetworks

@Suite struct DataSourceTests {
  @Test(arguments: [
    ("digits", DataSource.catalogue("digits")), ("parity", .task("parity")),
    ("cifar-10:/a:b", .files(.cifar10, path: "/a:b")),
    ("idx:x", .files(.idx, path: "x")), ("images:d", .files(.images, path: "d")),
    ("a/b.csv", .files(.csv, path: "a/b.csv")),
    ("a.csv.gz", .files(.csv, path: "a.csv.gz")), ("a.npz", .files(.npz, path: "a.npz")),
    ("a.txt", .files(.text, path: "a.txt")),
  ])
  func theGrammarIsUnderstood(text: String, source: DataSource) throws {
    #expect(try DataSource(text) == source)
  }

  @Test(arguments: ["digitz", "cifar-10:", "jpeg:x", "", "a.bin"])
  func otherTextIsRefused(text: String) {
    #expect(throws: InputError.self) { try DataSource(text) }
  }

  @Test func settingsAreCheckedAndRecorded() throws {
    let source = try DataSource("k-hop")
    #expect(throws: InputError.self) { try source.load(settings: [("hopz", 3)]) }
    #expect(throws: InputError.self) { try source.load(settings: [("hops", 0)]) }
    #expect(throws: InputError.self) { try DataSource("digits").load(settings: [("side", 3)]) }
    let settings = [("k", 3.0), ("presentation", 1.0), ("n", 50.0)]
    let record = JSONValue.object(try source.values(settings).json)
    #expect(try source.load(settings: source.settings(record)) == source.load(settings: settings))
  }
}
