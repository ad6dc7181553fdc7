import DepthRuns
import Foundation

/// What a problem's look-ahead says at the horizon: its pieces, the kinks where one continues, and the boundaries' starts.
struct GaussianLine {
  private let model: VariationalInequality
  private let mirror: Double?
  private let reach: Double

  init(_ model: VariationalInequality, mirror: Double?, reach: Double) {
    self.model = model
    self.mirror = mirror
    self.reach = reach
  }

  /// Their equations are one dense system.
  private static let mostBoundaries = 10

  private var inner: [Double] { model.loss.kinks.filter { $0 > (mirror ?? -.infinity) } }

  /// s between kinks.
  ///
  /// - Throws: `StoppingError` where it is no polynomial.
  func pieces() throws -> [PolynomialPiece] {
    let ends = [mirror ?? -.infinity] + inner + [.infinity]
    let extent = max(reach, (inner.last ?? 0) - (inner.first ?? 0))
    return try zip(ends, ends.dropFirst()).map { lower, upper in
      guard let piece = PolynomialPiece({ model.lookAhead(0, $0) }, from: lower, to: upper, reach: extent) else {
        throw StoppingError(
          "it needs a look-ahead L g - r g + c that is a polynomial of degree at most 5 between the kinks of g")
      }
      return piece
    }
  }

  /// A place where the region may change, with what lies on both sides.
  private struct Place {
    let state: Double
    let stopsBelow: Bool
    let stopsAbove: Bool
    /// `g'(K+) - g'(K-)`; 0 where there is no kink.
    let jump: Double
    let sourceBelow: Double
    let sourceAbove: Double
  }

  struct Shape {
    var kinks: [GaussianStopping.Kink] = []
    var stoppedKinks: [Double] = []
    var starts: [GaussianStopping.Start] = []
    var intervals: [GaussianStopping.Interval] = []
  }

  /// - Throws: `StoppingError` where there is no boundary at the horizon, or a convex kink at the edge of one.
  func shape(_ pieces: [PolynomialPiece], noise: Double) throws -> Shape {
    var shape = Shape()
    let halfVariance = 0.5 * noise * noise
    if let mirror {
      // the mirrored loss has a kink where its slope at the mirror is not 0
      let jump = 2 * model.loss.derivative(0, mirror.nextUp)
      if abs(jump) > 1e-13 * abs(model.loss.value(0, mirror + reach) - model.loss.value(0, mirror)) / reach {
        let source = pieces[0].besideLower
        try add(
          Place(
            state: mirror, stopsBelow: source > 0, stopsAbove: source > 0, jump: jump, sourceBelow: source,
            sourceAbove: source),
          halfVariance, isMirror: true, &shape)
      }
    }
    for (index, piece) in pieces.enumerated() {
      if index > 0 { try add(kink(pieces[index - 1], piece), halfVariance, &shape) }
      for root in piece.signChanges {
        let stopsBelow = piece.value(root - 1e-8 * piece.unit) > 0
        shape.starts.append(.init(state: root, stopsBelow: stopsBelow, kink: nil, stoppedSource: 0))
      }
    }
    guard !shape.starts.isEmpty else {
      throw StoppingError("no boundary starts at the horizon")
    }
    guard shape.starts.count <= Self.mostBoundaries else {
      throw StoppingError("\(shape.starts.count) boundaries; at most \(Self.mostBoundaries) are solved at once")
    }
    guard zip(shape.starts, shape.starts.dropFirst()).allSatisfy({ $0.stopsBelow != $1.stopsBelow }) else {
      throw StoppingError("the look-ahead has no clear sign between two boundaries")
    }
    shape.intervals = intervals(shape.starts)
    return shape
  }

  private func kink(_ below: PolynomialPiece, _ above: PolynomialPiece) -> Place {
    let (left, right) = model.loss.slopes(at: above.lower, depth: 0)
    let (low, high) = (below.besideUpper, above.besideLower)
    // a switch without a kink
    let slope = model.loss.derivative
    let typical = abs(slope(0, above.lower - reach)) + abs(slope(0, above.lower + reach))
    let jump = abs(right - left) > 1e-12 * typical ? right - left : 0
    return Place(
      state: above.lower, stopsBelow: low > 0, stopsAbove: high > 0, jump: jump, sourceBelow: low,
      sourceAbove: high)
  }

  private func add(_ place: Place, _ halfVariance: Double, isMirror: Bool = false, _ shape: inout Shape) throws {
    if place.jump >= 0 {
      // stopping pays at a convex kink: it must lie where one stops anyway
      guard place.jump == 0 || (place.stopsBelow && place.stopsAbove) else {
        throw StoppingError("the loss has a convex kink at \(place.state) where one would continue")
      }
      if place.jump > 0 { shape.stoppedKinks.append(place.state) }
      guard place.stopsBelow != place.stopsAbove else { return }
      shape.starts.append(
        .init(state: place.state, stopsBelow: place.stopsBelow, kink: nil, stoppedSource: 0))
      return
    }
    // at a mirror the step and its mirror image meet: each counts half
    shape.kinks.append(.init(state: place.state, mass: (isMirror ? 0.5 : 1) * halfVariance * place.jump))
    let kink = shape.kinks.count - 1
    if place.stopsBelow, !isMirror {
      shape.starts.append(
        .init(state: place.state, stopsBelow: true, kink: kink, stoppedSource: place.sourceBelow))
    }
    if place.stopsAbove {
      shape.starts.append(
        .init(state: place.state, stopsBelow: false, kink: kink, stoppedSource: place.sourceAbove))
    }
  }

  /// Between a curve below which one stops and the next, above which one stops; the starts alternate.
  private func intervals(_ starts: [GaussianStopping.Start]) -> [GaussianStopping.Interval] {
    let first: [GaussianStopping.Interval] = starts[0].stopsBelow ? [] : [.init(lower: nil, upper: 0)]
    return first
      + starts.indices.filter { starts[$0].stopsBelow }.map {
        .init(lower: $0, upper: $0 + 1 < starts.count ? $0 + 1 : nil)
      }
  }
}
