import DepthRuns
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct TextFileTests {
  private func parse(_ text: String, length: Int, stride: Int? = nil) throws -> Dataset {
    var file = TextFile()
    (file.length, file.stride) = (length, stride)
    return try file.parse(Data(text.utf8), name: "toy", place: "toy.txt")
  }

  @Test func windowsPredictTheNextCharacter() throws {
    let text = String(repeating: "abcß", count: 50)
    let data = try parse(text, length: 3, stride: 1)
    #expect(data.classNames == ["a", "b", "c", "ß"] && data.inputShape == .tokens(length: 3, vocabulary: 4))
    for sample in 0..<data.sampleCount {
      let window = data.input(sample).map { Int($0) }
      #expect(data.labels[sample] == (window[2] + 1) % 4)
    }
    let parts = try #require(data.split)
    #expect(parts == parts.sorted { $0.rawValue < $1.rawValue } && Set(parts).count == 3)
    // 160 characters for training: 157 windows, each with its next character inside
    #expect(parts.filter { $0 == .train }.count == 157)
  }

  @Test func everyCharacterPredictsTheNext() throws {
    var file = TextFile()
    (file.length, file.stride, file.answersEveryToken) = (3, 1, true)
    let text = Data(String(repeating: "abcß", count: 50).utf8)
    let data = try file.parse(text, name: "toy", place: "toy.txt")
    let last = try parse(String(repeating: "abcß", count: 50), length: 3, stride: 1)
    #expect(data.answersPerSample == 3 && data.inputs == last.inputs && data.split == last.split)
    #expect(data.labels.indices.allSatisfy { data.labels[$0] == (Int(data.inputs[$0]) + 1) % 4 })
    #expect(last.labels == (0..<data.sampleCount).map { data.labels[3 * $0 + 2] })
    #expect(data.sha256 == last.sha256 && data.identity != last.identity)
    // fewer windows: evenly spaced over the same stretches
    file.mostWindows = 50
    let few = try file.parse(text, name: "toy", place: "toy.txt")
    let parts = try #require(few.split)
    #expect(parts.filter { $0 == .train }.count == 40 && parts.filter { $0 == .test }.count == 5)
    #expect(few.input(1) == data.input(3)[...] || few.input(1).elementsEqual(data.input(3)))
    file.mostWindows = 1
    #expect(try file.parse(text, name: "toy", place: "toy.txt").sampleCount == 3)
  }

  @Test func nonsenseIsNamed() {
    #expect(throws: InputError.self) { try parse("aaaaaaaaaaaaaaaaaaaaaaaaaaaa", length: 1) }
    #expect(throws: InputError.self) { try parse("abc", length: 1) }
    let invalid = #expect(throws: InputError.self) {
      try TextFile().parse(Data([0x61, 0xff, 0x62]), name: "toy", place: "toy.txt")
    }
    #expect(invalid?.description.contains("UTF-8") == true)
  }
}
