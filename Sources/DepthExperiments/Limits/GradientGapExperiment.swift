public import DepthDynamics
import DepthFigures
import DepthRuns

/// `gradient-gap`: discretise-then-optimise against optimise-then-discretise, for `||h(T)||^2 / 2`.
public struct GradientGapExperiment: LimitExperiment {
  public let name = "gradient-gap"

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    guard let field = problem.field as? any DifferentiableField else {
      throw InputError.usage(
        "gradient-gap needs a field with vector-Jacobian products; allowed: those of depth gradient")
    }
    let unit = BlockAlignment.unit(of: problem) ?? 1
    let largest = max(4096, (1 << 20) / problem.field.dimension)
    try settings.guardBlocks(upTo: largest, dimension: problem.field.dimension)
    let ladder = try settings.ladder(ResNetLimitExperiment.defaultBlocks(unit), largest: largest / 16)
    let gap = try gap(field, problem, ladder)
    let blocks = gap.blocks
    let table = gap.table
    var outcome = LimitOutcome { try Self.figure(gap) }
    outcome.configuration = ["blocks": .array(blocks.map { .integer($0) })]
    outcome.results = [
      "slope": JSONValue(gap.slope), "table": table.json,
      "overflowed_blocks": .array(gap.overflowed.map { .integer($0) }),
    ]
    outcome.tables = [table]
    outcome.text =
      blocks.indices.map {
        "L = \(blocks[$0]): gap \(gap.gaps[$0]); to the flow's gradient: discrete \(gap.discreteErrors[$0]), continuous \(gap.continuousErrors[$0])"
      } + ["slope of the gap \(gap.slope)"]
    outcome.warnings = LimitSettings.warnings(overflowed: gap.overflowed, kept: blocks, asked: ladder.blocks)
    if !gap.slope.isFinite {
      outcome.warnings.append(
        "the two gradients agree to the last bit, or leave the finite numbers: the gap has no slope")
    } else if !(abs(gap.slope + 1) < 0.1) {
      outcome.warnings.append(
        "slope \(gap.slope) of the gap is not within 0.1 of -1: L is not large enough for the limit; add larger --blocks"
      )
    }
    if gap.memorylessGaps.contains(where: { !$0.isFinite }) {
      outcome.warnings.append(
        "taken back without memory, states leave the finite numbers at some L: that gap is empty there")
    }
    return outcome
  }

  private func gap<Field: DifferentiableField>(
    _ field: Field, _ problem: InitialValueProblem<some VectorField>, _ ladder: NetworkLadder
  ) throws -> GradientGap {
    let d = field.dimension
    let loss = try TerminalLoss.halfSquaredDistance(
      to: [Double](repeating: 0, count: d), dimension: d, count: 1)
    let same = try InitialValueProblem(
      field: field, initialState: problem.initialState, start: problem.start, end: problem.end)
    return try GradientGap(same, loss: loss, ladder: ladder)
  }

  private static func figure(_ gap: GradientGap) throws -> Figure {
    let series = [
      ("discrete to continuous adjoint", gap.gaps), ("the same without memory", gap.memorylessGaps),
      ("discrete to the flow's", gap.discreteErrors), ("continuous to the flow's", gap.continuousErrors),
    ]
    let rows = series.flatMap { label, values in
      gap.blocks.indices.filter { values[$0].isFinite && values[$0] > 0 }.map { (label, gap.blocks[$0], values[$0]) }
    }
    var table = Table(name: "gradient-gap")
    table.add("pair", rows.map(\.0))
    table.add("blocks", rows.map(\.1))
    table.add("gradient_distance", rows.map(\.2))
    return try Figures.tidy(
      table, x: "blocks", y: "gradient_distance", by: "pair", logarithmicX: true, logarithmicY: true)
  }
}
