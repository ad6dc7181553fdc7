import DepthNumerics
import Foundation

/// Deterministic returns: block k lowers the loss by `delta_k`, from `g_0` on. T2 is tight here: tau* = K(c).
public struct GainSequence: Equatable, Sendable {
  public enum Law: Equatable, Sendable {
    /// `delta_k = scale ratio^k`, 0 < ratio < 1.
    case geometric(scale: Double, ratio: Double)
    /// `delta_k = scale (k + 1)^-power`, power > 0.
    case power(scale: Double, power: Double)
  }

  public let law: Law
  public init(_ law: Law) { self.law = law }

  /// `delta_0, ..., delta_{count-1}`; the geometric law by repeated multiplication, exact for dyadic parameters.
  public func gains(_ count: Int) -> [Double] {
    var gains: [Double] = []
    gains.reserveCapacity(count)
    switch law {
    case .geometric(let scale, let ratio):
      var gain = scale
      for _ in 0..<count {
        gains.append(gain)
        gain *= ratio
      }
    case .power(let scale, let power):
      for k in 0..<count { gains.append(scale * pow(Double(k + 1), -power)) }
    }
    return gains
  }

  /// Blocks after which every gain is at most `cost`, with a margin: enough for the recursion to be exact.
  ///
  /// O(ln(A/c) / ln(1/ratio)) or O((A/c)^(1/p)); nil above ten million blocks.
  public func sufficientDepth(cost: Double) -> Int? {
    let depth: Double =
      switch law {
      case .geometric(let scale, let ratio): log(scale / cost) / -log(ratio)
      case .power(let scale, let power): pow(scale / cost, 1 / power)
      }
    guard depth < 1e7 else { return nil }
    return depth > 0 ? Int(depth) + 3 : 3
  }

  /// `inf g`: 0, or minus infinity where the gains' sum diverges (power <= 1).
  public var infimum: Double {
    if case .power(_, let power) = law, power <= 1 { return -.infinity }
    return 0
  }

  /// `g_0`: the sum of all gains, so that g decreases to 0; 0 by convention where the sum diverges.
  public var initialLoss: Double {
    switch law {
    case .geometric(let scale, let ratio): scale / (1 - ratio)
    case .power(let scale, let power): power > 1 ? scale * SpecialFunctions.zeta(power) : 0
    }
  }

  /// `g_k`, summed from `g_0` downwards.
  func loss(after blocks: Int) -> Double { gains(blocks).reduce(initialLoss, -) }
}
