import Foundation

/// A vector field with isotropic noise, `dh = f(t, h) dt + s dW` in R^d: the limit of a residual network with noise
/// `s sqrt(Delta)` in every component of every block.
public struct NoisyField<Field: VectorField>: Diffusion {
  public let field: Field
  /// s.
  public let noise: Double

  public init(field: Field, noise: Double) {
    precondition(noise >= 0 && noise.isFinite, "noise \(noise)")
    self.field = field
    self.noise = noise
  }

  public var dimension: Int { field.dimension }
  public var noiseDimension: Int { field.dimension }
  public var noiseStructure: NoiseStructure { noise == 0 ? .none : .additive }
  public var noiseLayout: NoiseLayout { .diagonal }
  public var discontinuities: [Double] { field.discontinuities }

  public func drift(
    depth: Double, states: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
  ) {
    field.evaluate(depth: depth, states: states, count: count, into: result)
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

  /// Of `flow-decay` and `anisotropic-decay`, whose components are Ornstein-Uhlenbeck processes.
  public func moments(at depth: Double, from initial: [Double]) -> DiffusionMoments? {
    guard let decay = field as? LinearDecayField else { return nil }
    return DiffusionMoments(
      mean: zip(decay.rates, initial).map { exp(-$0 * depth) * $1 },
      variance: decay.rates.map { rate in
        noise * noise * (rate == 0 ? depth : -expm1(-2 * rate * depth) / (2 * rate))
      })
  }
}
