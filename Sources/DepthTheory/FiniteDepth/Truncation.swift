public import DepthNumerics
public import DepthRuns
import DepthStopping

/// `V^N` against N: `0 <= V^N - V <= (G/c)(E g_0)/N`, and `V^N = V` from K(c) on.
///
/// G bounds the range of g (losses need only be bounded below after a shift: `G = sup g - inf g`, `E g_0 - inf g`).
public struct Truncation: Equatable, Sendable {
  public struct Point: Equatable, Sendable {
    /// N, blocks (or units of depth of a continuous problem).
    public let horizon: Double
    /// V^N; of recorded paths J of the rule fitted for N.
    public let value: Interval
    /// `V^N - V`.
    public let excess: Interval
    /// `(G/c)(E g_0)/N`; nil where no bound of g is known.
    public let bound: Double?

    public init(horizon: Double, value: Interval, excess: Interval, bound: Double?) {
      self.horizon = horizon
      self.value = value
      self.excess = excess
      self.bound = bound
    }
  }

  public let points: [Point]
  public let theorem: FiniteDepthReport.Theorem

  /// Judges the points: a lower end above the bound, an upper end below zero, or from K(c) on a lower end above zero refutes.
  ///
  /// - Parameters:
  ///   - horizonBound: K(c); nil where it is not established.
  ///   - isOptimal: whether values are those of optimal rules; rules that were fitted may get worse with N, which refutes nothing.
  public init(points: [Point], horizonBound: Double?, isOptimal: Bool = true) {
    self.points = points
    let bounded = points.filter { $0.bound != nil }
    let beyond = points.filter { point in horizonBound.map { point.horizon >= $0 } ?? false }
    let slacks = bounded.map { point in (point.bound ?? 0) - point.excess.value }
    let least = slacks.min()
    let bound = bounded.min { ($0.bound ?? 0) - $0.excess.value < ($1.bound ?? 0) - $1.excess.value }?.bound
    guard !bounded.isEmpty || !beyond.isEmpty else {
      theorem = .silent("no bound of g is known and K(c) is not established")
      return
    }
    let lacks = beyond.contains { $0.excess.lower > 0 }
    let isBroken =
      bounded.contains { $0.excess.lower > $0.bound ?? 0 }
      || (isOptimal && (lacks || points.contains { $0.excess.upper < 0 }))
    var parts: [String] = []
    if !bounded.isEmpty { parts.append("V^N - V against (G/c)(E g_0)/N at \(bounded.count) N") }
    if let worst = beyond.max(by: { abs($0.excess.value) < abs($1.excess.value) }) {
      parts.append("from K(c) on V^N - V is at most \(abs(worst.excess.value)) in size")
    }
    let isUndecided = !isOptimal && lacks
    if isUndecided { parts.append("rules were fitted: a worse one after K(c) refutes nothing") }
    theorem = FiniteDepthReport.Theorem(
      bound: bound, slack: least, verdict: isBroken ? .violated : isUndecided ? .hypothesesNotMet : .holds,
      reason: parts.joined(separator: "; "))
  }

  /// Columns `blocks`, `objective`, `objective_lower`, `objective_upper`, `excess`, `excess_lower`, `excess_upper`, `excess_bound`.
  public var table: Table {
    var table = Table(name: "truncation")
    table.add("blocks", points.map(\.horizon))
    table.add("objective", points.map(\.value))
    table.add("excess", points.map(\.excess))
    table.add("excess_bound", points.map { $0.bound ?? .nan })
    return table
  }
}
