import DepthRuns
import Foundation
import Testing

@testable import DepthFigures

@Suite struct FiguresTests {
  private func labels(_ figure: Figure) -> [String] {
    figure.panels.flatMap(\.layers).compactMap { $0.label?.plain }
  }

  @Test func stoppingRegionsAreShadedWhereTheCurvesCoincide() throws {
    let states = [-2.0, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]
    let loss = states.map { $0 * $0 }
    let value = zip(states, loss).map { abs($0) <= 1 ? $1 : $1 - (abs($0) - 1) * 0.3 }
    let table = Tables.of("boundary", ("state", states), ("value", value), ("stopping_loss", loss))
    let figure = try Figures.stoppingRegions(table, boundary: Tables.of("b", ("boundary", [1, -1])))
    let strips = try DrawnFigure(figure).panels[0].layers.prefix(2).map { $0.areas.map { $0.map(\.x) } }
    #expect(strips == [[[-1, 1]], [[-2, -1], [1, 2]]])
    #expect(labels(figure) == ["stop", "continue", "halting boundary b", "stopping loss g", "value V"])
    #expect(figure.panels[0].x.label.plain == "state h")
  }

  @Test func withoutABoundaryEverythingIsOneRegion() throws {
    let table = Tables.of("boundary", ("state", [0, 1, 2]), ("value", [1, 1, 1]), ("stopping_loss", [1, 1, 1]))
    let layers = try DrawnFigure(Figures.stoppingRegions(table, boundary: Tables.of("b", ("boundary", [])))).panels[0]
      .layers
    #expect(layers[0].areas.map { $0.map(\.x) } == [[0, 2]])
    #expect(layers[1].areas.isEmpty)
  }

  @Test func depthRegionsReachTheEdgeWhereUnboundedAndBreakWhereRowsAreMissing() throws {
    let table = Tables.of(
      "regions", ("depth", [0, 1, 2, 3, 0, 2, 3]), ("region", [0, 0, 0, 0, 1, 1, 1]),
      ("lower", [.nan, .nan, .nan, .nan, 3, 2, 1]), ("upper", [-3, -2, -1, -1, .nan, .nan, .nan]))
    let panel = try DrawnFigure(Figures.depthRegions(table, depth: "depth")).panels[0]
    let stops = panel.layers.filter { $0.label?.plain == "stop" }
    #expect(stops.count == 2)
    #expect(stops[0].areas.map { $0.map(\.lower) } == [Array(repeating: panel.y.range.lowerBound, count: 4)])
    #expect(stops[0].areas.first?.map(\.upper) == [-3, -2, -1, -1])
    // The upper piece has no row at depth 1.
    #expect(stops[1].areas.map { $0.map(\.x) } == [[0], [2, 3]])
    #expect(stops[1].areas.last?.map(\.upper) == Array(repeating: panel.y.range.upperBound, count: 2))
    #expect(panel.x.range == 0...3)
  }

  @Test func blocksAreStepsThatNeedNoNeighbour() throws {
    // Block 0 has two pieces, block 1 none, block 2 one, block 3 stops everywhere.
    let table = Tables.of(
      "regions", ("block", [0, 0, 2, 3]), ("lower", [.nan, 2, 1, .nan]), ("upper", [-2, .nan, 1.5, .nan]))
    let panel = try DrawnFigure(Figures.depthRegions(table)).panels[0]
    let stop = try #require(panel.layers.first { $0.label?.plain == "stop" })
    #expect(stop.areas.map { $0.map(\.x) } == [[-0.5, 0.5], [-0.5, 0.5], [1.5, 2.5], [2.5, 3.5]])
    let (low, high) = (panel.y.range.lowerBound, panel.y.range.upperBound)
    #expect(stop.areas.map { [$0[0].lower, $0[0].upper] } == [[low, -2], [2, high], [1, 1.5], [low, high]])
    let lines = panel.layers.filter { $0.label?.plain == "halting boundary" }.flatMap(\.paths).map { $0.map(\.y) }
    #expect(lines == [[2, 2], [1, 1], [-2, -2], [1.5, 1.5]])
    #expect(panel.x.range == -0.5...3.5)
  }

