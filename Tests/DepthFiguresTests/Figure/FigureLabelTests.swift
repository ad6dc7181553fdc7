import DepthRuns
import Testing

@testable import DepthFigures

@Suite struct FigureLabelTests {
  @Test func typesetsASymbolInEachLanguage() {
    let label = FigureLabel(column: "gain_envelope")
    #expect(label.plain == "gain envelope δₖ [loss]")
    #expect(label.gnuplot == "gain envelope {/:Italic δ}_{k} [loss]")
    #expect(label.tex == "gain envelope $\\delta_{k}$ [loss]")
  }

  @Test func keepsOperatorsUprightAndUnknownTextAsItIs() {
    #expect(
      FigureLabel(column: "expected_stopping_depth").tex == "expected stopping depth $\\mathrm{E}\\,\\tau$ [blocks]")
    #expect(FigureLabel(column: "horizon_bound").plain == "horizon bound K(c) [blocks]")
    #expect(FigureLabel("x", symbol: "w_x").plain == "x w_x")
  }

  @Test func everyTermOfTheVocabularyIsTypeset() {
    for term in Vocabulary.terms {
      let label = FigureLabel(column: term.key)
      #expect(label.tex.hasPrefix(term.label))
      #expect(label.tex.count { $0 == "$" } == (term.symbol.isEmpty ? 0 : 2), "\(term.key)")
      #expect(
        !label.plain.contains("delta") && !label.plain.contains("tau") && !label.plain.contains("_"), "\(term.key)")
    }
  }

  @Test func guardsMarkup() {
    #expect(FigureLabel("a_b ^{c}").gnuplot == "a\\_b \\^\\{c\\}")
    #expect(FigureLabel("50 % of a_b & $c").tex == "50 \\% of a\\_b \\& \\$c")
    #expect(GnuplotText.quoted("it's") == "'it''s'")
  }

  @Test func aColumnOutsideTheVocabularyKeepsItsName() {
    #expect(FigureLabel(column: "predicted_error").plain == "predicted error")
  }
}
