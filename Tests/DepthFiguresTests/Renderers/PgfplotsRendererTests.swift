import DepthRuns
import Testing

@testable import DepthFigures

@Suite struct PgfplotsRendererTests {
  @Test func holdsEveryPointWithTenDigits() throws {
    let source = try PgfplotsRenderer().source(Figures.depthLimit(Tables.depthLimit))
    let plots = source.components(separatedBy: "\\addplot").dropFirst()
    // Measured points, prediction, guide.
    #expect(plots.map { $0.count(of: "\\\\\n") - 1 } == [4, 4, 2])
    #expect(source.contains("32 0.00585\\\\"))
    let third = Tables.of("depth-limit", ("blocks", [1, 2]), ("error", [1.0 / 3, 1.0 / 7]))
    #expect(try PgfplotsRenderer().source(Figures.depthLimit(third)).contains("1 0.3333333333\\\\"))
  }

  @Test func labelsComeFromTheVocabulary() throws {
    let source = try PgfplotsRenderer().source(Figures.objectiveAgainstCost(Tables.objective))
    #expect(source.contains("xlabel={running cost $c$ [loss/block]}"))
    #expect(source.contains("ylabel={objective $J$ [loss]}"))
    #expect(source.contains("xmode=log") && source.contains("ymode=normal"))
    #expect(source.contains("xticklabels={$0.01$"))
  }

  @Test func legendEntriesAppearOnce() throws {
    let source = try PgfplotsRenderer().source(Figures.objectiveAgainstCost(Tables.objective))
    #expect(source.count(of: "\\addlegendentry{full-depth}") == 1)
    #expect(source.count(of: "\\addlegendentry") == source.count(of: "\\addlegendimage"))
    #expect(source.count(of: "\\addlegendentry") == 2)
  }

  @Test func environmentsAndBracesAreBalanced() throws {
    let figures = [
      try Figures.haltingLaw(Tables.haltingLaw), try Figures.depthLimit(Tables.depthLimit),
      try Figures.objectiveAgainstCost(Tables.objective),
    ]
    for figure in figures {
      let document = try PgfplotsRenderer(width: 300).document(figure)
      #expect(document.count(of: "{") == document.count(of: "}"))
      #expect(document.count(of: "\\begin{axis}") == figure.panels.count)
      #expect(document.count(of: "\\begin{") == document.count(of: "\\end{"))
      #expect(!document.contains("nan") && !document.contains("inf "))
    }
  }

  @Test func equalFiguresGiveEqualText() throws {
    let figure = try Figures.haltingLaw(Tables.haltingLaw)
    #expect(try PgfplotsRenderer().source(figure) == PgfplotsRenderer().source(figure))
  }
}
