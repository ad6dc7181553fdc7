public import DepthNumerics
public import DepthRuns

/// The size of the residual branch along a trajectory: `||f(t, h(t))||_2`, its exact local rates, and three decay laws.
///
/// Local rate: `-d ln||f||/dt = -f . (J f + f_t) / ||f||^2`. Laws in the depth elapsed since the start: geometric
/// `A e^(-r t)`, power `A (1 + t)^-p`, stretched `A exp(-(t/s)^q)`, by least squares of `ln ||f||`. A law that fits the
/// values may still be an accident of the range, so its own local rate is held against the exact ones.
public struct FieldNormEnvelope: Equatable, Sendable {
  public let depths: [Double]
  /// `||f||_2`.
  public let norms: [Double]
  /// `-d ln||f||/dt`; NaN where f vanishes.
  public let localRates: [Double]
  /// nil with fewer than four norms above the floor.
  public let laws: DecayComparison?
  /// Norms at or below the floor, which no law was fitted to.
  public let omitted: Int
  private let start: Double
  private let floor: Double

  /// - Parameters:
  ///   - resolution: relative accuracy of the norms; residuals of a fit below it decide nothing.
  ///   - floor: norms up to here are the integrator's error, not the field.
  /// - Throws: as the integrator.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, at depths: [Double], integrator: some Integrator,
    resolution: Double = 1e-6, floor: Double = 0
  ) throws {
    let trajectory = try integrator.integrate(problem, saving: depths, until: nil)
    let samples = depths.indices.map { Self.sample(problem.field, depths[$0], trajectory.state($0)) }
    self.depths = depths
    self.floor = floor
    start = problem.start
    let norms = samples.map(\.norm)
    self.norms = norms
    localRates = samples.map(\.rate)
    let kept = norms.indices.filter { norms[$0] > floor }
    omitted = norms.count - kept.count
    laws = DecayComparison(at: kept.map { depths[$0] - problem.start }, kept.map { norms[$0] }, resolution: resolution)
  }

  private static func sample(
    _ field: some VectorField, _ depth: Double, _ state: [Double]
  ) -> (norm: Double, rate: Double) {
    let d = field.dimension
    let f = field(depth: depth, state: state)
    var (change, explicit) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
    field.applyJacobian(depth: depth, state: state, vector: f, into: &change)
    field.depthDerivative(depth: depth, state: state, into: &explicit)
    let norm = BLAS.norm(d, f)
    // unit vectors first: squares of a small f underflow
    let rate = (0..<d).reduce(0) { $0 - f[$1] / norm * ((change[$1] + explicit[$1]) / norm) }
    return (norm, norm > 0 ? rate : .nan)
  }

  /// The least and largest local rate among norms above the floor; nil when f vanishes throughout.
  public var rateRange: ClosedRange<Double>? {
    let rates = norms.indices.filter { norms[$0] > floor }.map { localRates[$0] }.filter(\.isFinite)
    guard let least = rates.min(), let largest = rates.max() else { return nil }
    return least...largest
  }

  /// Root mean square of `exact local rate / the law's - 1` over depths after the start: small only if the law holds
  /// locally, not merely on the range as a whole.
  public func rateDeviation(of fit: DecayFit) -> Double? {
    let squares = norms.indices.compactMap { i -> Double? in
      let t = depths[i] - start
      guard norms[i] > floor, t > 0, localRates[i].isFinite, fit.localRate(at: t) != 0 else { return nil }
      let deviation = localRates[i] / fit.localRate(at: t) - 1
      return deviation * deviation
    }
    return squares.isEmpty ? nil : (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  /// Columns `depth`, `field_norm`, `local_rate`, and `geometric`, `power`, `stretched`: the fitted laws.
  public var table: Table {
    var table = Table(name: "field-norm-envelope")
    table.add("depth", depths)
    table.add("field_norm", norms)
    table.add("local_rate", localRates)
    for fit in laws?.fits ?? [] { table.add(fit.law.rawValue, depths.map { fit.value(at: $0 - start) }) }
    return table
  }
}
