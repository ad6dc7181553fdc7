import DepthRuns
import Foundation
import Testing

@Suite struct JSONValueTests {
  private func text(_ value: JSONValue) -> String { String(decoding: value.text(), as: UTF8.self) }

  @Test func canonicalTextSortsKeysAndKeepsEveryBit() {
    let value: JSONValue = ["b": 0.1, "a": [1, true, nil, "x/y \"z\""], "c": JSONValue(1.0 / 3)]
    #expect(text(value) == #"{"a":[1,true,null,"x/y \"z\""],"b":0.1,"c":0.3333333333333333}"#)
  }

  @Test func nonFiniteNumbersAreNull() {
    #expect(text(.number(.nan)) == "null")
    #expect(text([.number(.infinity), JSONValue(-.infinity), JSONValue(nil as Double?)]) == "[null,null,null]")
  }

  @Test func roundTripThroughAFile() throws {
    let folder = try TemporaryFolder()
    let value: JSONValue = ["n": 0.1, "i": 3, "s": "ü\n", "o": ["x": nil], "l": [1.5, -2, false]]
    try AtomicFile.write(value.text(pretty: true), to: folder.file("v.json"))
    #expect(try JSONValue(contentsOf: folder.file("v.json")) == value)
    try AtomicFile.write("{\"a\": ", to: folder.file("v.json"))
    #expect(throws: InputError.data("\(folder.file("v.json").path) is not valid JSON")) {
      try JSONValue(contentsOf: folder.file("v.json"))
    }
  }

  @Test func accessorsAreStrict() {
    #expect(JSONValue.integer(3).doubleValue == 3)
    #expect(JSONValue.number(3.5).integerValue == nil)
    #expect(JSONValue.string("3").doubleValue == nil)
    #expect((["a": ["b": 1]] as JSONValue)["a"]?["b"]?.integerValue == 1)
    #expect((["a": 1] as JSONValue)["z"] == nil)
  }

  @Test func equalConfigurationsHaveOneHash() {
    func hash(_ configuration: [String: JSONValue]) -> String {
      Manifest(command: "x", seed: 1, configuration: configuration, versions: [:], seconds: 0).configurationHash
    }
    #expect(hash(["a": 1, "b": 0.1]) == hash(["b": 0.1, "a": 1]))
    #expect(hash(["a": 1, "b": .number(0.1)]) != hash(["a": 1, "b": .number(0.1.nextUp)]))
    #expect(hash(["a": "1"]) == Digest.sha256(Data(#"{"a":"1"}"#.utf8)))
  }
}
