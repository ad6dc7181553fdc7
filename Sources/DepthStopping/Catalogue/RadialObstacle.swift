import DepthNumerics
import DepthRuns
import Foundation

/// `radial-obstacle`: a membrane over the dome `sqrt(1 - r^2)`, held at height 0 on r = R: contact on `r <= r0`.
///
/// The least superharmonic function above the obstacle is the value of stopping plane Brownian motion for the reward
/// `sqrt(1 - r^2)` (0 outside the unit disc), absorbed at R, without cost. `V = A ln(R/r)` off the contact set,
/// `A = sqrt(1 - r0^2)/ln(R/r0)`, and r0 solves `r0^2 (1 - ln(r0/R)) = 1`.
enum RadialObstacle {
  static let entry = ProblemCatalogue.Entry(
    name: "radial-obstacle", kind: .diffusion,
    parameters: [
      ParameterDefinition(
        "outer_radius", alias: "R", default: 2, allowed: .between(1, 1e6), unit: "state",
        meaning: "radius at which the membrane is held")
    ],
    groups: [:], formula: "-Laplace u >= 0, u >= sqrt(1 - r^2), complementary; u = 0 on r = R",
    citation: "Bueler, PETSc for Partial Differential Equations (2021), chapter 12; theory.md section 3",
    methods: ["smooth-fit", "policy-iteration"], make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, r in 1 / (2 * r) }, diffusion: ScalarFunction(constant: 1), lower: 0,
      upper: values["outer_radius"], lowerEnd: .reflecting, upperEnd: .absorbing, reduction: .radial(dimension: 2))
    let dome = ScalarLoss(
      value: ScalarFunction { _, r in r < 1 ? ((1 - r) * (1 + r)).squareRoot() : 0 },
      derivative: ScalarFunction { _, r in r < 1 ? -r / ((1 - r) * (1 + r)).squareRoot() : 0 },
      curvature: ScalarFunction { _, r in r < 1 ? -pow((1 - r) * (1 + r), -1.5) : 0 }, kinks: [1])
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .diffusion(diffusion, dome), sense: .maximize,
      cost: .constant(0), structure: PolynomialStructure(weightPower: 1, degree: 1, pole: 0.5, leastValue: -1))
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let outer = values["outer_radius"]
    let r0 = try RootFinding.brent(lower: 1e-6, upper: 1) { $0 * $0 * (1 + log(outer / $0)) - 1 }
    let slope = ((1 - r0) * (1 + r0)).squareRoot() / log(outer / r0)
    let radius: @Sendable ([Double]) -> Double = { BLAS.norm($0.count, $0) }
    return ReferenceSolution(
      boundary: [r0], citation: entry.citation, accuracy: 1e-14,
      value: { point in
        let r = radius(point)
        return r <= r0 ? ((1 - r) * (1 + r)).squareRoot() : slope * log(outer / r)
      },
      expectedDepth: { point in
        let r = radius(point)
        guard r > r0 else { return 0 }
        return 0.5 * ((r0 - r) * (r0 + r) + (outer - r0) * (outer + r0) * log(r / r0) / log(outer / r0))
      })
  }
}
