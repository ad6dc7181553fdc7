import Foundation

/// `dS = mu S dt + sigma S dW`: the asset of `american-put` with `mu = r - q`, or a linear network's squared norm.
///
/// `S_t = S_0 exp((mu - sigma^2/2) t + sigma W_t)`, mean `S_0 e^(mu t)`, variance `S_0^2 e^(2 mu t) (e^(sigma^2 t) - 1)`.
public struct GeometricBrownianMotion: Diffusion {
  /// mu.
  public let growthRate: Double
  /// sigma.
  public let volatility: Double

  public init(growthRate: Double, volatility: Double) {
    precondition(growthRate.isFinite && volatility >= 0, "growth \(growthRate), volatility \(volatility)")
    self.growthRate = growthRate
    self.volatility = volatility
  }

  public var dimension: Int { 1 }
  public var noiseDimension: Int { 1 }
  public var noiseStructure: NoiseStructure { .diagonal }
  public var noiseLayout: NoiseLayout { .diagonal }
  public var transitionExactness: TransitionExactness { .pathwise }

  public func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { result[i] = growthRate * states[i] }
  }

  public func noise(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { result[i] = volatility * states[i] }
  }

  public func applyNoiseDerivative(
    depth: Double, states: UnsafePointer<Double>, directions: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { result[i] = volatility * directions[i] }
  }

  public func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments? {
    let mean = initial[0] * exp(growthRate * depth)
    return DiffusionMoments(mean: [mean], variance: [mean * mean * expm1(volatility * volatility * depth)])
  }

  public func applyTransition(
    depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    let growth = (growthRate - volatility * volatility / 2) * step
    for i in 0..<count { result[i] = states[i] * exp(growth + volatility * increments[i]) }
  }
}
