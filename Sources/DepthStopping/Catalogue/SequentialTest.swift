import DepthNumerics
import DepthRuns
import Foundation

/// `sequential-test`: Wald's problem. Posterior `dpi = rho pi (1 - pi) dW`, `g = min(w1 pi, w0 (1 - pi))`, cost c.
///
/// A two-class network whose margin gathers evidence at rate rho. Continue on (A, B). Closed form with
/// `psi(p) = (1 - 2p) ln(p/(1-p))`, k = 2c/rho^2: `V = k (psi(pi) - psi(A)) + (w1 - k psi'(A)) (pi - A) + w1 A`, smooth at B.
enum SequentialTest {
  static let entry = ProblemCatalogue.Entry(
    name: "sequential-test", kind: .diffusion,
    parameters: [
      ParameterDefinition(
        "signal_to_noise", alias: "rho", default: 1, unit: "1/sqrt(depth)", meaning: "rate of evidence mu/sigma"),
      ParameterDefinition(
        "error_cost_1", alias: "w1", default: 1, unit: "loss", meaning: "loss of rejecting when pi = 1"),
      ParameterDefinition(
        "error_cost_0", alias: "w0", default: 1, unit: "loss", meaning: "loss of accepting when pi = 0"),
      ParameterDefinition(
        "running_cost", alias: "c", default: 0.05, unit: "loss/depth", meaning: "cost of one more unit of depth"),
    ],
    groups: ["w": ["error_cost_1", "error_cost_0"]],
    formula: "dpi = rho pi (1 - pi) dW, g = min(w1 pi, w0 (1 - pi)), cost c, infinite horizon",
    citation: "Peskir and Shiryaev 2006, section 21; theory.md section 3",
    methods: ["smooth-fit", "policy-iteration"],
    make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let (rho, w1, w0) = (values["signal_to_noise"], values["error_cost_1"], values["error_cost_0"])
    let kink = w0 / (w0 + w1)
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction(constant: 0), diffusion: ScalarFunction { _, pi in rho * pi * (1 - pi) }, lower: 0,
      upper: 1,
      transition: .posterior(signalToNoise: rho))
    let loss = ScalarLoss(
      value: ScalarFunction { _, pi in min(w1 * pi, w0 * (1 - pi)) },
      derivative: ScalarFunction { _, pi in pi < kink ? w1 : -w0 }, curvature: ScalarFunction(constant: 0),
      kinks: [kink])
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .diffusion(diffusion, loss),
      runningCost: values["running_cost"], structure: PolynomialStructure(degree: 4, leastValue: 0, lossDegree: 1),
      form: oddsForm(rho, w1, w0, values["running_cost"]))
  }

  /// In the odds z, under the measure of pi = 0: `dz = rho z dW`, cost c (1 + z), loss `min(w1 z, w0)`.
  private static func oddsForm(_ rho: Double, _ w1: Double, _ w0: Double, _ c: Double) -> ScaledForm {
    let kink = w0 / w1
    return ScaledForm(
      drift: ScalarFunction(constant: 0), diffusion: ScalarFunction { _, z in rho * z },
      discount: ScalarFunction(constant: 0), cost: ScalarFunction { _, z in c * (1 + z) },
      loss: ScalarLoss(
        value: ScalarFunction { _, z in z < kink ? w1 * z : w0 },
        derivative: ScalarFunction { _, z in z < kink ? w1 : 0 }, curvature: ScalarFunction(constant: 0),
        kinks: [kink]), lower: 0, upper: .infinity, structure: PolynomialStructure(degree: 2, leastValue: 0),
      map: .odds)
  }

  // In log-odds x = ln(p/(1-p)), where neither end is lost to rounding: psi = -x tanh(x/2), psi' = -2x - 2 sinh x.
  private static func psi(_ x: Double) -> Double { -x * tanh(x / 2) }
  private static func psiPrime(_ x: Double) -> Double { -2 * x - 2 * sinh(x) }
  private static func probability(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  /// `p(b) - p(a)` without cancellation.
  private static func difference(_ b: Double, _ a: Double) -> Double {
    sinh((b - a) / 2) / (2 * cosh(a / 2) * cosh(b / 2))
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let (rho, w1, w0, c) = (
      values["signal_to_noise"], values["error_cost_1"], values["error_cost_0"], values["running_cost"]
    )
    let k = 2 * c / (rho * rho)
    let (a, b) = try ends(k, w1, w0)
    let (pa, pb) = (probability(a), probability(b))
    let value: @Sendable ([Double]) -> Double = { point in
      let p = point[0]
      guard p > pa && p < pb else { return min(w1 * p, w0 * (1 - p)) }
      return k * (psi(log(p / (1 - p))) - psi(a)) + (w1 - k * psiPrime(a)) * (p - pa) + w1 * pa
    }
    return ReferenceSolution(
      boundary: [pa, pb], citation: entry.citation, accuracy: 1e-13 * max(1, k), value: value,
      expectedDepth: { point in
        let p = point[0]
        guard p > pa && p < pb else { return 0 }
        let chance = (p - pa) / difference(b, a)
        return (value(point) - (1 - chance) * w1 * pa - chance * w0 * probability(-b)) / c
      })
  }

  /// Log-odds of A and B: with s the common slope `w1 - k psi'(A) = -w0 - k psi'(B)`, continuity at B fixes s.
  private static func ends(_ k: Double, _ w1: Double, _ w0: Double) throws -> (Double, Double) {
    func end(_ target: Double) -> Double {
      // -2x - 2 sinh x = target is monotone; asinh(target) bounds the root
      let reach = asinh(abs(target) / 2) + 1
      return (try? RootFinding.brent(lower: -reach, upper: reach) { psiPrime($0) - target }) ?? .nan
    }
    func gap(_ slope: Double) -> Double {
      let (a, b) = (end((w1 - slope) / k), end((-w0 - slope) / k))
      return k * (psi(b) - psi(a)) + slope * difference(b, a) + w1 * probability(a) - w0 * probability(-b)
    }
    let kinkSlope = k * psiPrime(log(w0 / w1))
    // the slope that puts A on the kink, and the one that puts B there
    let slope =
      w1 == w0 ? 0 : try RootFinding.brent(lower: -w0 - kinkSlope, upper: w1 - kinkSlope, gap)
    return (end((w1 - slope) / k), end((-w0 - slope) / k))
  }
}
