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
    // about two microseconds a block
    let work = Double(settings.samples) * blocks.reduce(0.0) { $0 + Double($1) }
    guard work <= 1e9 else {
      throw InputError.value(
        work, of: "samples times all blocks", allowed: "at most 1e9 in the scaling experiment: more would take too long"
      )
    }
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
      "linear_samples": .integer(4 * settings.samples),
    ]
    outcome.tables = tables
    outcome.results = ["linear_blocks": law.table.json, "linear_blocks_worst_deviation": JSONValue(law.worstDeviation)]
    for (part, name) in zip(parts, ["independent", "smooth"]) {
      outcome.results[name] = [
        "critical_scaling": JSONValue(part.limit.criticalScaling),
        "critical_scaling_standard_error": JSONValue(part.limit.criticalScalingStandardError),
        "convergence_rate": JSONValue(part.convergence.rate.exponent),
        "convergence_rate_standard_error": JSONValue(part.convergence.rate.standardError),
        "exponents": part.limit.exponentTable.json, "samples": .integer(settings.samples),
        "convergence_samples": .integer(part.convergenceSamples),
      ]
      let critical = part.limit.criticalScaling.map { value in
        "\(value)" + (part.limit.criticalScalingStandardError.map { " +- \($0)" } ?? "")
      }
      outcome.text.append(
        "\(name) weights: critical beta \(critical ?? "not bracketed") (\(settings.samples) networks a point); L against 2 L falls as L^\(part.convergence.rate.exponent) +- \(part.convergence.rate.standardError) (\(part.convergenceSamples) networks)"
      )
      if critical == nil {
        outcome.warnings.append(
          "\(name) weights: no two neighbouring beta bracket the critical one: it has no value; take larger --blocks or more --samples"
        )
      }
    }
    outcome.text.append(
      "independent linear blocks: E|h_L|^2/|h_0|^2 = (1 + 1/L)^L within \(law.worstDeviation) standard errors (\(4 * settings.samples) networks a point)"
    )
    if !(law.worstDeviation < 4) {
      outcome.warnings.append("independent linear blocks miss their exact law by \(law.worstDeviation) standard errors")
    }
    outcome.isConverged = law.worstDeviation < 4
    return outcome
  }

  private func part(
    _ weights: RandomResidualNetworks.Weights, _ blocks: [Int], _ settings: LimitSettings
  ) throws -> (limit: ScalingLimit, convergence: ScalingConvergence, convergenceSamples: Int) {
    let networks = RandomResidualNetworks(
      block: RandomBlock(.tanh, dimension: 8), weights: weights, seed: settings.seed)
    let scalings: [Double] = weights == .smooth ? [0.9, 1, 1.1, 1.25, 1.5] : [0.4, 0.5, 0.6, 0.75, 1]
    let samples = weights == .smooth ? 60 : 1000
    return (
      try ScalingLimit(
        networks, blocks: blocks, scalings: scalings, samples: settings.samples, threads: settings.threads),
      try ScalingConvergence(
        networks, coarsest: 32, doublings: 4, samples: samples, threads: settings.threads),
      samples
    )
  }
}