  @Test func manyLinesLoseTheirBands() throws {
    func figure(_ count: Int) throws -> DrawnFigure {
      let costs = (0..<count).flatMap { _ in [0.1, 0.2] }
      var table = Tables.of(
        "objective", ("running_cost", costs), ("objective", costs), ("objective_lower", costs),
        ("objective_upper", costs))
      table.add("rule", (0..<count).flatMap { ["rule \($0)", "rule \($0)"] })
      return try DrawnFigure(Figures.objectiveAgainstCost(table))
    }
    #expect(try figure(6).panels[0].layers.count { !$0.areas.isEmpty } == 6)
    #expect(try figure(7).panels[0].layers.count { !$0.areas.isEmpty } == 0)
    #expect(try figure(7).entries.count == 7)
  }

  @Test func samplePathsAreOneLineEach() throws {
    let table = Tables.of("regions", ("block", [0, 1]), ("lower", [1, 1]), ("upper", [.nan, .nan]))
    let paths = Tables.of(
      "paths", ("block", [0, 1, 0, 1]), ("coordinate", [0, 5, 0, -1]), ("path", [7, 7, 9, 9]))
    let drawn = try DrawnFigure(Figures.depthRegions(table, paths: paths))
    let lines = drawn.panels[0].layers.filter { $0.label?.plain == "sample paths" }
    #expect(lines.map { $0.paths.map { $0.map(\.y) } } == [[[0, 5]], [[0, -1]]])
    #expect(drawn.entries.count { $0.label.plain == "sample paths" } == 1)
    #expect(drawn.panels[0].y.range.contains(5))
  }

  @Test func anEnsembleHasAPanelAComponentAndItsPaths() throws {
    let table = Tables.of(
      "ensemble", ("component", [0, 0, 1, 1]), ("depth", [0, 1, 0, 1]), ("mean", [1, 2, 3, 4]),
      ("mean_lower", [0, 1, 2, 3]), ("mean_upper", [2, 3, 4, 5]))
    let paths = Tables.of(
      "paths", ("path", [0, 0, 1, 1, 0, 0]), ("component", [0, 0, 0, 0, 1, 1]), ("depth", [0, 1, 0, 1, 0, 1]),
      ("state", [1, 1.5, 1, 2.5, 3, 3.5]))
    let figure = try Figures.ensemble(table, paths: paths)
    #expect(figure.panels.map(\.heading) == ["component 0", "component 1"])
    #expect(figure.panels.map(\.layers.count) == [4, 3])
    #expect(Set(labels(figure)) == ["mean", "sample paths", "mean ± standard deviation"])
    #expect(throws: InputError.self) { try Figures.ensemble(paths, paths: paths) }
  }

  @Test func theGuideOfTheDepthLimitHasSlopeMinusOne() throws {
    let guide = try #require(try Figures.depthLimit(Tables.depthLimit).panels[0].layers.last)
    let blocks = try guide.table.numbers("blocks")
    let error = try guide.table.numbers("error")
    #expect(abs(error[0] * blocks[0] / (error[1] * blocks[1]) - 1) < 1e-12)
    #expect(labels(try Figures.depthLimit(Tables.depthLimit)) == ["measured", "predicted e(T)/L", "slope −1"])
  }

  @Test func aDepthLimitWithoutPositiveErrorsIsDrawnWithoutGuide() throws {
    let table = Tables.of("depth-limit", ("blocks", [2, 4]), ("error", [0, .nan]))
    #expect(labels(try Figures.depthLimit(table)) == ["measured"])
  }

