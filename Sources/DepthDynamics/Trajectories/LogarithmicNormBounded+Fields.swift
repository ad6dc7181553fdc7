extension LinearDecayField: LogarithmicNormBounded {
  public func logarithmicNormBound(over region: StateRegion) -> LogarithmicNormBound {
    LogarithmicNormBound(value: -(rates.min() ?? 0), argument: "J = -diag(a): mu_2 = -min a, exact")
  }
}

extension TanhResidualField: LogarithmicNormBounded {
  public func logarithmicNormBound(over region: StateRegion) throws -> LogarithmicNormBound {
    func part(_ offset: Int, _ count: Int) -> [Double] { Array(parameters[offset..<(offset + count)]) }
    let (d, m) = (core.dimension, core.width)
    let input = part(0, m * d)
    let slopes = region.tanhSlopes(
      weights: input, bias: part(core.offsetOfHiddenBias, m),
      depthWeights: core.dependsOnDepth ? part(core.offsetOfDepthWeights, m) : nil)
    return try SaturatingJacobianBound(
      output: part(core.offsetOfOutputWeights, d * m), input: input, dimension: d, width: m
    ).bound(slopes: slopes)
  }
}

extension GradientFlowField: LogarithmicNormBounded {
  /// J is symmetric: `mu_2 = -lambda_min(W^T D W) <= 0`, largest for the least slopes.
  public func logarithmicNormBound(over region: StateRegion) throws -> LogarithmicNormBound {
    let (d, m) = (dimension, width)
    let (weights, bias) = (Array(parameters[0..<(m * d)]), Array(parameters[(m * d)...]))
    let slopes = region.tanhSlopes(weights: weights, bias: bias, depthWeights: nil)
    let output = (0..<(d * m)).map { -weights[$0 % m * d + $0 / m] }
    let bound = SaturatingJacobianBound(output: output, input: weights, dimension: d, width: m)
    return LogarithmicNormBound(
      value: try bound.majorant(slopes),
      argument: "J = -W^T D W is negative semidefinite: mu_2 is largest for the least slopes D in the region")
  }
}

extension BlockwiseField: LogarithmicNormBounded where Block: LogarithmicNormBounded {
  /// The largest of the blocks'.
  public func logarithmicNormBound(over region: StateRegion) throws -> LogarithmicNormBound {
    let bounds = try blocks.map { try $0.logarithmicNormBound(over: region) }
    let largest = bounds.max { $0.value < $1.value } ?? bounds[0]
    return LogarithmicNormBound(
      value: largest.value, argument: "the largest of \(blocks.count) blocks; " + largest.argument)
  }
}
