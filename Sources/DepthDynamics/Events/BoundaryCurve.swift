import DepthRuns

/// A boundary b(t) given by a table of depths and values, interpolated between and constant beyond its ends.
///
/// `linear`: continuous, with kinks at the table's depths, error O(spacing^2). `monotoneCubic`: continuously differentiable,
/// monotone wherever the table is, so that a boundary that only falls stays so; error O(spacing^3) at least.
/// Source: Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5 (1984).
public struct BoundaryCurve: Equatable, Sendable {
  public enum Interpolation: String, CaseIterable, Sendable {
    case linear
    case monotoneCubic = "monotone-cubic"
  }

  public let depths: [Double]
  public let values: [Double]
  public let interpolation: Interpolation
  /// b' at the table's depths; of the cubic alone.
  private let slopes: [Double]

  /// - Throws: `InputError.usage` unless there are as many depths as values, at least one, finite, the depths ascending.
  public init(depths: [Double], values: [Double], interpolation: Interpolation = .linear) throws {
    guard depths.count == values.count, !depths.isEmpty else {
      throw InputError.usage(
        "the boundary has \(depths.count) depths and \(values.count) values; allowed: as many of both, at least one")
    }
    if let bad = depths.indices.first(where: { !depths[$0].isFinite || !values[$0].isFinite }) {
      throw InputError.usage(
        "row \(bad) of the boundary is (\(depths[bad]), \(values[bad])); allowed: finite numbers")
    }
    if let bad = depths.indices.dropFirst().first(where: { depths[$0] <= depths[$0 - 1] }) {
      throw InputError.value(depths[bad], of: "a depth of the boundary", allowed: "above \(depths[bad - 1])")
    }
    self.depths = depths
    self.values = values
    self.interpolation = interpolation
    slopes = interpolation == .linear ? [] : Self.monotoneSlopes(depths, values)
  }

  /// b(t).
  public func value(at depth: Double) -> Double {
    guard let (i, s, h) = place(depth) else { return depth < depths[0] ? values[0] : values[values.count - 1] }
    let (a, b) = (values[i], values[i + 1])
    guard interpolation == .monotoneCubic else { return a + s * (b - a) }
    let r = 1 - s
    let values = a * r * r * (1 + 2 * s) + b * s * s * (3 - 2 * s)
    return values + h * s * r * (slopes[i] * r - slopes[i + 1] * s)
  }

  /// b'(t); at a kink the slope to its right.
  public func slope(at depth: Double) -> Double {
    guard let (i, s, h) = place(depth) else { return 0 }
    let secant = (values[i + 1] - values[i]) / h
    guard interpolation == .monotoneCubic else { return secant }
    return 6 * s * (1 - s) * secant + slopes[i] * (1 - s) * (1 - 3 * s) + slopes[i + 1] * s * (3 * s - 2)
  }

  /// The table's interval that holds a depth, the share of it passed, and its length; nil beyond the ends.
  private func place(_ depth: Double) -> (interval: Int, share: Double, length: Double)? {
    guard depth >= depths[0], depth < depths[depths.count - 1] else { return nil }
    var (low, high) = (0, depths.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if depths[middle] <= depth { low = middle } else { high = middle }
    }
    let length = depths[high] - depths[low]
    return (low, (depth - depths[low]) / length, length)
  }

  /// Weighted harmonic means of the neighbouring secants; zero where they differ in sign, and flat ends only where the
  /// table is flat.
  private static func monotoneSlopes(_ depths: [Double], _ values: [Double]) -> [Double] {
    let n = depths.count
    guard n > 1 else { return [0] }
    let lengths = (0..<(n - 1)).map { depths[$0 + 1] - depths[$0] }
    let secants = (0..<(n - 1)).map { (values[$0 + 1] - values[$0]) / lengths[$0] }
    guard n > 2 else { return [secants[0], secants[0]] }
    func end(_ near: Int, _ next: Int) -> Double {
      let (h0, h1) = (lengths[near], lengths[next])
      let slope = ((2 * h0 + h1) * secants[near] - h0 * secants[next]) / (h0 + h1)
      if slope * secants[near] <= 0 { return 0 }
      return secants[near] * secants[next] < 0 && abs(slope) > 3 * abs(secants[near]) ? 3 * secants[near] : slope
    }
    let inner = (1..<(n - 1)).map { i -> Double in
      let (before, after) = (secants[i - 1], secants[i])
      guard before * after > 0 else { return 0 }
      let (w1, w2) = (2 * lengths[i] + lengths[i - 1], lengths[i] + 2 * lengths[i - 1])
      return (w1 + w2) / (w1 / before + w2 / after)
    }
    return [end(0, 1)] + inner + [end(n - 2, n - 3)]
  }
}
