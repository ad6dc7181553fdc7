import Foundation

/// Diffusions whose state is a known function of a Gaussian: the exact law over any stretch of depth.
///
/// In the coordinate y the transition over Delta is Gaussian with mean `mean(y, Delta)` and standard deviation
/// `deviation(Delta)`.
public enum TransitionLaw: Equatable, Sendable {
  /// `dX = drift dt + noise dW`: y = x.
  case brownian(drift: Double, noise: Double)
  /// `dX = growth X dt + volatility X dW`: y = ln x.
  case lognormal(growth: Double, volatility: Double)
  /// `dX = -rate (X - center) dt + noise dW`: y = x.
  case ornsteinUhlenbeck(rate: Double, center: Double, noise: Double)

  /// y of a state.
  public func coordinate(_ state: Double) -> Double {
    switch self {
    case .brownian, .ornsteinUhlenbeck: state
    case .lognormal: log(state)
    }
  }

  /// The state of y.
  public func state(_ coordinate: Double) -> Double {
    switch self {
    case .brownian, .ornsteinUhlenbeck: coordinate
    case .lognormal: exp(coordinate)
    }
  }

  /// `E[y_Delta | y]`.
  public func mean(_ coordinate: Double, after depth: Double) -> Double {
    switch self {
    case .brownian(let drift, _): coordinate + drift * depth
    case .lognormal(let growth, let volatility): coordinate + (growth - 0.5 * volatility * volatility) * depth
    case .ornsteinUhlenbeck(let rate, let center, _): center + (coordinate - center) * exp(-rate * depth)
    }
  }

  /// The standard deviation of `y_Delta`.
  public func deviation(after depth: Double) -> Double {
    switch self {
    case .brownian(_, let noise): noise * depth.squareRoot()
    case .lognormal(_, let volatility): volatility * depth.squareRoot()
    case .ornsteinUhlenbeck(let rate, _, let noise):
      rate == 0 ? noise * depth.squareRoot() : noise * (-expm1(-2 * rate * depth) / (2 * rate)).squareRoot()
    }
  }
}
