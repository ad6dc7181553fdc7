import DepthDynamics

extension StoppingProblem {
  /// The same problem from depth T - `stretch` on, depths counted from there.
  func lastStretch(_ stretch: Double) throws -> StoppingProblem {
    guard case .diffusion(let process, let loss) = dynamics, let horizon else {
      throw StoppingError("\(name) is no scalar diffusion with a horizon")
    }
    let by = horizon - stretch
    let later = ScalarDiffusion(
      drift: process.drift.delayed(by), diffusion: process.diffusion.delayed(by), lower: process.lower,
      upper: process.upper, lowerEnd: process.lowerEnd, upperEnd: process.upperEnd, reduction: process.reduction)
    let moved = ScalarLoss(
      value: loss.value.delayed(by), derivative: loss.derivative.delayed(by), curvature: loss.curvature.delayed(by),
      depthDerivative: loss.depthDerivative.delayed(by), kinks: loss.kinks)
    return try StoppingProblem(
      name: name, parameters: parameters, dynamics: .diffusion(later, moved), sense: sense,
      cost: .rate(cost.function.delayed(by), least: cost.least), discount: discount.delayed(by), horizon: stretch)
  }
}

extension ScalarFunction {
  /// `(t, x) -> f(t + delay, x)`.
  func delayed(_ delay: Double) -> ScalarFunction {
    guard dependsOnDepth else { return self }
    return ScalarFunction(
      dependsOnDepth: true, blockwise: { t, x, n, out in self.fill(depth: t + delay, states: x, count: n, into: out) },
      { t, x in self(t + delay, x) })
  }
}
