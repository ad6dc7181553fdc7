extension VariationalInequality {
  /// The same with every coefficient as it is at one depth.
  func frozen(at depth: Double) -> VariationalInequality {
    dependsOnDepth ? VariationalInequality(self, frozenAt: depth) : self
  }

  private init(_ moving: VariationalInequality, frozenAt depth: Double) {
    drift = moving.drift.frozen(at: depth)
    diffusion = moving.diffusion.frozen(at: depth)
    discount = moving.discount.frozen(at: depth)
    cost = moving.cost.frozen(at: depth)
    loss = ScalarLoss(
      value: moving.loss.value.frozen(at: depth), derivative: moving.loss.derivative.frozen(at: depth),
      curvature: moving.loss.curvature.frozen(at: depth),
      depthDerivative: moving.loss.depthDerivative.frozen(at: depth), kinks: moving.loss.kinks)
    (lower, upper, lowerEnd, upperEnd) = (moving.lower, moving.upper, moving.lowerEnd, moving.upperEnd)
    (horizon, structure, sign, map) = (moving.horizon, moving.structure, moving.sign, moving.map)
  }
}

extension ScalarFunction {
  func frozen(at depth: Double) -> ScalarFunction {
    dependsOnDepth ? ScalarFunction { _, x in self(depth, x) } : self
  }
}
