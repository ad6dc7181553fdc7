import DepthRuns

/// The diffusion's own transition law, without discretisation error: for those that have one in closed form.
public struct ExactTransition: StochasticMethod {
  public init() {}

  public var name: String { "exact" }
  public var weakOrder: Double { .infinity }
  public func strongOrder(for structure: NoiseStructure) -> Double { .infinity }

  /// - Throws: `InputError.usage` for a diffusion without a closed form.
  public func requireApplicable<Law: Diffusion>(to diffusion: Law) throws {
    guard diffusion.transitionExactness != .unknown else {
      throw InputError.usage(
        "this diffusion has no transition in closed form, so method exact does not apply; use euler-maruyama or milstein"
      )
    }
  }

  public func scratchCount<Law: Diffusion>(for diffusion: Law, paths: Int) -> Int { 0 }

  public func advance<Law: Diffusion>(
    _ diffusion: Law, depth: Double, step: Double, states: UnsafePointer<Double>, increments: UnsafePointer<Double>,
    paths: Int, scratch: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    diffusion.applyTransition(
      depth: depth, step: step, states: states, increments: increments, count: paths, into: result)
  }
}
