import Foundation

/// Three decay laws of the same values side by side: one fit alone deceives, since many exponentials mimic a power law.
///
/// Source: Burnham and Anderson, "Model Selection and Multimodel Inference" (2002), 2.6 and 2.9.
public struct DecayComparison: Equatable, Sendable {
  /// `geometric`, `power`, `stretched`, in this order.
  public let fits: [DecayFit]
  /// Akaike weights `e^(-dAIC/2)`, normalised. Dense samples of a smooth curve make them sharper than they deserve.
  public let weights: [Double]

  /// nil with fewer than four positive values.
  ///
  /// - Parameter resolution: relative accuracy of the values; residuals below it decide nothing.
  public init?(at depths: [Double], _ values: [Double], resolution: Double) {
    let fits = DecayFit.Law.allCases.compactMap { DecayFit.fit($0, at: depths, values, resolution: resolution) }
    guard fits.count == DecayFit.Law.allCases.count, let least = fits.map(\.akaike).min() else { return nil }
    let shares = fits.map { exp(-0.5 * ($0.akaike - least)) }
    let total = shares.reduce(0, +)
    self.fits = fits
    weights = shares.map { $0 / total }
  }

  /// The fit of the least AIC.
  public var best: DecayFit { fits.min { $0.akaike < $1.akaike } ?? fits[0] }

  /// The least AIC above the best one's, of a law that is not the best one in disguise (`stretched` with q within 2 % of
  /// 1 is `geometric`).
  public var runnerUp: (fit: DecayFit, difference: Double)? {
    let best = best
    let rivals = fits.filter { $0.law != best.law && !Self.agree($0, best) }
    return rivals.min { $0.akaike < $1.akaike }.map { ($0, $0.akaike - best.akaike) }
  }

  /// Below a difference of 10 the data do not rule the runner-up out.
  public var isUndecided: Bool { (runnerUp?.difference ?? .infinity) < 10 }

  private static func agree(_ a: DecayFit, _ b: DecayFit) -> Bool {
    a.law != .power && b.law != .power && abs(a.exponent - b.exponent) < 0.02
  }
}
