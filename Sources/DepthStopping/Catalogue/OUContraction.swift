import DepthNumerics
import DepthRuns
import Foundation

/// `ou-contraction`: `dX = -a X dt + s dW` in R^d, `g = |x|^2`, cost c: stop in the ball |x| <= b.
///
/// The contracting residual flow with noise. By symmetry a problem in r = |x|: `dr = (-a r + s^2 (d-1)/(2r)) dt + s dW`,
/// `g = r^2`, on (0, inf). Closed form: `V'(r) = (2c/s^2) r^(1-d) e^(a r^2/s^2) int_r^inf u^(d-1) e^(-a u^2/s^2) du` for
/// r >= b, and b solves `V'(b) = 2 b`.
enum OUContraction {
  static let entry = ProblemCatalogue.Entry(
    name: "ou-contraction", kind: .diffusion,
    parameters: [
      ParameterDefinition(
        "contraction_rate", alias: "a", default: 1, unit: "1/depth", meaning: "contraction of the flow"),
      ParameterDefinition("noise", alias: "s", default: 0.5, unit: "state/sqrt(depth)", meaning: "noise of the flow"),
      ProblemCatalogue.runningCost,
      ParameterDefinition(
        "dimension", alias: "dimension", default: 1, allowed: .integer(from: 1, to: 100_000),
        meaning: "dimension d of the state"),
    ],
    groups: [:], formula: "dX = -a X dt + s dW, g = |x|^2, cost c, infinite horizon",
    citation: "smooth fit with the least-growth solution (Peskir and Shiryaev 2006, section 8); theory.md section 3",
    methods: ["smooth-fit", "policy-iteration"], make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let (a, s, d) = (values["contraction_rate"], values["noise"], values["dimension"])
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, r in d == 1 ? -a * r : -a * r + s * s * (d - 1) / (2 * r) },
      diffusion: ScalarFunction(constant: s), lower: 0, upper: .infinity, lowerEnd: .reflecting,
      reduction: .radial(dimension: Int(d)),
      transition: .radial(rate: a, noise: s, dimension: Int(d)))
    let loss = ScalarLoss(
      value: ScalarFunction { _, r in r * r }, derivative: ScalarFunction { _, r in 2 * r },
      curvature: ScalarFunction(constant: 2))
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .diffusion(diffusion, loss),
      runningCost: values["running_cost"],
      structure: PolynomialStructure(
        weightPower: d == 1 ? 0 : 1, degree: d == 1 ? 1 : 2, pole: s * s * (d - 1) / 2, leastValue: 0, lossDegree: 2))
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let (a, s, c) = (values["contraction_rate"], values["noise"], values["running_cost"])
    let dimension = Int(values["dimension"])
    let slope: @Sendable (Double) -> Double = { slopeOfValue($0, a, s, c, dimension) }
    // b is O(1) in units of the two natural lengths; V' decreases in r, so the bracket is found by doubling
    var upper = max(s / a.squareRoot(), (c / a).squareRoot())
    while slope(upper) > 2 * upper { upper *= 2 }
    var lower = upper
    while slope(lower) < 2 * lower { lower /= 2 }
    let b = try RootFinding.brent(lower: lower, upper: upper) { slope($0) - 2 * $0 }
    let climb: @Sendable ([Double]) -> Double = { point in
      let r = point.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return r <= b ? 0 : Quadrature.gaussLegendre(from: b, to: r, panels: 64, slope)
    }
    return ReferenceSolution(
      boundary: [b], citation: entry.citation, accuracy: 1e-13,
      value: { point in
        let r2 = point.reduce(0) { $0 + $1 * $1 }
        return r2 <= b * b ? r2 : b * b + climb(point)
      }, expectedDepth: { climb($0) / c })
  }

  /// V'(r) outside the ball. d = 1 and 2 in closed form; higher by integrating by parts twice:
  /// `m_d = 1/2 + (d - 2)/(2 y^2) m_{d-2}` with y = r sqrt(a)/s and `V' = (2c/(a r)) m_d`.
  private static func slopeOfValue(_ r: Double, _ a: Double, _ s: Double, _ c: Double, _ dimension: Int) -> Double {
    let y = r * a.squareRoot() / s
    // m_d(y) = y^(2-d) e^(y^2) int_y^inf u^(d-1) e^(-u^2) du
    var moment = dimension % 2 == 1 ? y * Double.pi.squareRoot() / 2 * SpecialFunctions.erfcx(y) : 0.5
    for d in stride(from: dimension % 2 == 1 ? 3 : 4, through: dimension, by: 2) {
      moment = 0.5 + Double(d - 2) / (2 * y * y) * moment
    }
    return 2 * c / (a * r) * moment
  }
}
