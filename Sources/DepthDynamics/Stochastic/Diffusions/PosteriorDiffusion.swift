import Foundation

/// The posterior probability of a signal in Brownian noise: `dpi = lambda (1 - pi) dt + rho pi (1 - pi) dW` on [0, 1].
///
/// `sequential-test` for lambda = 0 (the signal is there or not), `quickest-detection` for lambda > 0 (it appears at an
/// exponential time). `E pi_t = 1 - (1 - pi_0) e^(-lambda t)`: a martingale for lambda = 0. A step that leaves [0, 1] is
/// put back on its end, which biases coarse steps (`rho sqrt(step)` near 1) and is counted.
/// Source: Peskir and Shiryaev, "Optimal Stopping and Free-Boundary Problems" (2006), sections 21 and 22.
public struct PosteriorDiffusion: Diffusion {
  /// lambda.
  public let hazard: Double
  /// rho.
  public let signalToNoise: Double

  public init(hazard: Double = 0, signalToNoise: Double) {
    precondition(hazard >= 0 && signalToNoise >= 0, "hazard \(hazard), signal to noise \(signalToNoise)")
    self.hazard = hazard
    self.signalToNoise = signalToNoise
  }

  public var dimension: Int { 1 }
  public var noiseDimension: Int { 1 }
  public var noiseStructure: NoiseStructure { .diagonal }
  public var noiseLayout: NoiseLayout { .diagonal }
  public var stateSpace: String { "a probability, 0 to 1" }

  public func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { result[i] = hazard * (1 - states[i]) }
  }

  public func noise(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { result[i] = signalToNoise * states[i] * (1 - states[i]) }
  }

  public func applyNoiseDerivative(
    depth: Double, states: UnsafePointer<Double>, directions: UnsafePointer<Double>, count: Int,
    into result: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { result[i] = signalToNoise * (1 - 2 * states[i]) * directions[i] }
  }

  public func confine(_ states: UnsafeMutablePointer<Double>, count: Int) -> Int {
    var moved = 0
    for i in 0..<count where states[i] < 0 || states[i] > 1 {
      states[i] = states[i] < 0 ? 0 : 1
      moved += 1
    }
    return moved
  }

  public func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments? {
    DiffusionMoments(mean: [1 - (1 - initial[0]) * exp(-hazard * depth)], variance: nil)
  }
}
