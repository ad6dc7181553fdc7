import DepthNumerics
import DepthRuns
import Foundation

/// `brownian-average`: maximise `E[(x + W_t)/(b + t)]` (Shepp): stop at `x >= alpha sqrt(b + t)`.
///
/// In `z = (x + W_t)/sqrt(b + t)` and the depth `s = ln((b + t)/b)` it is stationary: `dz = -z/2 ds + dB`, reward
/// `z e^(-s/2)`, a discount of 1/2; V(t, x) is `v(z)/sqrt(b + t)`. Closed form:
/// `v(z) = (1 - alpha^2) int_0^inf e^(l z - l^2/2) dl` below alpha, and `v(alpha) = alpha`. E tau* is infinite.
enum BrownianAverage {
  static let entry = ProblemCatalogue.Entry(
    name: "brownian-average", kind: .diffusion,
    parameters: [
      ParameterDefinition("offset", alias: "b", default: 1, unit: "depth", meaning: "depth before the start")
    ],
    groups: [:], formula: "maximise E (x + W_t)/(b + t); stationary in z = x/sqrt(b + t)",
    citation: "Shepp, Ann. Math. Statist. 40 (1969), 993-1010", methods: ["smooth-fit"],
    make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, z in -z / 2 }, diffusion: ScalarFunction(constant: 1), lower: -.infinity,
      upper: .infinity, reduction: .selfSimilar(offset: values["offset"]))
    let reward = ScalarLoss(
      value: ScalarFunction { _, z in z }, derivative: ScalarFunction(constant: 1),
      curvature: ScalarFunction(constant: 0))
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .diffusion(diffusion, reward), sense: .maximize,
      cost: .constant(0), discount: ScalarFunction(constant: 0.5),
      structure: PolynomialStructure(degree: 1, leastValue: -1, lossDegree: 1))
  }

  /// `int_0^inf e^(l z - l^2/2) dl = sqrt(pi/2) e^(z^2/2) erfc(-z/sqrt 2)`.
  private static func integral(_ z: Double) -> Double {
    let a = abs(z) / 2.0.squareRoot()
    let scaled = SpecialFunctions.erfcx(a)
    return (Double.pi / 2).squareRoot() * (z > 0 ? 2 * exp(z * z / 2) - scaled : scaled)
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let b = values["offset"]
    let alpha = try RootFinding.brent(lower: 0, upper: 1) { (1 - $0 * $0) * integral($0) - $0 }
    return ReferenceSolution(
      boundary: [alpha * b.squareRoot()], citation: entry.citation, accuracy: 1e-14,
      value: { point in
        let z = point[0] / b.squareRoot()
        return (z >= alpha ? z : (1 - alpha * alpha) * integral(z)) / b.squareRoot()
      }, expectedDepth: { $0[0] >= alpha * b.squareRoot() ? 0 : nil })
  }
}
