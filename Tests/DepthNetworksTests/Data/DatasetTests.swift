import DepthRuns
import DepthStopping
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct DatasetTests {
  @Test func digitsAreWhatTheyShouldBe() throws {
    let digits = try DatasetCatalogue.load("digits")
    #expect(digits.sampleCount == 1797 && digits.featureCount == 64 && digits.classCount == 10)
    #expect(digits.features.allSatisfy { (0...1).contains($0) } && digits.features.contains(1))
    #expect(throws: InputError.self) { try DatasetCatalogue.load("digitz") }
  }

  @Test func usersFilesHaveHeadersAndAnyFiniteFeatures() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data("a,b,label\n-4,2,0\n1, 2 ,1\n".utf8).write(to: url)
    let data = try DatasetCatalogue.load(url.path)
    #expect(data.features == [-1, 0.5, 0.25, 0.5] && data.labels == [0, 1] && data.classCount == 2)
    try Data("\u{FEFF}a,b,label\r\n-4,2,0\r\n1,2,1\r\n".utf8).write(to: url)
    #expect(try DatasetCatalogue.load(url.path).features == data.features)
    for bad in ["1,inf,0\n1,2,1\n", "1,2,0\n1,2,2\n", "1\n", "1,2,0\n1,2,-1\n"] {
      try Data(bad.utf8).write(to: url)
      #expect(throws: InputError.self) { try DatasetCatalogue.load(url.path) }
    }
  }

  @Test func splitsAreStratifiedSeededAndDisjoint() throws {
    let labels = try DatasetCatalogue.load("digits").labels
    let parts = StratifiedSplit.parts(of: labels, seed: 3)
    #expect(parts == StratifiedSplit.parts(of: labels, seed: 3))
    #expect(parts != StratifiedSplit.parts(of: labels, seed: 4))
    for label in 0..<10 {
      let members = labels.indices.filter { labels[$0] == label }
      let train = members.filter { parts[$0] == .train }.count
      #expect(abs(Double(train) - 0.6 * Double(members.count)) <= 0.5)
    }
  }

  @Test(arguments: [
    ("1,2,0\n3,4\n", ":2"), ("1,2,0\n1,nan,1\n", ":2"), ("1,2,0\n1,17,1\n", ":2"), ("1,2,0\n1,2,2\n", ":2"),
    ("1,2,0\n1,2,x\n", ":2"), ("1,2,0\n\n1,2,1\n", ":2"), ("1,2,0\n-1,2,1\n", ":2"), ("", "0 of 2"),
    ("1,2,0\n", "1 of 2"),
  ])
  func nonsenseIsNamedByLine(text: String, place: String) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(text.utf8).write(to: url)
    let error = #expect(throws: InputError.self) {
      try Dataset(csv: url, name: "toy", featureCount: 2, classCount: 2, largest: 16)
    }
    #expect(error?.description.contains(place) == true)
    #expect(error?.kind == .data)
  }
}
