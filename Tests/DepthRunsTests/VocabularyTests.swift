import DepthRuns
import Testing

@Suite struct VocabularyTests {
  @Test func keysAreUniqueSnakeCaseInOrder() {
    let keys = Vocabulary.terms.map(\.key)
    #expect(keys == keys.sorted() && Set(keys).count == keys.count)
    #expect(keys.allSatisfy { key in key.allSatisfy { $0 == "_" || ($0.isLetter && $0.isLowercase) || $0.isNumber } })
  }

  @Test func titlesAndFlagsFollowTheKey() {
    #expect(Vocabulary.axisTitle("running_cost") == "running cost c [loss/block]")
    #expect(Vocabulary.axisTitle("no_such_key") == "no such key")
    #expect(Vocabulary.terms.first { $0.key == "running_cost" }?.flag == "--running-cost")
  }
}
