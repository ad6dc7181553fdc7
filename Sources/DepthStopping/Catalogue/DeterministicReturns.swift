import DepthRuns
import Foundation

/// `geometric-returns` and `power-returns`: deterministic gains `A rho^k` or `A (k+1)^-p`; `tau* = K(c)` exactly (T2 is tight).
enum DeterministicReturns {
  static let geometric = ProblemCatalogue.Entry(
    name: "geometric-returns", kind: .gains,
    parameters: [
      scale,
      ParameterDefinition(
        "gain_ratio", alias: "rho", default: 0.5, allowed: .between(0, 1), meaning: "ratio of successive gains"),
      ProblemCatalogue.runningCost,
    ],
    groups: [:], formula: "delta_k = A rho^k; K(c) = max(0, ceil(ln(A/c)/ln(1/rho)))",
    citation: "closed form; theory.md section 1", methods: ["bellman"],
    make: { values in
      try problem(
        "geometric-returns", values, .geometric(scale: values["gain_scale"], ratio: values["gain_ratio"]))
    },
    solve: { values in
      let (a, rho, c) = (values["gain_scale"], values["gain_ratio"], values["running_cost"])
      let stop = max(0, ceil(log(a / c) / log(1 / rho)))
      return reference(stop: stop, c) { k in a * pow(rho, k) / (1 - rho) }
    })

  static let power = ProblemCatalogue.Entry(
    name: "power-returns", kind: .gains,
    parameters: [
      scale, ParameterDefinition("gain_power", alias: "p", default: 2, meaning: "power with which gains fall"),
      ProblemCatalogue.runningCost,
    ],
    groups: [:], formula: "delta_k = A (k+1)^-p; K(c) = max(0, ceil((A/c)^(1/p)) - 1)",
    citation: "closed form; theory.md section 1", methods: ["bellman"],
    make: { values in
      try problem("power-returns", values, .power(scale: values["gain_scale"], power: values["gain_power"]))
    },
    solve: { values in
      let (a, p, c) = (values["gain_scale"], values["gain_power"], values["running_cost"])
      let gains = GainSequence(.power(scale: a, power: p))
      let stop = max(0, ceil(pow(a / c, 1 / p)) - 1)
      return reference(stop: stop, c) { k in gains.loss(after: Int(k)) }
    })

  private static let scale = ParameterDefinition(
    "gain_scale", alias: "A", default: 1, unit: "loss", meaning: "gain of the first block")

  private static func problem(
    _ name: String, _ values: ParameterValues, _ law: GainSequence.Law
  ) throws -> StoppingProblem {
    try StoppingProblem(
      name: name, parameters: values.json, dynamics: .gains(GainSequence(law)), runningCost: values["running_cost"])
  }

  private static func reference(
    stop: Double, _ cost: Double, loss: @escaping @Sendable (Double) -> Double
  ) -> ReferenceSolution {
    ReferenceSolution(
      boundary: [stop], citation: "closed form; theory.md section 1", accuracy: 1e-12,
      value: { point in
        let k = point.first ?? 0
        return k >= stop ? loss(k) : loss(stop) + cost * (stop - k)
      }, expectedDepth: { point in max(0, stop - (point.first ?? 0)) })
  }
}
