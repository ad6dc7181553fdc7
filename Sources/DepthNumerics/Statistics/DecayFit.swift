import Foundation

/// A decay law fitted to positive values by least squares of their logarithms.
public struct DecayFit: Equatable, Sendable {
  public enum Law: String, CaseIterable, Sendable {
    /// `A e^(-r t)`; per block `A rate^k` with `rate = e^-r`.
    case geometric
    /// `A (1 + t)^-p`.
    case power
    /// `A exp(-(t/s)^q)`; `geometric` for q = 1.
    case stretched

    /// Fitted constants.
    public var parameterCount: Int { self == .stretched ? 3 : 2 }
  }

  public let law: Law
  /// A.
  public let scale: Double
  /// r, p, or `s^-q`; negative for values that grow.
  public let decay: Double
  /// q; 1 for the other laws.
  public let exponent: Double
  /// Akaike's criterion of the log-residuals, up to a constant that all laws share: smaller is better.
  ///
  /// It takes residuals for independent noise; along a deterministic trajectory they are not, so it says which law lies
  /// nearer, not how probable one is.
  public let akaike: Double
  /// The largest `|ln value - ln fit|`.
  public let worstDeviation: Double

  /// `e^-r` per unit of t for `geometric`, p for `power`, `s^-q` for `stretched`.
  public var rate: Double { law == .geometric ? exp(-decay) : decay }

  /// s, the depth scale of `stretched` (1/r for `geometric`); nil for a power law and for values that grow.
  public var depthScale: Double? { law == .power || decay <= 0 ? nil : pow(decay, -1 / exponent) }

  /// The fitted value at t >= 0.
  public func value(at t: Double) -> Double { scale * exp(-decay * Self.abscissa(law, t, exponent)) }

  /// `-d ln(fit)/dt`.
  public func localRate(at t: Double) -> Double {
    switch law {
    case .geometric: decay
    case .power: decay / (1 + t)
    case .stretched: decay * exponent * pow(t, exponent - 1)
    }
  }

  /// The law of smaller AIC, geometric or power, and the other, of values at t = 0, 1, 2, ...; nil with fewer than three
  /// positive values.
  public static func best(_ values: [Double]) -> (best: DecayFit, other: DecayFit)? {
    let depths = values.indices.map(Double.init)
    guard let geometric = fit(.geometric, at: depths, values), let power = fit(.power, at: depths, values) else {
      return nil
    }
    return geometric.akaike <= power.akaike ? (geometric, power) : (power, geometric)
  }

  /// One law of values at t >= 0; those that are not positive and finite are left out.
  ///
  /// The exponent of `stretched` is searched in [0.05, 8], A and s are linear in it. `resolution`: relative accuracy of the
  /// values, below which residuals say nothing. nil with fewer values than constants plus one, or at fewer than two t.
  public static func fit(
    _ law: Law, at depths: [Double], _ values: [Double], resolution: Double = 0
  ) -> DecayFit? {
    precondition(depths.count == values.count, "\(depths.count) depths, \(values.count) values")
    let kept = values.indices.filter { values[$0] > 0 && values[$0].isFinite && depths[$0] >= 0 }
    guard kept.count > law.parameterCount, let last = kept.map({ depths[$0] }).max(), last > 0 else { return nil }
    let (t, y) = (kept.map { depths[$0] / last }, kept.map { log(values[$0]) })
    switch law {
    case .geometric:
      return line(t, y).map { DecayFit(law, $0, decay: -$0.slope / last, exponent: 1, kept.count, resolution) }
    case .power:
      return line(t.map { log1p($0 * last) }, y).map {
        DecayFit(law, $0, decay: -$0.slope, exponent: 1, kept.count, resolution)
      }
    case .stretched:
      let logarithm = ScalarMinimum.golden(lower: log(0.05), upper: log(8)) { logarithm in
        line(t.map { pow($0, exp(logarithm)) }, y)?.squares ?? .infinity
      }
      let q = exp(logarithm)
      return line(t.map { pow($0, q) }, y).map {
        DecayFit(law, $0, decay: -$0.slope / pow(last, q), exponent: q, kept.count, resolution)
      }
    }
  }

  private init(_ law: Law, _ line: Line, decay: Double, exponent: Double, _ count: Int, _ resolution: Double) {
    self.law = law
    self.decay = decay
    self.exponent = exponent
    scale = exp(line.intercept)
    worstDeviation = line.worst
    let n = Double(count)
    akaike =
      n * log(max(line.squares / n, resolution * resolution, .leastNormalMagnitude)) + 2 * Double(law.parameterCount)
  }

  private static func abscissa(_ law: Law, _ t: Double, _ exponent: Double) -> Double {
    switch law {
    case .geometric: t
    case .power: log1p(t)
    case .stretched: pow(t, exponent)
    }
  }

  private struct Line {
    let intercept: Double
    let slope: Double
    let squares: Double
    let worst: Double
  }

  /// Least squares of y = intercept + slope x; nil when all x are equal.
  private static func line(_ x: [Double], _ y: [Double]) -> Line? {
    let (meanX, meanY) = (Statistics.mean(x), Statistics.mean(y))
    let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    guard spread > 0 else { return nil }
    let slope = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
    var (squares, worst) = (0.0, 0.0)
    for i in x.indices {
      let residual = y[i] - meanY - slope * (x[i] - meanX)
      squares += residual * residual
      worst = max(worst, abs(residual))
    }
    return Line(intercept: meanY - slope * meanX, slope: slope, squares: squares, worst: worst)
  }
}
