public import DepthRuns

/// The diffusions that `depth simulate` knows by name: the dynamics of the catalogue's stopping problems.
///
/// Parameters carry the problems' names and aliases; those of costs and losses are accepted, so that one set of settings
/// serves `boundary` and `simulate`, and have no effect here.
public enum DiffusionCatalogue {
  public struct Entry: Sendable {
    public let name: String
    public let parameters: [ParameterDefinition]
    /// Aliases that set several parameters at once.
    public let groups: [String: [String]]
    public let formula: String
    public let citation: String
    /// Where paths start unless told otherwise.
    public let initialState: @Sendable (ParameterValues) -> [Double]
    public let horizon: @Sendable (ParameterValues) -> Double
    let make: @Sendable (ParameterValues) -> any Diffusion

    /// - Throws: `InputError.usage` for unknown parameters and values out of range.
    public func resolve(_ settings: [(String, Double)]) throws -> ParameterValues {
      try ParameterValues(parameters, groups: groups, settings: settings, of: name)
    }

    public func diffusion(_ values: ParameterValues) -> any Diffusion { make(values) }
  }

  public static let entries: [Entry] = [
    ornsteinUhlenbeck, sequentialTest, quickestDetection, threeHypotheses, americanPut, brownianRadial, brownianAverage,
  ]

  /// - Throws: `InputError.usage` with the known names.
  public static func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "diffusion", known: entries.map(\.name))
    }
    return entry
  }

  private static func unused(_ name: String, alias: String, default value: Double) -> ParameterDefinition {
    ParameterDefinition(
      name, alias: alias, default: value, meaning: "of the stopping problem; no effect on the dynamics")
  }

  private static let dimension = ParameterDefinition(
    "dimension", alias: "dimension", default: 1, allowed: .integer(from: 1, to: 100_000),
    meaning: "dimension d of the state")

  private static let signalToNoise = ParameterDefinition(
    "signal_to_noise", alias: "rho", default: 1, unit: "1/sqrt(depth)", meaning: "rate of evidence mu/sigma")

  private static let ornsteinUhlenbeck = Entry(
    name: "ou-contraction",
    parameters: [
      ParameterDefinition(
        "contraction_rate", alias: "a", default: 1, unit: "1/depth", meaning: "contraction of the flow"),
      ParameterDefinition("noise", alias: "s", default: 0.5, unit: "state/sqrt(depth)", meaning: "noise of the flow"),
      unused("running_cost", alias: "c", default: 0.1), dimension,
    ], groups: [:], formula: "dX = -a X dt + s dW", citation: "Uhlenbeck and Ornstein, Phys. Rev. 36 (1930)",
    initialState: { [1] + [Double](repeating: 0, count: Int($0["dimension"]) - 1) },
    horizon: { 1 / $0["contraction_rate"] },
    make: {
      OrnsteinUhlenbeck(
        dimension: Int($0["dimension"]), contractionRate: $0["contraction_rate"], noise: $0["noise"])
    })

  private static let sequentialTest = Entry(
    name: "sequential-test",
    parameters: [
      signalToNoise, unused("error_cost_1", alias: "w1", default: 1), unused("error_cost_0", alias: "w0", default: 1),
      unused("running_cost", alias: "c", default: 0.05),
    ], groups: ["w": ["error_cost_1", "error_cost_0"]], formula: "dpi = rho pi (1 - pi) dW",
    citation: "Peskir and Shiryaev 2006, section 21", initialState: { _ in [0.5] }, horizon: { _ in 1 },
    make: { PosteriorDiffusion(signalToNoise: $0["signal_to_noise"]) })

  private static let quickestDetection = Entry(
    name: "quickest-detection",
    parameters: [
      signalToNoise,
      ParameterDefinition(
        "hazard", alias: "lambda", default: 1, unit: "1/depth", meaning: "rate at which the signal appears"),
      unused("running_cost", alias: "c", default: 1),
    ], groups: [:], formula: "dpi = lambda (1 - pi) dt + rho pi (1 - pi) dW",
    citation: "Peskir and Shiryaev 2006, section 22", initialState: { _ in [0] }, horizon: { _ in 1 },
    make: { PosteriorDiffusion(hazard: $0["hazard"], signalToNoise: $0["signal_to_noise"]) })

  private static let threeHypotheses = Entry(
    name: "three-hypotheses",
    parameters: [
      ParameterDefinition("separation", alias: "separation", default: 1, meaning: "side of the triangle of drifts"),
      ParameterDefinition("noise", alias: "s", default: 1, meaning: "noise of the observation"),
      unused("error_cost", alias: "w", default: 1), unused("running_cost", alias: "c", default: 0.05),
    ], groups: [:], formula: "dpi_i = pi_i (m_i - sum_j pi_j m_j) . dW / s, m equilateral",
    citation: "Liptser and Shiryaev 2001, chapter 9", initialState: { _ in [1 / 3.0, 1 / 3.0, 1 / 3.0] },
    horizon: { _ in 1 }, make: { SimplexPosterior.equilateral(separation: $0["separation"], noise: $0["noise"]) })

  private static let americanPut = Entry(
    name: "american-put",
    parameters: [
      ParameterDefinition("strike", alias: "strike", default: 100, meaning: "strike K; paths start there"),
      ParameterDefinition("rate", alias: "rate", default: 0.05, allowed: .any, unit: "1/depth", meaning: "interest r"),
      ParameterDefinition(
        "dividend", alias: "dividend", default: 0, allowed: .any, unit: "1/depth", meaning: "yield q"),
      ParameterDefinition("volatility", alias: "volatility", default: 0.2, unit: "1/sqrt(depth)", meaning: "sigma"),
      ParameterDefinition("maturity", alias: "maturity", default: 1, unit: "depth", meaning: "the horizon"),
    ], groups: [:], formula: "dS = (r - q) S dt + sigma S dW", citation: "Samuelson, Ind. Manag. Rev. 6 (1965)",
    initialState: { [$0["strike"]] }, horizon: { $0["maturity"] },
    make: { GeometricBrownianMotion(growthRate: $0["rate"] - $0["dividend"], volatility: $0["volatility"]) })

  private static let brownianRadial = Entry(
    name: "brownian-radial", parameters: [dimension, unused("running_cost", alias: "c", default: 0.1)], groups: [:],
    formula: "dX = dW in R^d", citation: "Brownian motion",
    initialState: { [Double](repeating: 0, count: Int($0["dimension"])) }, horizon: { _ in 1 },
    make: { OrnsteinUhlenbeck(dimension: Int($0["dimension"]), contractionRate: 0, noise: 1) })

  private static let brownianAverage = Entry(
    name: "brownian-average", parameters: [unused("offset", alias: "b", default: 1)], groups: [:], formula: "dX = dW",
    citation: "Brownian motion", initialState: { _ in [0] }, horizon: { _ in 1 },
    make: { _ in OrnsteinUhlenbeck(contractionRate: 0, noise: 1) })
}
