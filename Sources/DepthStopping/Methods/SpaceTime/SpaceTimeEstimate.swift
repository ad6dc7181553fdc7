import Foundation

/// A space-time collocation with the errors that a second, coarser one makes out.
///
/// The comparison principle bounds `|V - U|` by suprema of the residual, although a collocated residual swings about zero and hardly
/// moves V: the bound is thousands of times the error. The coarser one (`SpaceTimeResolution.companion`) differs from V by at
/// least 3/2 of what the finer does, or else the finer would not be the finer; then the finer's error is at most twice their difference. That is
/// the largest over the states of a depth, for at single ones they may agree by chance. Roundings, which a difference may miss,
/// gather from panel to panel, each a dense system of n p unknowns: `n p 2^-53 sup|V - g|`. What both share is bounded apart: the
/// start near the horizon.
struct SpaceTimeEstimate: Sendable {
  let fine: SpaceTimeCollocation
  /// nil where it could not follow the boundaries: the bounds are the comparison's then.
  let coarse: SpaceTimeCollocation?

  private static let unit = 0x1p-53

  init(_ inequality: VariationalInequality, horizon: Double, resolution: SpaceTimeResolution = .standard) throws {
    fine = try SpaceTimeCollocation(inequality, horizon: horizon, resolution: resolution)
    let second = try? SpaceTimeCollocation(inequality, horizon: horizon, resolution: resolution.companion)
    coarse = second.flatMap { [fine] in $0.marches.count == fine.marches.count ? $0 : nil }
  }

  /// V of the minimised problem at states of one depth, and its error's estimate.
  func values(depth: Double, at states: [Double]) -> [(value: Double, error: Double)] {
    let estimate = valueError(depth: depth)
    return states.map { x in
      let (value, bound) = fine.value(depth: depth, at: x)
      guard let estimate else { return (value, bound) }
      let g = fine.inequality.loss.value(depth, x)
      let error = estimate + 8 * Self.unit * (abs(g) + abs(value - g))
      return (value, fine.isProven ? min(error, bound) : error)
    }
  }

  /// What the two collocations say of V at a depth; nil where one of them has no panel or is missing.
  private func valueError(depth: Double) -> Double? {
    guard let coarse else { return nil }
    let s = max(0, fine.horizon - depth).squareRoot()
    var worst = 0.0
    for (a, b) in zip(fine.marches, coarse.marches) {
      guard let index = a.index(root: s), let other = b.index(root: s) else { return nil }
      let (one, two) = (
        SpaceTimeSlice(a.panels[index], a.interval, root: s), SpaceTimeSlice(b.panels[other], b.interval, root: s)
      )
      let (difference, size) = one.distance(to: two)
      let rule = a.panels[index].rule
      let rounding = Double((index + 1) * rule.n * rule.p) * Self.unit * size
      worst = max(worst, 2 * difference + rounding + a.startBound)
    }
    return worst
  }

  /// The error's estimate of each boundary at a depth.
  func boundaryError(depth: Double) -> Double {
    let bound = fine.boundaryError(depth: depth)
    guard let coarse else { return bound }
    let s = max(0, fine.horizon - depth).squareRoot()
    var worst = 0.0
    for (a, b) in zip(fine.marches, coarse.marches) {
      guard let index = a.index(root: s), b.index(root: s) != nil else { return bound }
      let (panel, interval) = (a.panels[index], a.interval)
      for isUpper in [false, true] where isUpper ? interval.isUpperFree : interval.isLowerFree {
        let difference = a.boundaryDistance(to: b, isUpper: isUpper, root: s)
        let x = interval.origin + panel.boundary(isUpper: isUpper, root: s)
        worst = max(
          worst, 2 * difference + boundaryRounding(a, index, x, s) + panel.step * interval.noise(x, root: s) * s)
      }
    }
    return worst
  }

  /// What rounding does to a boundary: values rounded by one panel's `n p` units have slopes off by n^2 of that over an element,
  /// and `(V - g)'' = 2 LA / sigma^2` turns slopes into places.
  private func boundaryRounding(_ march: SpaceTimeMarch, _ index: Int, _ x: Double, _ s: Double) -> Double {
    let panel = march.panels[index]
    let slice = SpaceTimeSlice(panel, march.interval, root: s)
    let sigma = march.interval.noise(x, root: s)
    let bend = 2 * abs(fine.inequality.lookAhead(march.interval.depth(root: s), x)) / (sigma * sigma)
    let (n, p) = (Double(panel.rule.n), Double(panel.rule.p))
    // beside the boundary, within an element, V - g is of the size of the bend
    let size = min(slice.size, bend * sigma * sigma * s * s)
    return n * n * n * p * Self.unit * size / (sigma * s * bend) + 4 * x.ulp
  }
}

extension SpaceTimeMarch {
  /// The largest distance of a boundary to another march's, at s and just before: where two curves cross they agree by chance.
  func boundaryDistance(to other: SpaceTimeMarch, isUpper: Bool, root s: Double) -> Double {
    var largest = 0.0
    for share in [1, 0.97, 0.93, 0.88] {
      let root = max(share * s, first, other.first)
      guard let index = index(root: root), let match = other.index(root: root) else { continue }
      let difference =
        panels[index].boundary(isUpper: isUpper, root: root)
        - other.panels[match].boundary(isUpper: isUpper, root: root)
      largest = max(largest, abs(difference))
    }
    return largest
  }
}

extension SpaceTimeSlice {
  /// Places within each element at which slices are compared.
  private static let shares = ChebyshevTable.points(7).map { 0.5 * (1 + $0) }

  /// The largest `|U - U'|` of two slices at the same depth, and the largest `|U - g|` (or `|U - W|`) of this one.
  func distance(to other: SpaceTimeSlice) -> (difference: Double, size: Double) {
    var (difference, size) = (0.0, 0.0)
    for e in series.indices {
      for share in Self.shares {
        let rho = edges[e] + share * (edges[e + 1] - edges[e])
        let value = self.difference(rho, fromUnstopped: isUnstopped[e])
        size = max(size, abs(value))
        difference = max(difference, abs(value - other.difference(rho, fromUnstopped: isUnstopped[e])))
      }
    }
    return (difference, size)
  }

  /// The largest `|U - g|` (or `|U - W|`).
  var size: Double { distance(to: self).size }

  /// The largest `U - g` and `g - U`.
  var extremes: (above: Double, below: Double) {
    var (above, below) = (0.0, 0.0)
    for e in series.indices {
      for share in Self.shares {
        let value = difference(edges[e] + share * (edges[e + 1] - edges[e]))
        (above, below) = (max(above, value), max(below, -value))
      }
    }
    return (above, below)
  }
}
