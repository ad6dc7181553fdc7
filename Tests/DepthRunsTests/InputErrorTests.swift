import DepthRuns
import Testing

@Suite struct InputErrorTests {
  @Test func anUnknownNameHintsAtTheNearest() {
    let known = ["backward-induction", "confidence", "entropy"]
    #expect(
      InputError.unknown("confidense", kindOfName: "rule", known: known).description
        == "unknown rule 'confidense' (did you mean confidence?); allowed: backward-induction, confidence, entropy")
    #expect(
      InputError.unknown("zzz", kindOfName: "rule", known: known).description
        == "unknown rule 'zzz'; allowed: backward-induction, confidence, entropy")
    #expect(InputError.unknown("x", kindOfName: "rule", known: []).description == "unknown rule 'x'; allowed: ")
  }

  @Test func exitCodesFollowTheKind() {
    #expect(InputError.usage("").kind.rawValue == 64)
    #expect(InputError.data("").kind.rawValue == 65)
    #expect(InputError.unknown("x", kindOfName: "y", known: []).kind == .usage)
  }

  @Test func aValueNamesKeyAndWhatIsAllowed() {
    #expect(
      InputError.value(-1, of: "running_cost", allowed: "positive numbers").description
        == "running_cost is -1; allowed: positive numbers")
  }
}
