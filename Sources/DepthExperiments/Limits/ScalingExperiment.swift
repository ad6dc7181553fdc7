public import DepthDynamics
import DepthFigures
import DepthRuns

/// `scaling`: residual networks at random initialisation; independent weights have an SDE for their limit at beta = 1/2, smooth
/// ones an ODE at beta = 1. Reads no field.
public struct ScalingExperiment: LimitExperiment {
  public let name = "scaling"
  public let needsField = false

  public init() {}

  public func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome {
    let blocks = settings.blocks ?? [64, 128, 256, 512]
    let parts = try [RandomResidualNetworks.Weights.independent, .smooth].map { try part($0, blocks, settings) }
    let (points, exponents) = (parts.map(\.limit.table), parts.map(\.limit.exponentTable))
    let convergence = parts.map(\.convergence)
    let law = try LinearBlocksLaw(
      blocks: [1, 8, 64], samples: 4 * settings.samples, seed: settings.seed, threads: settings.threads)
    let tables = [
      try Table.stacked(points, name: "scaling-limit"), try Table.stacked(exponents, name: "scaling-exponents"),
      try Table.stacked(convergence.map(\.table), name: "scaling-convergence"), law.table,
    ]
    var outcome = LimitOutcome {
      try Figures.tidy(tables[1], x: "scaling_exponent", y: "displacement_exponent", by: "weights")
    }
    outcome.configuration = [
      "blocks": .array(blocks.map { .integer($0) }), "samples": .integer(settings.samples), "dimension": 8,
    ]
    outcome.tables = tables
    outcome.results = ["linear_blocks": law.table.json, "linear_blocks_worst_deviation": JSONValue(law.worstDeviation)]
    for (part, name) in zip(parts, ["independent", "smooth"]) {
      outcome.results[name] = [
        "critical_scaling": JSONValue(part.limit.criticalScaling),
        "critical_scaling_standard_error": JSONValue(part.limit.criticalScalingStandardError),
        "convergence_rate": JSONValue(part.convergence.rate.exponent),
        "convergence_rate_standard_error": JSONValue(part.convergence.rate.standardError),
        "exponents": part.limit.exponentTable.json,
      ]
      let critical = part.limit.criticalScaling.map { "\($0)" } ?? "not bracketed"
      outcome.text.append(
        "\(name) weights: critical beta \(critical) +- \(part.limit.criticalScalingStandardError ?? 0); L against 2 L falls as L^\(part.convergence.rate.exponent) +- \(part.convergence.rate.standardError)"
      )
    }
    outcome.text.append(
      "independent linear blocks: E|h_L|^2/|h_0|^2 = (1 + 1/L)^L within \(law.worstDeviation) standard errors")
    outcome.isConverged = law.worstDeviation < 4
    return outcome
  }

  private func part(
    _ weights: RandomResidualNetworks.Weights, _ blocks: [Int], _ settings: LimitSettings
  ) throws -> (limit: ScalingLimit, convergence: ScalingConvergence) {
    let networks = RandomResidualNetworks(
      block: RandomBlock(.tanh, dimension: 8), weights: weights, seed: settings.seed)
    let scalings: [Double] = weights == .smooth ? [0.9, 1, 1.1, 1.25, 1.5] : [0.4, 0.5, 0.6, 0.75, 1]
    return (
      try ScalingLimit(
        networks, blocks: blocks, scalings: scalings, samples: settings.samples, threads: settings.threads),
      try ScalingConvergence(
        networks, coarsest: 32, doublings: 4, samples: weights == .smooth ? 60 : 1000, threads: settings.threads)
    )
  }
}
