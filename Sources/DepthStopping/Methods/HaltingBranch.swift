public import DepthDynamics
import Foundation

/// One curve b(t) of a halting boundary, with the depths over which it lives.
public struct HaltingBranch: Equatable, Sendable {
  public enum Curve: Equatable, Sendable {
    /// Interpolated between computed depths.
    case table(BoundaryCurve)
    /// Tabulated over `sqrt(T - t)`, in which boundaries are smooth at the horizon T.
    case depthToGoTable(BoundaryCurve, horizon: Double)
    /// A polynomial in a power of the depth to go.
    case polynomial(BoundaryPolynomial)
    /// Chebyshev panels over `sqrt(T - t)`.
    case panels(BoundaryPanels)
    /// The same at every depth.
    case constant(Double)
    /// `factor sqrt(offset + t)`: the boundary of a self-similar problem.
    case squareRoot(factor: Double, offset: Double)
  }

  public let curve: Curve
  /// Whether one stops below the curve (else above).
  public let stopsBelow: Bool
  /// First and last depth at which the branch exists.
  public let firstDepth: Double
  public let lastDepth: Double

  public init(_ curve: Curve, stopsBelow: Bool, from firstDepth: Double = 0, to lastDepth: Double = .infinity) {
    precondition(firstDepth <= lastDepth, "a branch from \(firstDepth) to \(lastDepth)")
    self.curve = curve
    self.stopsBelow = stopsBelow
    self.firstDepth = firstDepth
    self.lastDepth = lastDepth
  }

  /// b(t); nil where the branch does not exist.
  public func state(at depth: Double) -> Double? {
    guard firstDepth <= depth, depth <= lastDepth else { return nil }
    switch curve {
    case .table(let table): return table.value(at: depth)
    case .depthToGoTable(let table, let horizon): return table.value(at: max(0, horizon - depth).squareRoot())
    case .polynomial(let polynomial): return polynomial.state(at: depth)
    case .panels(let panels): return panels.state(at: depth)
    case .constant(let state): return state
    case .squareRoot(let factor, let offset): return factor * (offset + depth).squareRoot()
    }
  }
}

/// `b(t) = scale p(s)` or `scale exp(p(s))`, `s = ((T - t) / T)^exponent` in [0, 1], p a Chebyshev series on [0, 1].
public struct BoundaryPolynomial: Equatable, Sendable {
  /// `p(s) = sum_k a_k T_k(2 s - 1)`.
  public let coefficients: [Double]
  /// T.
  public let horizon: Double
  public let exponent: Double
  public let scale: Double
  public let isExponential: Bool

  public init(
    coefficients: [Double], horizon: Double, exponent: Double, scale: Double = 1, isExponential: Bool = false
  ) {
    precondition(!coefficients.isEmpty && horizon > 0 && exponent > 0, "an empty series or no horizon")
    self.coefficients = coefficients
    self.horizon = horizon
    self.exponent = exponent
    self.scale = scale
    self.isExponential = isExponential
  }

  /// b(t), 0 <= t <= T: Clenshaw's recurrence, O(degree).
  public func state(at depth: Double) -> Double {
    let share = max(0, min(1, (horizon - depth) / horizon))
    let u = 2 * pow(share, exponent) - 1
    var (last, beforeLast) = (0.0, 0.0)
    for k in stride(from: coefficients.count - 1, to: 0, by: -1) {
      (last, beforeLast) = (coefficients[k] + 2 * u * last - beforeLast, last)
    }
    let value = coefficients[0] + u * last - beforeLast
    return scale * (isExponential ? exp(value) : value)
  }
}
