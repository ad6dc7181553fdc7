import DepthNumerics
import DepthRuns
import Foundation

/// `quickest-detection`: Shiryaev's disorder problem. Posterior `dpi = lambda (1 - pi) dt + rho pi (1 - pi) dW`, `g = 1 - pi`
/// (a false alarm), running cost `c pi` (delay): stop at `pi >= A`.
///
/// In the odds `phi = pi/(1 - pi)`, with kappa = rho^2/2 and beta = lambda/kappa, V' is
/// `f = -(c/kappa) phi int_0^inf e^(-beta (y + (e^y - 1)/phi)) (e^-y + 1/phi) dy`, and A solves `f(A) = -1`.
enum QuickestDetection {
  static let entry = ProblemCatalogue.Entry(
    name: "quickest-detection", kind: .diffusion,
    parameters: [
      ParameterDefinition(
        "signal_to_noise", alias: "rho", default: 1, unit: "1/sqrt(depth)", meaning: "rate of evidence mu/sigma"),
      ParameterDefinition(
        "hazard", alias: "lambda", default: 1, unit: "1/depth", meaning: "rate at which the disorder arrives"),
      ParameterDefinition(
        "running_cost", alias: "c", default: 1, unit: "loss/depth", meaning: "cost of one unit of delay"),
    ],
    groups: [:], formula: "dpi = lambda (1 - pi) dt + rho pi (1 - pi) dW, g = 1 - pi, running cost c pi",
    citation: "Peskir and Shiryaev 2006, section 22", methods: ["smooth-fit", "policy-iteration"], make: problem,
    solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let (rho, lambda, c) = (values["signal_to_noise"], values["hazard"], values["running_cost"])
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, pi in lambda * (1 - pi) }, diffusion: ScalarFunction { _, pi in rho * pi * (1 - pi) },
      lower: 0, upper: 1, lowerEnd: .inflow)
    let loss = ScalarLoss(
      value: ScalarFunction { _, pi in 1 - pi }, derivative: ScalarFunction(constant: -1),
      curvature: ScalarFunction(constant: 0))
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .diffusion(diffusion, loss),
      cost: .rate(ScalarFunction { _, pi in c * pi }, least: 0),
      structure: PolynomialStructure(degree: 4, leastValue: 0, lossDegree: 1), form: oddsForm(rho, lambda, c))
  }

  /// In the odds z, under the measure without disorder: `dz = lambda (1 + z) dt + rho z dW`, discount lambda, cost c z, loss 1.
  private static func oddsForm(_ rho: Double, _ lambda: Double, _ c: Double) -> ScaledForm {
    ScaledForm(
      drift: ScalarFunction { _, z in lambda * (1 + z) }, diffusion: ScalarFunction { _, z in rho * z },
      discount: ScalarFunction(constant: lambda), cost: ScalarFunction { _, z in c * z },
      loss: ScalarLoss(
        value: ScalarFunction(constant: 1), derivative: ScalarFunction(constant: 0),
        curvature: ScalarFunction(constant: 0)), lower: 0, upper: .infinity, lowerEnd: .inflow,
      structure: PolynomialStructure(degree: 2, leastValue: 0), map: .odds)
  }

  /// V' at odds phi.
  private static func slope(_ phi: Double, _ kappa: Double, _ beta: Double, _ c: Double) -> Double {
    func exponent(_ y: Double) -> Double { beta * (y + expm1(y) / phi) }
    // beyond the exponent 45 nothing is left; a bracket by doubling and bisection
    var (low, high) = (0.0, 1e-8)
    while exponent(high) < 45 { (low, high) = (high, 2 * high) }
    for _ in 0..<20 {
      let center = 0.5 * (low + high)
      if exponent(center) < 45 { low = center } else { high = center }
    }
    let integral = Quadrature.gaussLegendre(from: 0, to: high, panels: 24) { y in
      exp(-exponent(y)) * (phi * exp(-y) + 1)
    }
    return -c / kappa * integral
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let (rho, lambda, c) = (values["signal_to_noise"], values["hazard"], values["running_cost"])
    let kappa = rho * rho / 2
    let beta = lambda / kappa
    let logOdds = try RootFinding.brent(lower: -60, upper: 60) { slope(exp($0), kappa, beta, c) + 1 }
    let odds = exp(logOdds)
    let (threshold, rest) = (odds / (1 + odds), 1 / (1 + odds))
    // V(pi) - V(A) = int over the log-odds of -V' dpi
    let climb: @Sendable (Double) -> Double = { pi in
      let from = pi > 0 ? max(log(pi / (1 - pi)), -45) : -45
      guard from < logOdds else { return 0 }
      return Quadrature.gaussLegendre(from: from, to: logOdds, panels: 24) { x in
        let phi = exp(x)
        return -slope(phi, kappa, beta, c) * phi / ((1 + phi) * (1 + phi))
      }
    }
    return ReferenceSolution(
      boundary: [threshold], citation: entry.citation, accuracy: 1e-12,
      value: { $0[0] >= threshold ? 1 - $0[0] : rest + climb($0[0]) },
      expectedDepth: { point in
        point[0] >= threshold ? 0 : (threshold - point[0]) / lambda + climb(point[0]) / c
      })
  }
}
