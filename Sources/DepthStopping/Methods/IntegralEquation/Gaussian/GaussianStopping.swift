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

  /// A problem that is none of them, and why.
  struct Mismatch: Error, Equatable { let reason: String }

  let law: TransitionLaw
  let noise: Double
  let discount: Double
  let horizon: Double
  /// The reflecting end; nil on the whole line.
  let mirror: Double?
  /// s between kinks, ascending.
  let pieces: [PolynomialPiece]
  let kinks: [Kink]
  /// Ascending; of two that start at one kink the lower first.
  let starts: [Start]
  let intervals: [Interval]

  /// - Throws: `Mismatch`.
  init(_ problem: StoppingProblem) throws {
    guard let model = VariationalInequality(problem), let horizon = problem.horizon else {
      throw Mismatch(reason: "it needs a diffusion on the line with a horizon")
    }
    guard !model.dependsOnDepth, let discount = model.discount.constantValue, problem.discount.constantValue != nil
    else {
      throw Mismatch(
        reason: "it needs a loss, a cost and coefficients that do not change with depth, and a constant discount")
    }
    (law, noise, mirror) = try Self.gaussian(model)
    self.horizon = horizon
    self.discount = discount
    let reach = 4 * law.deviation(after: horizon)
    let line = GaussianLine(model, mirror: mirror, reach: reach)
    pieces = try line.pieces()
    let shape = try line.shape(pieces, noise: noise)
    (kinks, starts, intervals) = (shape.kinks, shape.starts, shape.intervals)
  }

  /// Linear drift and constant noise, tried at states all over the line.
  private static func gaussian(_ model: VariationalInequality) throws -> (TransitionLaw, noise: Double, mirror: Double?)
  {
    let isMirrored = model.lower.isFinite
    guard model.upper == .infinity, !isMirrored || model.lowerEnd == .reflecting else {
      throw Mismatch(reason: "it needs the whole line, or a half-line that reflects at its lower end")
    }
    let (start, unit) = isMirrored ? (model.lower, 1 + abs(model.lower)) : (0, 1)
    let places = [0.01, 0.1, 0.5, 1, 3, 10, 100].flatMap { isMirrored ? [start + $0 * unit] : [$0, -$0] }
    let noise = model.diffusion(0, places[0])
    guard places.allSatisfy({ model.diffusion(0, $0) == noise }) else {
      throw Mismatch(reason: "it needs a constant noise, or a log-normal transition")
    }
    guard noise > 0 else { throw Mismatch(reason: "degenerate noise: it is \(noise)") }
    guard
      let drift = PolynomialPiece(
        { model.drift(0, $0) }, from: isMirrored ? start : -.infinity, to: .infinity, reach: unit),
      (2...PolynomialPiece.mostDegree).allSatisfy({ drift.coefficients[$0] == 0 }),
      places.allSatisfy({ abs(drift.value($0) - model.drift(0, $0)) <= 1e-13 * (abs(model.drift(0, $0)) + unit) })
    else { throw Mismatch(reason: "it needs a drift that is linear in the state") }
    let slope = drift.coefficients[1] / drift.unit
    let level = isMirrored ? drift.value(start) : drift.value(0)
    if isMirrored {
      guard abs(level) <= 1e-14 * unit * (1 + abs(slope)) else {
        throw Mismatch(reason: "a half-line must reflect where the drift vanishes")
      }
      return (
        slope == 0 ? .brownian(drift: 0, noise: noise) : .ornsteinUhlenbeck(rate: -slope, center: start, noise: noise),
        noise, start
      )
    }
    return (
      slope == 0
        ? .brownian(drift: level, noise: noise)
        : .ornsteinUhlenbeck(rate: -slope, center: -level / slope, noise: noise),
      noise, nil
    )
  }

  /// From one state, u later.
  @inline(__always)
  func step(_ state: Double, _ decay: Double, _ deviation: Double, _ u: Double) -> GaussianStep {
    let mean: Double =
      switch law {
      case .ornsteinUhlenbeck(_, let center, _): center + (state - center) * decay
      case .brownian(let drift, _), .lognormal(let drift, _): state + drift * u
      }
    return GaussianStep(mean: mean, decay: decay, deviation: deviation)
  }

  /// `dm/dx` after u.
  func decay(after u: Double) -> Double {
    if case .ornsteinUhlenbeck(let rate, _, _) = law { return exp(-rate * u) }
    return 1
  }
}
