public import DepthRuns
import Foundation

/// The vector fields that `depth integrate` and `depth limit` know by name.
public enum FieldCatalogue {
  public struct Entry: Sendable {
    public let name: String
    public let parameters: [ParameterDefinition]
    public let formula: String
    /// Where an integration starts unless told otherwise.
    public let initialState: [Double]
    public let horizon: Double
    public let citation: String
    let make: @Sendable (ParameterValues) -> any VectorField

    /// - Throws: `InputError.usage` for unknown parameters and values out of range.
    public func resolve(_ settings: [(String, Double)]) throws -> ParameterValues {
      try ParameterValues(parameters, settings: settings, of: name)
    }

    public func field(_ values: ParameterValues) -> any VectorField { make(values) }

    /// The field with these settings.
    ///
    /// - Throws: as `resolve`.
    public func field(_ settings: [(String, Double)]) throws -> any VectorField { make(try resolve(settings)) }
  }

  public static let entries: [Entry] = [
    Entry(
      name: "flow-decay",
      parameters: [
        ParameterDefinition("decay_rate", alias: "a", default: 1, unit: "1/depth", meaning: "rate of contraction")
      ],
      formula: "h' = -a h", initialState: [1], horizon: 1, citation: "closed form: h(t) = h(0) exp(-a t)",
      make: { LinearDecayField(rates: [$0["decay_rate"]]) }),
    Entry(
      name: "anisotropic-decay",
      parameters: [
        ParameterDefinition("decay_rate_1", alias: "a1", default: 1, unit: "1/depth", meaning: "rate along h1"),
        ParameterDefinition("decay_rate_2", alias: "a2", default: 2, unit: "1/depth", meaning: "rate along h2"),
      ],
      formula: "h_i' = -a_i h_i", initialState: [1, 1], horizon: 1,
      citation: "closed form: h_i(t) = h_i(0) exp(-a_i t)",
      make: { LinearDecayField(rates: [$0["decay_rate_1"], $0["decay_rate_2"]]) }),
    Entry(
      name: "spiral", parameters: [], formula: "h' = h^3 A, A = [[-0.1, 2], [-2, -0.1]]", initialState: [2, 0],
      horizon: 25, citation: "Chen et al., Neural Ordinary Differential Equations, NeurIPS 2018",
      make: { _ in SpiralField() }),
    Entry(
      name: "van-der-pol",
      parameters: [ParameterDefinition("mu", alias: "mu", default: 1000, meaning: "stiffness")],
      formula: "x'' = mu (1 - x^2) x' - x", initialState: [2, 0], horizon: 2000,
      citation: "Hairer and Wanner, Solving Ordinary Differential Equations II (1996), IV.1",
      make: { VanDerPolField(mu: $0["mu"]) }),
    Entry(
      name: "robertson", parameters: [],
      formula: "a' = -k1 a + k2 b c, b' = -a' - k3 b^2, c' = k3 b^2; k = 0.04, 1e4, 3e7", initialState: [1, 0, 0],
      horizon: 1e5, citation: "Robertson (1966); Hairer and Wanner, Solving ODEs II (1996), IV.1",
      make: { _ in RobertsonField() }),
    Entry(
      name: "lorenz", parameters: [],
      formula: "x' = 10 (y - x), y' = x (28 - z) - y, z' = x y - 8/3 z", initialState: [1, 1, 1], horizon: 20,
      citation: "Lorenz, J. Atmos. Sci. 20 (1963)",
      make: { _ in LorenzField() }),
  ]

  /// Every name that a problem may have, those of fields from files and from expressions too.
  public static var names: [String] {
    entries.map(\.name) + ["tanh-residual", "gradient-flow", "custom", "run:FOLDER"]
  }

  /// - Throws: `InputError.usage` with the known names.
  public static func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw InputError.unknown(
        name, kindOfName: "field", known: names)
    }
    return entry
  }

  /// `tanh-residual` from PREFIX_W1.npy, PREFIX_b1.npy, PREFIX_W2.npy, PREFIX_b2.npy and, if there, PREFIX_a.npy, or from
  /// one .npz with the arrays W1 (m x d), b1 (m), W2 (d x m), b2 (d), a (m).
  ///
  /// - Throws: `InputError.data` naming the array that is missing, misshapen or not finite.
  public static func tanhResidual(weights prefix: String) throws -> TanhResidualField {
    let arrays = try WeightArrays(prefix, required: ["W1", "b1", "W2", "b2"], optional: ["a"])
    let (m, d) = try arrays.matrixShape("W1")
    let weights = try arrays.values("W1", shape: [m, d]) + arrays.values("b1", shape: [m])
    let output = try arrays.values("W2", shape: [d, m]) + arrays.values("b2", shape: [d])
    let depthWeights = try arrays.has("a") ? arrays.values("a", shape: [m]) : []
    let core = TanhResidualCore(dimension: d, width: m, dependsOnDepth: !depthWeights.isEmpty)
    return TanhResidualField(core: core, parameters: weights + output + depthWeights)
  }

  /// `gradient-flow` from PREFIX_W.npy and PREFIX_b.npy, or from one .npz with W (m x d) and b (m).
  ///
  /// - Throws: as `tanhResidual`.
  public static func gradientFlow(weights prefix: String) throws -> GradientFlowField {
    let arrays = try WeightArrays(prefix, required: ["W", "b"])
    let (m, d) = try arrays.matrixShape("W")
    let parameters = try arrays.values("W", shape: [m, d]) + arrays.values("b", shape: [m])
    return GradientFlowField(dimension: d, width: m, parameters: parameters)
  }
}
