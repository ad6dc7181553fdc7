import DepthRuns
import Foundation

/// `american-put`: `dS = (r - q) S dt + sigma S dW`, maximise `e^(-r tau) (K - S_tau)^+` up to the maturity T.
///
/// Stop at S <= B(T - t). B increases to `min(K, K r/q)` at maturity. Perpetual (T = inf): `B = K gamma/(1 + gamma)`,
/// `V = (K - B)(S/B)^-gamma`, -gamma the negative root of `sigma^2 l (l - 1)/2 + (r - q) l - r`. r = 0: never stop early.
enum AmericanPut {
  static let entry = ProblemCatalogue.Entry(
    name: "american-put", kind: .diffusion,
    parameters: [
      ParameterDefinition("strike", alias: "K", default: 100, unit: "state", meaning: "strike K"),
      ParameterDefinition(
        "rate", alias: "r", default: 0.05, allowed: .nonNegative, unit: "1/depth", meaning: "rate of interest r"),
      ParameterDefinition(
        "dividend", alias: "q", default: 0, allowed: .nonNegative, unit: "1/depth", meaning: "dividend yield q"),
      ParameterDefinition(
        "volatility", alias: "sigma", default: 0.2, unit: "1/sqrt(depth)", meaning: "volatility of the state"),
      ParameterDefinition(
        "maturity", alias: "T", default: 1, allowed: .positiveOrInfinite, unit: "depth",
        meaning: "last depth at which to stop"),
    ],
    groups: [:], formula: "dS = (r - q) S dt + sigma S dW, maximise e^(-r tau) (K - S)^+ for tau <= T",
    citation: "McKean 1965; Kim 1990; perpetual: Peskir and Shiryaev 2006, section 25; theory.md section 3",
    methods: ["integral-equation", "finite-differences", "front-fixed", "smooth-fit", "policy-iteration"],
    make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let (strike, rate, growth) = (values["strike"], values["rate"], values["rate"] - values["dividend"])
    let (volatility, maturity) = (values["volatility"], values["maturity"])
    guard rate > 0 || maturity.isFinite else {
      throw InputError.usage(
        "american-put with rate 0 and infinite maturity has no optimal depth: waiting costs nothing, K is approached, "
          + "never reached; allowed: a positive rate or a finite maturity")
    }
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, state in growth * state },
      diffusion: ScalarFunction { _, state in volatility * state },
      lower: 0, upper: .infinity, law: .lognormal(growth: growth, volatility: volatility))
    let reward = ScalarLoss(
      value: ScalarFunction { _, state in state < strike ? strike - state : 0 },
      derivative: ScalarFunction { _, state in state < strike ? -1 : 0 }, curvature: ScalarFunction(constant: 0),
      kinks: [strike])
    return try StoppingProblem(
      name: entry.name, parameters: values.json, dynamics: .diffusion(diffusion, reward), sense: .maximize,
      cost: .constant(0), discount: ScalarFunction(constant: rate), horizon: maturity.isFinite ? maturity : nil,
      // V <= K
      structure: PolynomialStructure(degree: 2, leastValue: -strike, lossDegree: 1))
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let (strike, maturity) = (values["strike"], values["maturity"])
    let equation = PutEquation(
      rate: values["rate"], dividend: values["dividend"], volatility: values["volatility"])
    if values["rate"] == 0, maturity.isFinite {
      return ReferenceSolution(
        boundary: [], citation: "Merton 1973: with rate 0 the European put", accuracy: 1e-14,
        value: { strike * equation.european($0[0] / strike, maturity) }, expectedDepth: { _ in maturity })
    }
    guard maturity == .infinity, values["rate"] > 0 else {
      throw StoppingError("american-put has a closed form only for infinite maturity or rate 0")
    }
    let exponent = equation.perpetualExponent
    let boundary = strike * equation.perpetualBoundary
    return ReferenceSolution(
      boundary: [boundary], citation: entry.citation, accuracy: 1e-14 * max(1, exponent),
      value: { point in
        point[0] <= boundary ? strike - point[0] : (strike - boundary) * exp(-exponent * log(point[0] / boundary))
      }, expectedDepth: { _ in nil })
  }
}
