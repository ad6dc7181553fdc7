public import DepthRuns

extension Figures {
  /// Theory against network on one page: law of the stopping depth, boundary in the coordinate, what rules pay against the certified
  /// bracket, and predicted against realised objectives.
  ///
  /// - Parameters:
  ///   - law: `block`, `empirical` with `_lower`, `_upper`, `predicted`, `backward_induction`.
  ///   - boundary: `block`, optionally `kernel`, `diffusion`, `backward_induction`.
  ///   - rules: `rule` (text), `expected_stopping_depth`, `objective` with bounds, `sees_labels`.
  ///   - bracket: one row: `lower`, `upper`; nil leaves both lines out.
  ///   - coordinates: `level`, `chosen` (text), `predicted_objective`, `realised_objective` with bounds.
  public static func comparisonStory(
    law: Table, boundary: Table, rules: Table, bracket: Table?, coordinates: Table
  ) throws -> Figure {
    Figure(
      [
        try lawPanel(law), try boundaryPanel(boundary), try rulesPanel(rules, bracket),
        try objectivesPanel(coordinates),
      ], legend: .below,
      summary:
        "Law of the stopping depth, observed and predicted; halting boundary by block; objective against mean depth of "
        + "every rule with the lower and upper bound of the optimum; realised against predicted objective of every coordinate.",
      height: 340)
  }

  private static func lawPanel(_ law: Table) throws -> Panel {
    try require(
      ["block", "empirical", "empirical_lower", "empirical_upper", "predicted", "backward_induction"], in: law)
    return Panel(
      heading: "law of the stopping depth",
      x: Axis(FigureLabel("stopping depth", symbol: "tau", unit: "blocks"), isInteger: true),
      y: Axis(column: "probability"),
      layers: [
        Layer(
          .bars(x: "block", y: "empirical"), of: law, label: "theory's rule, observed",
          style: LayerStyle(color: .skyBlue, fillOpacity: 0.55)),
        Layer(
          .errorBars(x: "block", lower: "empirical_lower", upper: "empirical_upper"), of: law,
          style: LayerStyle(color: .black, lineWidth: 1)),
        Layer(
          .linePoints(x: "block", y: "predicted"), of: law, label: "theory, predicted",
          style: LayerStyle(color: .vermilion, marker: .square)),
        Layer(
          .line(x: "block", y: "backward_induction"), of: law, label: learnedLabel,
          style: LayerStyle(color: .black, dash: .dotted)),
      ])
  }

  private static let learnedLabel = FigureLabel("backward induction, learned")

  private static func boundaryPanel(_ boundary: Table) throws -> Panel {
    try require(["block"], in: boundary)
    let kinds: [(String, FigureLabel, LayerStyle)] = [
      ("kernel", "boundary, kernel", LayerStyle(color: .blue)),
      ("diffusion", "boundary, diffusion", LayerStyle(color: .green, dash: .dashed, marker: .triangle)),
      ("backward_induction", learnedLabel, LayerStyle(color: .black, dash: .dotted, marker: .openCircle)),
    ]
    let layers = kinds.filter { boundary.column($0.0) != nil }.map { name, label, style in
      Layer(.linePoints(x: "block", y: name), of: boundary, label: label, style: style)
    }
    return Panel(heading: "halting boundary", x: Axis(column: "block"), y: Axis(column: "coordinate"), layers: layers)
  }

  private static func rulesPanel(_ rules: Table, _ bracket: Table?) throws -> Panel {
    try require(["expected_stopping_depth", "objective", "objective_lower", "objective_upper"], in: rules)
    let (names, sees) = (try rules.texts("rule"), try rules.texts("sees_labels"))
    let kinds: [(FigureLabel, LayerStyle, (String) -> Bool)] = [
      ("other rules", LayerStyle(color: .grey), { $0 != "backward-induction" && $0 != "theory-boundary" }),
      (learnedLabel, LayerStyle(color: .black, marker: .openCircle), { $0 == "backward-induction" }),
      ("theory's rule", LayerStyle(color: .vermilion, marker: .square), { $0 == "theory-boundary" }),
    ]
    var layers = kinds.flatMap { label, style, isOne -> [Layer] in
      let own = rules.rows { sees[$0] != "yes" && isOne(names[$0]) }
      guard own.rowCount > 0 else { return [] }
      return [
        Layer(
          .errorBars(x: "expected_stopping_depth", lower: "objective_lower", upper: "objective_upper"), of: own,
          style: LayerStyle(color: style.color, lineWidth: 1)),
        Layer(.points(x: "expected_stopping_depth", y: "objective"), of: own, label: label, style: style),
      ]
    }
    if let bracket {
      try require(["lower", "upper"], in: bracket)
      layers += ["lower", "upper"].map { end in
        Layer(
          .horizontals(at: end), of: bracket, label: "bracket of the optimum",
          style: LayerStyle(color: .purple, dash: .dashed, lineWidth: 1.2))
      }
    }
    return Panel(
      heading: "what rules pay", x: Axis(column: "expected_stopping_depth"), y: Axis(column: "objective"),
      layers: layers)
  }

  private static func objectivesPanel(_ coordinates: Table) throws -> Panel {
    try require(["predicted_objective", "realised_objective"], in: coordinates)
    let (levels, chosen) = (try coordinates.texts("level"), try coordinates.texts("chosen"))
    let realised = try coordinates.numbers("realised_objective")
    var diagonal = Table(name: "diagonal")
    let ends = (try coordinates.numbers("predicted_objective") + realised).filter(\.isFinite)
    diagonal.add("predicted_objective", [ends.min() ?? 0, ends.max() ?? 1])
    diagonal.add("realised_objective", [ends.min() ?? 0, ends.max() ?? 1])
    let kinds: [(FigureLabel, LayerStyle, (Int) -> Bool)] = [
      ("marginal kernel", LayerStyle(color: .blue), { levels[$0] == "kernel" && chosen[$0] != "yes" }),
      (
        "stopped kernel", LayerStyle(color: .orange, marker: .diamond),
        { levels[$0] == "stopped-kernel" && chosen[$0] != "yes" }
      ),
      ("theory's rule", LayerStyle(color: .vermilion, marker: .square), { chosen[$0] == "yes" }),
    ]
    let points = kinds.compactMap { label, style, isOne -> Layer? in
      let own = coordinates.rows(where: isOne)
      guard own.rowCount > 0 else { return nil }
      return Layer(.points(x: "predicted_objective", y: "realised_objective"), of: own, label: label, style: style)
    }
    return Panel(
      heading: "objective, every coordinate", x: Axis(column: "predicted_objective"),
      y: Axis(column: "realised_objective"),
      layers: [
        Layer(
          .line(x: "predicted_objective", y: "realised_objective"), of: diagonal, label: "no optimism gap",
          style: .guide)
      ] + points)
  }
}