  @Test func haltingLawDrawsThePredictionsThatAreThere() throws {
    #expect(
      labels(try Figures.haltingLaw(Tables.haltingLaw))
        == ["observed", "predicted, empirical kernel", "predicted, diffusion"])
    let bare = Tables.of("law", ("block", [0, 1]), ("empirical", [0.5, 0.5]))
    let panel = try DrawnFigure(Figures.haltingLaw(bare)).panels[0]
    #expect(panel.layers.count == 1 && panel.layers[0].bars.count == 2)
    #expect(panel.y.range.lowerBound == 0)
    #expect(panel.x.range.lowerBound < -0.4 && panel.x.range.upperBound > 1.4)
  }

  @Test func objectivesAreSortedByCostWithinEachRule() throws {
    let drawn = try DrawnFigure(Figures.objectiveAgainstCost(Tables.objective))
    let lines = drawn.panels[0].layers.filter { !$0.paths.isEmpty }
    #expect(lines.map { $0.paths[0].map(\.y) } == [[0.3, 0.9], [0.2, 0.5]])
    #expect(drawn.entries.map(\.label.plain) == ["full-depth", "confidence"])
    #expect(drawn.panels[0].layers.count { !$0.areas.isEmpty } == 2)
    #expect(drawn.panels[0].x.scale == .logarithmic)
  }

  @Test func objectivesOverManyDecadesGetALogarithmicAxis() throws {
    var table = Tables.of("objective", ("running_cost", [0.1, 0.2]), ("objective", [0.1, 2]))
    table.add("rule", ["oracle", "full-depth"])
    #expect(try Figures.objectiveAgainstCost(table).panels[0].y.scale == .logarithmic)
    #expect(try Figures.objectiveAgainstCost(Tables.objective).panels[0].y.scale == .linear)
    var negative = Tables.of("objective", ("running_cost", [0.1, 0.2]), ("objective", [-0.1, 2]))
    negative.add("rule", ["oracle", "full-depth"])
    #expect(try Figures.objectiveAgainstCost(negative).panels[0].y.scale == .linear)
  }

  @Test func accuracyStandsBesideLoss() throws {
    let table = Tables.of(
      "per-block", ("block", [0, 1, 2]), ("accuracy", [0.5, 0.7, 0.9]), ("stopping_loss", [1.2, 0.7, 0.3]))
    let figure = try Figures.accuracyPerBlock(table)
    #expect(figure.panels.map(\.y.label.plain) == ["accuracy", "stopping loss g [loss]"])
    #expect(figure.panels.map(\.x.label.plain) == ["block k", "block k"])
  }

  @Test func theGainEnvelopeShowsTheCostThatABlockMustEarn() throws {
    let table = Tables.of(
      "gain", ("block", [0, 1, 2]), ("gain_mean", [0.3, 0.1, -0.01]), ("gain_lower", [0.2, 0.05, -0.03]),
      ("gain_upper", [0.4, 0.15, 0.01]), ("gain_envelope", [0.5, 0.2, 0.02]))
    let figure = try Figures.gainEnvelope(table, runningCost: 0.05, horizonBound: 2)
    let drawn = try DrawnFigure(figure)
    #expect(
      drawn.entries.map(\.label.plain) == ["mean gain", "gain envelope δₖ", "running cost c", "horizon bound K(c)"])
    let cost = try #require(drawn.panels[0].layers.first { $0.label?.words == "running cost" })
    #expect(cost.paths.map { $0.map(\.y) } == [[0.05, 0.05]])
    #expect(try Figures.gainEnvelope(table, runningCost: 0.05).panels[0].layers.count == 4)
  }

  @Test func facetsBecomePanels() throws {
    var table = Tables.of(
      "sweep", ("running_cost", [0.1, 0.2, 0.1, 0.2]), ("value", [1, 2, 3, 4]), ("dimension", [1, 1, 5, 5]))
    table.add("method", ["a", "a", "a", "a"])
    let figure = try Figures.tidy(table, x: "running_cost", y: "value", by: "method", facet: "dimension")
    #expect(figure.panels.map(\.heading) == ["dimension 1", "dimension 5"])
    #expect(throws: InputError.self) { try Figures.tidy(table, x: "running_cost", y: "valu") }
    #expect(throws: InputError.self) { try Figures.tidy(table, x: "running_cost", y: "value", by: "rule") }
    #expect(throws: InputError.self) { try Figures.tidy(table.rows { _ in false }, x: "running_cost", y: "value") }
  }

  @Test func linesOfNumbersSayOfWhatAndStandInOrder() throws {
    let table = Tables.of(
      "sweep", ("running_cost", [0.1, 0.2, 0.1, 0.2]), ("value", [1, 2, 3, 4]), ("noise", [2, 2, 0.5, 0.5]))
    #expect(labels(try Figures.tidy(table, x: "running_cost", y: "value", by: "noise")) == ["noise 0.5", "noise 2"])
  }

  @Test func theSidesOfALineShareItsStyleAndLegend() throws {
    var table = Tables.of(
      "sweep", ("running_cost", [0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2]), ("boundary", [1, 2, 3, 4, 5, 6, 7, 8]),
      ("noise", [1, 1, 2, 2, 1, 1, 2, 2]))
    table.add("side", ["lower", "lower", "lower", "lower", "upper", "upper", "upper", "upper"])
    let drawn = try DrawnFigure(
      Figures.tidy(table, x: "running_cost", y: "boundary", by: "noise", side: "side"))
    #expect(drawn.entries.map(\.label.plain) == ["noise 1", "noise 2"])
    #expect(
      drawn.panels[0].layers.map { $0.paths.map { $0.map(\.y) } } == [[[1, 2]], [[5, 6]], [[3, 4]], [[7, 8]]])
    #expect(drawn.panels[0].layers[0].style == drawn.panels[0].layers[1].style)
  }

  @Test func fewIntervalsAreWhiskers() throws {
    func marks(_ count: Int, _ marks: Figures.TidyMarks) throws -> [Layer.Mark] {
      let x = (0..<count).map(Double.init)
      let table = Tables.of("t", ("x", x), ("y", x), ("y_lower", x), ("y_upper", x))
      return try Figures.tidy(table, x: "x", y: "y", marks: marks).panels[0].layers.map(\.mark)
    }
    let whiskers = Layer.Mark.errorBars(x: "x", lower: "y_lower", upper: "y_upper")
    let band = Layer.Mark.band(x: "x", lower: "y_lower", upper: "y_upper")
    #expect(try marks(10, .intervals) == [whiskers, .linePoints(x: "x", y: "y")])
    #expect(try marks(11, .intervals) == [band, .linePoints(x: "x", y: "y")])
    #expect(try marks(3, .bands) == [band, .linePoints(x: "x", y: "y")])
    #expect(try marks(30, .points) == [whiskers, .points(x: "x", y: "y")])
  }

  @Test func intervalsBelowZeroReachTheEdgeOfALogarithmicAxis() throws {
    let table = Tables.of(
      "t", ("x", [1, 2, 3]), ("y", [1, 2, 3]), ("y_lower", [0.5, -1, .nan]), ("y_upper", [2, 4, 5]))
    let panel = try DrawnFigure(Figures.tidy(table, x: "x", y: "y", logarithmicY: true, marks: .intervals)).panels[0]
    let whiskers = panel.layers[0].paths.map { $0.map(\.y) }
    #expect(whiskers == [[0.5, 2], [panel.y.range.lowerBound, 4]])
    #expect(panel.y.range.lowerBound > 0.4)
  }

  @Test func longLinesHaveNoMarkers() throws {
    func marks(_ count: Int) throws -> [Layer.Mark] {
      var table = Tables.of(
        "t", ("depth", (0..<(count + 3)).map(Double.init)), ("state", [Double](repeating: 1, count: count + 3)))
      table.add("sample", (0..<(count + 3)).map { $0 < 3 ? "short" : "long" })
      return try Figures.tidy(table, x: "depth", y: "state", by: "sample").panels[0].layers.map(\.mark)
    }
    #expect(try marks(50) == [.linePoints(x: "depth", y: "state"), .linePoints(x: "depth", y: "state")])
    // one long line takes the markers from all: a mixture looks like a mistake
    #expect(try marks(51) == [.line(x: "depth", y: "state"), .line(x: "depth", y: "state")])
  }

  @Test func aPictureThatCannotBeWrittenIsRefused() {
    for path in ["/no/folder/x.png", "/tmp/x.gif"] {
      #expect(throws: InputError.self) { try FigureFile.requireWritable(URL(fileURLWithPath: path)) }
    }
  }

  @Test func aMissingColumnIsNamedWithThoseThatAreThere() {
    let table = Tables.of("law", ("block", [0, 1]))
    #expect(throws: InputError.data("table law has no column 'empirical' of numbers; it has: block")) {
      try Figures.haltingLaw(table)
    }
  }

  @Test func accuracyDepthLeavesOutWhatSeesLabels() throws {
    var table = Tables.of(
      "accuracy_depth", ("expected_stopping_depth", [0, 2, 0, 2]), ("accuracy", [0.5, 0.9, 1, 1]),
      ("stopping_loss", [1, 0.2, 0, 0]))
    table.add("rule", ["confidence", "confidence", "oracle", "oracle"])
    table.add("sees_labels", ["no", "no", "yes", "yes"])
    #expect(labels(try Figures.accuracyDepth(table)) == ["confidence"])
    let unlabelled = Tables.of(
      "accuracy_depth", ("expected_stopping_depth", [0, 2]), ("accuracy", [.nan, .nan]), ("stopping_loss", [1, 0.2]))
    var named = unlabelled
    named.add("rule", ["confidence", "confidence"])
    #expect(try Figures.accuracyDepth(named).panels[0].y.label.plain.contains("loss"))
  }
}
