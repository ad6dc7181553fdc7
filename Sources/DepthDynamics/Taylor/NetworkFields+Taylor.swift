extension TanhResidualField: TaylorField {
  public var isAutonomous: Bool { !core.dependsOnDepth }

  public func evaluate(depth: GradedSeries, state: [GradedSeries]) -> [GradedSeries] {
    let (d, m, algebra) = (core.dimension, core.width, depth.algebra)
    return parameters.withUnsafeBufferPointer { weights in
      let p = weights.baseAddress!
      let hidden = (0..<m).map { j in
        var argument = GradedSeries.combination(
          p + j * d, state, constant: p[core.offsetOfHiddenBias + j], in: algebra)
        if core.dependsOnDepth { argument = argument + p[core.offsetOfDepthWeights + j] * depth }
        return argument.hyperbolicTangent
      }
      return (0..<d).map { i in
        GradedSeries.combination(
          p + core.offsetOfOutputWeights + i * m, hidden, constant: p[core.offsetOfOutputBias + i], in: algebra)
      }
    }
  }
}

extension GradientFlowField: TaylorField {
  public var isAutonomous: Bool { true }

  public func evaluate(depth: GradedSeries, state: [GradedSeries]) -> [GradedSeries] {
    let (d, m, algebra) = (dimension, width, depth.algebra)
    return parameters.withUnsafeBufferPointer { weights in
      let p = weights.baseAddress!
      let hidden = (0..<m).map { j in
        GradedSeries.combination(p + j * d, state, constant: p[m * d + j], in: algebra).hyperbolicTangent
      }
      return (0..<d).map { i in -GradedSeries.combination(p + i, stride: d, hidden, constant: 0, in: algebra) }
    }
  }
}

/// Expansions hold up to the end of the block that is in force at the depth's value.
extension BlockwiseField: TaylorField where Block: TaylorField {
  public var isAutonomous: Bool { blocks.count == 1 && blocks[0].isAutonomous }

  public func evaluate(depth: GradedSeries, state: [GradedSeries]) -> [GradedSeries] {
    block(depth.value).evaluate(depth: depth, state: state)
  }
}
