import DepthRuns

/// `brownian-radial`: Brownian motion in R^d, maximise `E|X_tau| - c tau`: stop at `|x| >= b = d/(2c)`.
///
/// A problem in r = |x|: `dr = (d - 1)/(2 r) dt + dW`, reward r. `V = c r^2/d + d/(4c)` inside, `E tau* = (b^2 - r^2)/d`.
enum BrownianRadial {
  static let entry = ProblemCatalogue.Entry(
    name: "brownian-radial", kind: .diffusion,
    parameters: [
      ParameterDefinition(
        "dimension", alias: "dimension", default: 2, allowed: .integer(from: 1, to: 100_000),
        meaning: "dimension d of the state"),
      ParameterDefinition(
        "running_cost", alias: "c", default: 1, unit: "reward/depth", meaning: "cost of one more unit of depth"),
    ],
    groups: [:], formula: "dX = dW in R^d, maximise E|X_tau| - c tau",
    citation: "smooth fit; Dubins, Shepp and Shiryaev, Theory Probab. Appl. 38 (1993)",
    methods: ["smooth-fit", "policy-iteration"], make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let d = values["dimension"]
    let diffusion = ScalarDiffusion(
      drift: d == 1 ? ScalarFunction(constant: 0) : ScalarFunction { _, r in (d - 1) / (2 * r) },
      diffusion: ScalarFunction(constant: 1), lower: 0, upper: .infinity, lowerEnd: .reflecting,
      reduction: .radial(dimension: Int(d)))
    let reward = ScalarLoss(
      value: ScalarFunction { _, r in r }, derivative: ScalarFunction(constant: 1),
      curvature: ScalarFunction(constant: 0))
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .diffusion(diffusion, reward), sense: .maximize,
      cost: .constant(values["running_cost"]),
      structure: PolynomialStructure(
        weightPower: d == 1 ? 0 : 1, degree: 1, pole: (d - 1) / 2, leastValue: -d / values["running_cost"],
        lossDegree: 1))
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let (d, c) = (values["dimension"], values["running_cost"])
    let b = d / (2 * c)
    return ReferenceSolution(
      boundary: [b], citation: entry.citation, accuracy: 1e-15,
      value: { point in
        let square = point.reduce(0) { $0 + $1 * $1 }
        return square >= b * b ? square.squareRoot() : c * square / d + d / (4 * c)
      }, expectedDepth: { point in max(0, (b * b - point.reduce(0) { $0 + $1 * $1 }) / d) })
  }
}
