import Foundation

/// A closed interval of reals whose operations round outwards: the result of the exact operation is always inside.
///
/// Sums and products are rounded to nearest and then moved to the next number outwards; `exp`, `cos` and `sin` are trusted to one
/// unit in the last place (glibc states less) and moved by two. Infinite ends mean unbounded; an operation that has no value
/// (infinity minus infinity) gives the whole line. Source: Moore, Kearfott and Cloud, "Introduction to Interval Analysis" (SIAM, 2009).
public struct OutwardInterval: Equatable, Sendable {
  public let lower: Double
  public let upper: Double

  /// A single number.
  @inlinable
  public init(_ point: Double) { (lower, upper) = (point, point) }

  @inlinable
  public init(lower: Double, upper: Double) {
    precondition(lower <= upper, "interval [\(lower), \(upper)]")
    self.lower = lower
    self.upper = upper
  }

  public static var wholeLine: OutwardInterval { OutwardInterval(lower: -.infinity, upper: .infinity) }

  @inlinable public var width: Double { upper - lower }
  /// The largest |x| inside.
  @inlinable public var magnitude: Double { max(abs(lower), abs(upper)) }
  /// A number inside, about the middle.
  @inlinable public var middle: Double {
    let half = 0.5 * lower + 0.5 * upper
    return min(max(half, lower), upper)
  }

  @inlinable public func contains(_ x: Double) -> Bool { lower <= x && x <= upper }

  /// The least interval that holds both.
  @inlinable public func hull(_ other: OutwardInterval) -> OutwardInterval {
    OutwardInterval(lower: min(lower, other.lower), upper: max(upper, other.upper))
  }

  /// The farthest that a number inside can be from `x`, rounded up.
  @inlinable public func distance(from x: Double) -> Double {
    let far = max(upper - x, x - lower)
    return far == 0 ? 0 : far.nextUp
  }

  // MARK: arithmetic

  /// From ends rounded to nearest.
  @usableFromInline
  static func outwards(_ lower: Double, _ upper: Double) -> OutwardInterval {
    guard lower <= upper else { return wholeLine }
    return OutwardInterval(lower: lower.nextDown, upper: upper.nextUp)
  }

  public static func + (a: OutwardInterval, b: OutwardInterval) -> OutwardInterval {
    outwards(a.lower + b.lower, a.upper + b.upper)
  }

  public static func - (a: OutwardInterval, b: OutwardInterval) -> OutwardInterval {
    outwards(a.lower - b.upper, a.upper - b.lower)
  }

  public static prefix func - (a: OutwardInterval) -> OutwardInterval {
    OutwardInterval(lower: -a.upper, upper: -a.lower)
  }

  public static func * (a: OutwardInterval, b: OutwardInterval) -> OutwardInterval {
    let (p, q, r, s) = (a.lower * b.lower, a.lower * b.upper, a.upper * b.lower, a.upper * b.upper)
    // zero times infinity
    if p.isNaN || q.isNaN || r.isNaN || s.isNaN { return wholeLine }
    return outwards(min(min(p, q), min(r, s)), max(max(p, q), max(r, s)))
  }

  public static func * (a: Double, b: OutwardInterval) -> OutwardInterval { OutwardInterval(a) * b }

  /// x^2, >= 0.
  public var square: OutwardInterval {
    let (a, b) = (lower * lower, upper * upper)
    let low = contains(0) ? 0 : min(a, b)
    return OutwardInterval(lower: max(0, low.nextDown), upper: max(a, b).nextUp)
  }

  // MARK: functions

  public func exponential() -> OutwardInterval {
    let (low, high) = (exp(lower), exp(upper))
    return OutwardInterval(lower: max(0, low.nextDown.nextDown), upper: high.nextUp.nextUp)
  }

  public func cosine() -> OutwardInterval { wave(cos, shift: 0) }

  public func sine() -> OutwardInterval { wave(sin, shift: 0.5) }

  /// `f` has its extremes (-1)^k at (k + shift) pi and is monotone between.
  private func wave(_ f: (Double) -> Double, shift: Double) -> OutwardInterval {
    let whole = OutwardInterval(lower: -1, upper: 1)
    guard width < 6.5, magnitude < 1e15 else { return whole }
    // quotients by pi are off by a few ulp: an extreme that may be inside counts as inside
    let slack = 4 * (magnitude / .pi + 1).ulp
    let first = (lower / .pi - shift - slack).rounded(.up)
    let last = (upper / .pi - shift + slack).rounded(.down)
    let (a, b) = (f(lower), f(upper))
    var low = max(-1, min(a, b).nextDown.nextDown)
    var high = min(1, max(a, b).nextUp.nextUp)
    if last - first >= 1 { return whole }
    if first <= last {
      let isEven = first.truncatingRemainder(dividingBy: 2) == 0
      if isEven { high = 1 } else { low = -1 }
    }
    return OutwardInterval(lower: low, upper: high)
  }
}
