import Foundation
import Testing

@testable import DepthRuns

@Suite struct JSONWalkerTests {
  /// Members of a text's object as the scanner reads them; nil where the walker finds none.
  private static func walked(_ text: String) -> [String: JSONValue]? {
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      var members: [String: JSONValue] = [:]
      var walker = JSONWalker(bytes)
      let end = walker.members { name, value in
        members[SweepLine.name(bytes.part(name))] = JSONScanner.value(bytes.part(value))
      }
      guard end == bytes.count else { return nil }
      return members
    }
  }

  /// Two readers of the same text, one that makes values and one that does not.
  @Test func membersAreThoseOfTheScanner() throws {
    let texts = [
      #"{}"#, #"{ "a" : 1 , "b":[1,[2,{"c":"}"}],"]"],"c":"x\"y\\","d":{"e":null,"f":{}},"g":-1.5e-300,"h":true}"#,
      #"{"caf\u00e9":"\n","":false}"#,
    ]
    for text in texts {
      guard case .object(let members)? = JSONScanner.value(Array(text.utf8)) else {
        Issue.record("the scanner reads no object in \(text)")
        continue
      }
      #expect(Self.walked(text) == members, "\(text)")
    }
  }

  @Test func damagedTextsAreNone() {
    let text = #"{"a":[1,{"b":"c"}],"d":true}"#
    for length in 0..<text.utf8.count { #expect(Self.walked(String(text.prefix(length))) == nil) }
    let others = [
      "[1]", "{\"a\" 1}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":tru}", "{\"a\":\"\u{0}\"}", "{\"a\":1}x",
      "{\"a\":[1}",
    ]
    for text in others { #expect(Self.walked(text) == nil, "\(text)") }
    let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
    #expect(Self.walked(deep) == nil)
  }
}
