import Foundation

/// The law of a diffusion's state after one block, exact for any length of the block: what block-wise stopping needs.
///
/// Each case has a coordinate y in which the law is Gaussian, or near to it, with a spread that does not depend on y.
public enum ExactTransition: Equatable, Sendable {
  case gaussian(TransitionLaw)
  /// `dpi = rho pi (1 - pi) dW`, y = ln(pi/(1 - pi)). Given the truth, y is Brownian with drift +-rho^2/2 and noise rho; their
  /// mixture has the density `phi((z - y)/s)/s e^(-s^2/8) cosh(z/2)/cosh(y/2)`, s = rho sqrt(Delta).
  case posterior(signalToNoise: Double)
  /// y = |X| for `dX = -rate X dt + noise dW` in R^dimension: a noncentral chi law; rate 0 is Brownian motion.
  case radial(rate: Double, noise: Double, dimension: Int)

  /// y of a state.
  public func coordinate(_ state: Double) -> Double {
    switch self {
    case .gaussian(let law): law.coordinate(state)
    case .posterior: log(state / (1 - state))
    case .radial: state
    }
  }

  /// The state of y.
  public func state(_ coordinate: Double) -> Double {
    switch self {
    case .gaussian(let law): law.state(coordinate)
    case .posterior: 1 / (1 + exp(-coordinate))
    case .radial: coordinate
    }
  }

  /// The standard deviation that one component gathers over a depth, the coordinate's unit of length.
  public func deviation(after depth: Double) -> Double {
    switch self {
    case .gaussian(let law): law.deviation(after: depth)
    case .posterior(let rho): rho * depth.squareRoot()
    case .radial(let rate, let noise, _):
      TransitionLaw.ornsteinUhlenbeck(rate: rate, center: 0, noise: noise).deviation(after: depth)
    }
  }
}
