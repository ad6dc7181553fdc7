import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct CSVFileTests {
  private func parse(_ text: String, _ change: (inout CSVFile) -> Void = { _ in }) throws -> Dataset {
    var file = CSVFile()
    change(&file)
    return try file.parse(Data(text.utf8), name: "toy", place: "toy.csv")
  }

  @Test(arguments: [
    "a,b,label\n-4,2,0\n1, 2 ,1\n", "\u{FEFF}a,b,label\r\n-4,2,0\r\n1,2,1\r\n", "-4,2,0\r1,2.0,1", "-4e0,2,0\n+1,2,1",
  ])
  func headersLineEndsAndSpacesAreUnderstood(text: String) throws {
    let data = try parse(text)
    #expect(data.inputs == [-1, 0.5, 0.25, 0.5] && data.labels == [0, 1] && data.classCount == 2)
    #expect(data.inputShape == .vector(2) && data.split == nil)
  }

  @Test func compressedTextIsTheSame() throws {
    let folder = try ScratchFolder()
    let text = Data("1,2,0\n3,4,1\n".utf8)
    try folder.write(text, "a.csv")
    try folder.write(SampleFiles.gzip(text), "b.csv.gz")
    let (a, b) = (folder.url.appendingPathComponent("a.csv"), folder.url.appendingPathComponent("b.csv.gz"))
    #expect(try CSVFile().read(a, name: "x") == CSVFile().read(b, name: "x"))
    #expect(try DatasetCatalogue.load(b.path).labels == [0, 1])
  }

  @Test(arguments: [
    ("1,2,0\n3,4\n", ":2"), ("1,2,0\n1,nan,1\n", ":2"), ("1,2,0\n1,17,1\n", ":2"), ("1,2,0\n1,2,2\n", ":2"),
    ("1,2,0\n1,2,x\n", ":2"), ("1,2,0\n\n1,2,1\n", ":2"), ("1,2,0\n-1,2,1\n", ":2"), ("", "no samples"),
    ("1,2,0\n", "1 of 2"),
  ])
  func nonsenseIsNamedByLine(text: String, place: String) throws {
    let error = #expect(throws: InputError.self) {
      try parse(text) { ($0.featureCount, $0.classCount, $0.largest) = (2, 2, 16) }
    }
    #expect(error?.description.contains(place) == true, "\(error?.description ?? "")")
    #expect(error?.kind == .data)
  }

  @Test(arguments: ["1,inf,0\n1,2,1\n", "1,2,0\n1,2,2\n", "1\n", "1,2,0\n1,2,-1\n", "1e39,0\n2,1\n", ",\n", "a,b\n"])
  func usersNonsenseIsRefused(text: String) {
    #expect(throws: InputError.self) { try parse(text) }
  }

  @Test func theBoundOnMemoryHolds() {
    let text = String(repeating: "1,2,3,4,0\n", count: 100)
    let error = #expect(throws: InputError.self) { try parse(text) { $0.mostBytes = 200 } }
    #expect(error?.description.contains("200 bytes") == true)
  }
}
