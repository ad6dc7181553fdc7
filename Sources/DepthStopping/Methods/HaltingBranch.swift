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
    /// `sqrt(offset + t) b(ln(1 + t/offset))`: a curve of a self-similar problem in its own depth.
    indirect case selfSimilar(Curve, offset: Double)
    /// Another curve that starts later: `b(t - delay)`.
    indirect case delayed(Curve, by: Double)

    func state(at depth: Double) -> Double {
      switch self {
      case .table(let table): table.value(at: depth)
      case .depthToGoTable(let table, let horizon): table.value(at: max(0, horizon - depth).squareRoot())
      case .polynomial(let polynomial): polynomial.state(at: depth)
      case .panels(let panels): panels.state(at: depth)
      case .constant(let state): state
      case .squareRoot(let factor, let offset): factor * (offset + depth).squareRoot()
      case .selfSimilar(let curve, let offset):
        curve.state(at: log1p(depth / offset)) * (offset + depth).squareRoot()
      case .delayed(let curve, let delay): curve.state(at: depth - delay)
      }
    }
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
    return curve.state(at: depth)
  }
}

/// `b(t) = scale p(s)` or `scale exp(p(s))`, p a Chebyshev series in a variable s of the depth to go, in [0, 1], or
/// `sqrt((T - t)/T)` times such a series.
public struct BoundaryPolynomial: Equatable, Sendable {
  /// s of the depth to go T - t.
  public enum Variable: Equatable, Sendable {
    /// `((T - t)/T)^p`.
    case power(Double)
    /// `(asinh((l - c)/w) + asinh(c/w)) / N`, `l = ln(1 + sqrt(T - t)/a)`, N such that s(T) = 1.
    case turning(scale: Double, center: Double, width: Double)
  }

  /// `p(s) = sum_k a_k T_k(2 s - 1)`.
  public let coefficients: [Double]
  /// T.
  public let horizon: Double
  public let variable: Variable
  /// Whether p is `sqrt((T - t)/T)` times the series.
  public let hasRootFactor: Bool
  public let scale: Double
  public let isExponential: Bool

  public init(
    coefficients: [Double], horizon: Double, variable: Variable, hasRootFactor: Bool = false, scale: Double = 1,
    isExponential: Bool = false
  ) {
    precondition(!coefficients.isEmpty && horizon > 0, "an empty series or no horizon")
    self.coefficients = coefficients
    self.horizon = horizon
    self.variable = variable
    self.hasRootFactor = hasRootFactor
    self.scale = scale
    self.isExponential = isExponential
  }

  /// s at a depth.
  private func share(_ depth: Double) -> Double {
    let toGo = max(0, min(horizon, horizon - depth))
    switch variable {
    case .power(let exponent): return pow(toGo / horizon, exponent)
    case .turning(let scale, let center, let width):
      func position(_ toGo: Double) -> Double {
        asinh((log1p(toGo.squareRoot() / scale) - center) / width) + asinh(center / width)
      }
      return position(toGo) / position(horizon)
    }
  }

  /// b(t), 0 <= t <= T: Clenshaw's recurrence, O(degree).
  public func state(at depth: Double) -> Double {
    let u = 2 * share(depth) - 1
    var (last, beforeLast) = (0.0, 0.0)
    for k in stride(from: coefficients.count - 1, to: 0, by: -1) {
      (last, beforeLast) = (coefficients[k] + 2 * u * last - beforeLast, last)
    }
    var value = coefficients[0] + u * last - beforeLast
    if hasRootFactor { value *= (max(0, min(horizon, horizon - depth)) / horizon).squareRoot() }
    return scale * (isExponential ? exp(value) : value)
  }
}
