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

extension BlockwiseField: LogarithmicNormBounded where Block: LogarithmicNormBounded {
  /// The largest of the blocks'.
  public func logarithmicNormBound(over region: StateRegion) throws -> LogarithmicNormBound {
    let bounds = try blocks.map { try $0.logarithmicNormBound(over: region) }
    let largest = bounds.max { $0.value < $1.value } ?? bounds[0]
    return LogarithmicNormBound(
      value: largest.value, argument: "the largest of \(blocks.count) blocks; " + largest.argument)
  }
}
