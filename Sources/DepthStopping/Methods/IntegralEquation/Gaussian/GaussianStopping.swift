import DepthNumerics
import DepthRuns
import Foundation

/// A stopping problem on a Gaussian state whose look-ahead is a polynomial between the kinks of g, and where its boundaries start.
///
/// Minimised as in `VariationalInequality`. `U = V - g` solves `U_tau = L U - r U + s 1_C`, U(0) = 0, with
/// `s = L g - r g + c` and `(sigma^2/2) (g'(K+) - g'(K-))` times a unit mass at each kink K in the continuation region C.
/// A half-line that reflects at its lower end is a problem mirrored there.
struct GaussianStopping: Sendable {
  /// The start of a boundary at the horizon.
  struct Start: Equatable, Sendable {
    /// X = b(T).
    let state: Double
    let stopsBelow: Bool
    /// The index of the kink where it starts; nil where s changes sign.
    let kink: Int?
    /// s just inside of the stopping region, where there is a kink.
    let stoppedSource: Double

    /// +1 where the curve leaves its kink upwards.
    var direction: Double { stopsBelow ? -1 : 1 }
  }

  /// A kink of g where one continues at the horizon.
  struct Kink: Equatable, Sendable {
    let state: Double
    let mass: Double
  }

  /// A maximal interval of the continuation region, as indices of the curves at its ends; nil at an end of the line.
  struct Interval: Equatable, Sendable {
    let lower: Int?
    let upper: Int?
  }

  /// Of an explosive drift's `deviation / (sigma sqrt T)`.
  private static let mostSpread = 1e3

  let law: TransitionLaw
  /// The drift is `driftLevel + driftSlope x`.
  let driftLevel: Double
  let driftSlope: Double
  let noise: Double
  let discount: Double
  let horizon: Double
  /// The reflecting end; nil on the whole line.
  let mirror: Double?
  /// s between kinks, ascending.
  let pieces: [PolynomialPiece]
  let kinks: [Kink]
  /// Kinks where stopping pays: one must stop there at every depth, for the equations have no mass for them.
  let stoppedKinks: [Double]
  /// Ascending; of two that start at one kink the lower first.
  let starts: [Start]
  let intervals: [Interval]

  /// - Throws: `StoppingError` with the reason where the problem is none of them.
  init(_ problem: StoppingProblem) throws {
    guard let model = VariationalInequality(problem), let horizon = problem.horizon else {
      throw StoppingError("it needs a diffusion on the line with a horizon")
    }
    guard !model.dependsOnDepth, let discount = model.discount.constantValue
    else {
      throw StoppingError(
        "it needs a loss, a cost and coefficients that do not change with depth, and a constant discount")
    }
    (law, driftLevel, driftSlope, noise, mirror) = try Self.gaussian(model)
    self.horizon = horizon
    self.discount = discount
    let spread = law.deviation(after: horizon)
    guard spread <= Self.mostSpread * noise * horizon.squareRoot() else {
      throw StoppingError("the drift scatters paths over \(spread) within the horizon: too far for one series")
    }
    let reach = 4 * spread
    let line = GaussianLine(model, mirror: mirror, reach: reach)
    pieces = try line.pieces()
    let shape = try line.shape(pieces, noise: noise)
    (kinks, stoppedKinks) = (shape.kinks, shape.stoppedKinks)
    (starts, intervals) = (shape.starts, shape.intervals)
  }

  /// Linear drift and constant noise, tried at states all over the line.
  ///
  /// - Throws: `StoppingError` with the reason where the problem is none of them.
  private static func gaussian(
    _ model: VariationalInequality
  ) throws -> (TransitionLaw, level: Double, slope: Double, noise: Double, mirror: Double?) {
    let isMirrored = model.lower.isFinite
    guard model.upper == .infinity, !isMirrored || model.lowerEnd == .reflecting else {
      throw StoppingError("it needs the whole line, or a half-line that reflects at its lower end")
    }
    let (start, unit) = isMirrored ? (model.lower, 1 + abs(model.lower)) : (0, 1)
    let places = DomainSamples.dense(lower: model.lower, upper: model.upper)
    let noises = model.diffusion.values(depth: 0, places)
    let noise = noises[0]
    guard noises.allSatisfy({ $0 == noise }) else { throw StoppingError("it needs a constant noise") }
    guard noise > 0 else { throw StoppingError("degenerate noise: it is \(noise)") }
    // of the line through two places, from the mirror where there is one
    let level = isMirrored ? 0 : model.drift(0, 0)
    let slope = isMirrored ? model.drift(0, start + unit) / unit : model.drift(0, 1) - level
    guard
      zip(places, model.drift.values(depth: 0, places)).allSatisfy({ x, drift in
        abs(level + slope * (x - start) - drift) <= 1e-13 * (abs(level) + abs(slope * (x - start)) + abs(slope) * unit)
      })
    else {
      throw StoppingError(
        isMirrored
          ? "it needs a drift that is linear in the state and vanishes where the half-line reflects"
          : "it needs a drift that is linear in the state")
    }
    let law: TransitionLaw =
      slope == 0
      ? .brownian(drift: level, noise: noise)
      : .ornsteinUhlenbeck(rate: -slope, center: isMirrored ? start : -level / slope, noise: noise)
    return (law, level - slope * start, slope, noise, isMirrored ? start : nil)
  }

  /// From one state, u later; `growth` as by `growth(after:)`.
  @inline(__always)
  func step(_ state: Double, _ growth: Double, _ deviation: Double) -> GaussianStep {
    GaussianStep(
      mean: state + (driftLevel + driftSlope * state) * growth, decay: 1 + driftSlope * growth, deviation: deviation)
  }

  /// `int_0^u e^(slope v) dv`: what the drift of now has moved the mean by.
  @inline(__always)
  func growth(after u: Double) -> Double { driftSlope == 0 ? u : expm1(driftSlope * u) / driftSlope }
}
