import DepthRuns
import Foundation
import Testing

@testable import DepthFigures

@Suite struct ComparisonStoryTests {
  private var law: Table {
    Tables.of(
      "halting-law", ("block", [0, 1, 2]), ("empirical", [0.2, 0.5, 0.3]), ("empirical_lower", [0.1, 0.4, 0.2]),
      ("empirical_upper", [0.3, 0.6, 0.4]), ("predicted", [0.25, 0.45, 0.3]), ("backward_induction", [0.2, 0.4, 0.4]))
  }

  private var rules: Table {
    var table = Table(name: "rules")
    table.add("rule", ["confidence", "backward-induction", "oracle", "theory-boundary"])
    table.add("expected_stopping_depth", [1.2, 1.1, 0.8, 1.15])
    table.add("objective", [0.4, 0.38, 0.2, 0.385])
    table.add("objective_lower", [0.39, 0.37, 0.19, 0.375])
    table.add("objective_upper", [0.41, 0.39, 0.21, 0.395])
    table.add("sees_labels", ["no", "no", "yes", "no"])
    return table
  }

  private var coordinates: Table {
    var table = Table(name: "coordinates")
    table.add("level", ["kernel", "stopped-kernel"])
    table.add("chosen", ["no", "yes"])
    table.add("predicted_objective", [0.3, 0.38])
    table.add("realised_objective", [0.39, 0.385])
    return table
  }

  @Test func oneRowTellsTheStory() throws {
    let boundary = Tables.of(
      "boundary", ("block", [0, 1]), ("diffusion", [.nan, 1.5]), ("backward_induction", [2, 1.6]))
    let bracket = Tables.of("bracket", ("lower", [0.36]), ("upper", [0.38]))
    let figure = try Figures.comparisonStory(
      law: law, boundary: boundary, rules: rules, bracket: bracket, coordinates: coordinates)
    #expect(figure.panels.count == 4)
    let labels = figure.panels.map { $0.layers.compactMap { $0.label?.plain } }
    #expect(labels[1] == ["boundary, diffusion", "backward induction, learned"])
    #expect(
      labels[2] == [
        "other rules", "backward induction, learned", "theory's rule", "bracket of the optimum",
        "bracket of the optimum",
      ])
    // the oracle is no rule: its objective is nowhere, and the chosen coordinate is drawn once
    let drawn = try DrawnFigure(figure)
    #expect(drawn.panels[2].y.range.lowerBound > 0.3)
    #expect(labels[3] == ["no optimism gap", "marginal kernel", "theory's rule"])
  }

  @Test func aMissingColumnIsNamed() throws {
    let boundary = Tables.of("boundary", ("block", [0, 1]))
    #expect(throws: InputError.self) {
      try Figures.comparisonStory(
        law: Table(name: "halting-law"), boundary: boundary, rules: rules, bracket: nil, coordinates: coordinates)
    }
    let bare = try Figures.comparisonStory(
      law: law, boundary: boundary, rules: rules, bracket: nil, coordinates: coordinates)
    #expect(bare.panels[1].layers.isEmpty && bare.panels[2].layers.count == 6)
  }
}
