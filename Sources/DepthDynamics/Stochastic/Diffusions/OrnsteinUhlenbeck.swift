import Foundation

/// `dX = -a X dt + s dW` in R^d, a >= 0: a contracting residual flow with noise (`ou-contraction`); Brownian motion for a = 0.
///
/// `X_t` is normal, components independent, mean `e^(-a t) x`, variance `s^2 (1 - e^(-2 a t)) / (2 a)`, `s^2 t` for a = 0.
public struct OrnsteinUhlenbeck: Diffusion {
  public let dimension: Int
  /// a.
  public let contractionRate: Double
  /// s.
  public let noise: Double

  public init(dimension: Int = 1, contractionRate: Double, noise: Double) {
    precondition(
      dimension > 0 && contractionRate >= 0 && noise >= 0,
      "Ornstein-Uhlenbeck of dimension \(dimension), rate \(contractionRate), noise \(noise)")
    self.dimension = dimension
    self.contractionRate = contractionRate
    self.noise = noise
  }

  public var noiseDimension: Int { dimension }
  public var noiseStructure: NoiseStructure { .additive }
  public var noiseLayout: NoiseLayout { .diagonal }
  public var transitionExactness: TransitionExactness { contractionRate == 0 ? .pathwise : .law }

  public func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<(count * dimension) { result[i] = -contractionRate * states[i] }
  }

  public func noise(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    result.update(repeating: noise, count: count * dimension)
  }

  public func applyNoiseDerivative(
    depth: Double, states: UnsafePointer<Double>, directions: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    result.update(repeating: 0, count: count * dimension)
  }

  /// `(1 - e^(-2 a t)) / (2 a)`.
  private func spread(_ t: Double) -> Double {
    contractionRate == 0 ? t : -expm1(-2 * contractionRate * t) / (2 * contractionRate)
  }

  public func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments? {
    let decay = exp(-contractionRate * depth)
    return DiffusionMoments(
      mean: initial.map { decay * $0 },
      variance: [Double](repeating: noise * noise * spread(depth), count: dimension))
  }

  public func applyTransition(
    depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    let (decay, amplitude) = (exp(-contractionRate * step), noise * (spread(step) / step).squareRoot())
    for i in 0..<(count * dimension) { result[i] = decay * states[i] + amplitude * increments[i] }
  }
}
