import Foundation

/// The variable s of the time to go in which an exercise boundary is nearly a polynomial on [0, 1].
///
/// For q <= r, `ln B ~ -sigma sqrt(tau ln(1/tau))` near expiry: `s = (tau/T)^(1/8)` makes it s^4 times a slow factor, whose Chebyshev
/// coefficients fall like n^-9 (n^-3 for the square root). For q > r, `ln(B/X) ~ -0.6388 sigma sqrt(tau)` is smooth in sqrt(tau) up
/// to a turn (`TimeToGoTurn`), above which it is as if q = r, smooth in ln(tau).
struct TimeToGoScale: Equatable, Sendable {
  /// T.
  let horizon: Double
  /// nil for the power 1/8.
  let turn: TimeToGoTurn?

  init(_ equation: PutEquation, horizon: Double) {
    self.horizon = horizon
    turn = equation.dividend > equation.rate ? TimeToGoTurn(equation, horizon: horizon) : nil
  }

  /// s of tau.
  func share(_ tau: Double) -> Double {
    if let turn { return turn.share(tau.squareRoot()) }
    return (tau / horizon).squareRoot().squareRoot().squareRoot()
  }

  /// tau of s.
  func timeToGo(_ share: Double) -> Double {
    if let turn {
      let root = turn.root(share)
      return root * root
    }
    let square = share * share
    return horizon * square * square * square * square
  }

  /// s of `u = ratio tau`, for many ratios of one tau.
  ///
  /// - Parameter powers: `power` of each ratio.
  func shares(_ share: Double, _ powers: UnsafePointer<Double>, into shares: UnsafeMutablePointer<Double>, count: Int) {
    if let turn {
      let root = turn.root(share)
      for k in 0..<count { shares[k] = turn.share(root * powers[k]) }
    } else {
      for k in 0..<count { shares[k] = share * powers[k] }
    }
  }

  /// What `shares` takes of u/tau.
  func power(_ ratio: Double) -> Double {
    turn == nil ? ratio.squareRoot().squareRoot().squareRoot() : ratio.squareRoot()
  }
}

/// `s = (asinh((l - c)/w) + asinh(c/w)) / N`, `l = ln(1 + sqrt(tau)/a)`: smooth in sqrt(tau) at 0, in ln(tau) far from it, with nodes
/// crowding where the boundary of a put with q > r turns.
///
/// Before the turn the kink of the reward at K > X = K r/q is felt by less than rounding: its weight `Phi(-D)`,
/// `D = ln(q/r)/(sigma sqrt(tau)) - 0.64`, meets that of the dividends, `q tau/2`, at tau*. D is 1 to 6, and `Phi(-D)/tau` turns round
/// in the complex plane at a distance of `w = pi/D^2` from the real `ln sqrt(tau)`: the distance of the singularities that
/// the map takes away. (Tee and Trefethen, SIAM J. Sci. Comput. 28 (2006) 1798, for maps by sinh.)
struct TimeToGoTurn: Equatable, Sendable {
  /// a, half of `sqrt(tau*)`.
  let scale: Double
  /// c, where `tau = tau*`.
  let center: Double
  /// w.
  let width: Double
  /// `asinh(c/w)`.
  let offset: Double
  /// N.
  let length: Double

  init(_ equation: PutEquation, horizon: Double) {
    let distance = log(1 / equation.limit) / equation.volatility
    var (depth, root) = (3.0, distance)
    for _ in 0..<40 {
      root = distance / max(depth - 0.64, 0.3)
      let weight = min(0.3, 0.5 * equation.dividend * root * root)
      // ln Phi(-D) ~ -D^2/2 - ln(D + 1.6) - 0.45 within a few per cent: where exactly does not matter
      let target = (-2 * (log(weight) + log(depth + 1.6) + 0.45)).squareRoot()
      depth = 0.5 * (depth + max(1, target.isFinite ? target : 1))
    }
    self.init(turn: root, width: .pi / (depth * depth), horizon: horizon)
  }

  private init(turn: Double, width: Double, horizon: Double) {
    scale = 0.5 * turn
    center = log1p(2)
    self.width = width
    offset = asinh(center / width)
    length = asinh((log1p(horizon.squareRoot() / scale) - center) / width) + offset
  }

  /// s of sqrt(tau).
  @inline(__always)
  func share(_ root: Double) -> Double {
    min(max((asinh((log1p(root / scale) - center) / width) + offset) / length, 0), 1)
  }

  /// sqrt(tau) of s.
  func root(_ share: Double) -> Double {
    max(0, scale * expm1(center + width * sinh(length * share - offset)))
  }
}
