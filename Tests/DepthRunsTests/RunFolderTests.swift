import DepthRuns
import Foundation
import Testing

@Suite struct RunFolderTests {
  @Test func aFinishedRunHoldsItsHashesAndOpensAgain() throws {
    let folder = try TemporaryFolder()
    let run = try RunFolder(creating: folder.file("run"))
    var table = Table(name: "values")
    table.add("block", [0, 1])
    try run.write(table)
    #expect(throws: InputError.data("\(run.url.path) is no finished run folder (no manifest.json)")) {
      try RunFolder(opening: run.url)
    }
    try run.finish(
      Manifest(command: "boundary", seed: .max, configuration: ["a": 0.1], versions: ["depth": "1"], seconds: 1))
    let opened = try RunFolder(opening: run.url)
    #expect(try opened.configuration() == ["a": 0.1])
    #expect(try opened.table("values") == table)
    let manifest = try opened.json("manifest.json")
    #expect(manifest["files"]?["values.csv"]?.stringValue == Digest.sha256(Data("block\n0\n1\n".utf8)))
    #expect(manifest["files"]?["configuration.json"] != nil)
    // A seed of 64 bits does not fit a double: it is written as text.
    #expect(manifest["seed"]?.stringValue == "18446744073709551615")
  }

  @Test func aMissingRunIsSaid() throws {
    let folder = try TemporaryFolder()
    #expect(throws: InputError.data("no such run folder: \(folder.file("no").path)")) {
      try RunFolder(opening: folder.file("no"))
    }
  }
}
