/// A residual network as one field: `f_k` on the depths [k Delta, (k+1) Delta), the weights piecewise constant in depth.
///
/// Its explicit Euler scheme with step Delta is the network itself: `h_{k+1} = h_k + Delta f_k(h_k)`.
public struct BlockwiseField<Block: VectorField>: VectorField {
  public let blocks: [Block]
  /// Delta, the depth that one block spans.
  public let blockSize: Double

  public init(blocks: [Block], blockSize: Double) {
    precondition(!blocks.isEmpty && blockSize > 0, "\(blocks.count) blocks of size \(blockSize)")
    precondition(blocks.allSatisfy { $0.dimension == blocks[0].dimension }, "blocks differ in dimension")
    self.blocks = blocks
    self.blockSize = blockSize
  }

  public var dimension: Int { blocks[0].dimension }
  public var horizon: Double { Double(blocks.count) * blockSize }
  public var discontinuities: [Double] { (1..<blocks.count).map { Double($0) * blockSize } }

  /// The block in force just after `depth`. Depths within 1e-12 relative below a block's start belong to it, because
  /// k Delta and T k / L round differently; integrators stay 4e-12 below the end of a segment for the same reason.
  func block(_ depth: Double) -> Block { blocks[blockIndex(depth)] }

  private func blockIndex(_ depth: Double) -> Int {
    let position = depth / blockSize
    return max(0, min(blocks.count - 1, Int(position + 1e-12 * abs(position))))
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    block(depth).evaluate(depth: depth, state: state, into: result)
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    block(depth).applyJacobian(depth: depth, state: state, vector: vector, into: result)
  }

  public func depthDerivative(
    depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    block(depth).depthDerivative(depth: depth, state: state, into: result)
  }
}

/// Parameters: those of the blocks, one block after the other.
extension BlockwiseField: DifferentiableField where Block: DifferentiableField {
  public var parameters: [Double] { blocks.flatMap(\.parameters) }
  public var parameterCount: Int { blocks.reduce(0) { $0 + $1.parameterCount } }

  public func replacing(parameters: [Double]) -> BlockwiseField {
    var start = 0
    let replaced = blocks.map { block -> Block in
      let count = block.parameterCount
      defer { start += count }
      return block.replacing(parameters: Array(parameters[start..<(start + count)]))
    }
    return BlockwiseField(blocks: replaced, blockSize: blockSize)
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, cotangent: UnsafePointer<Double>,
    stateGradient: UnsafeMutablePointer<Double>, parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let index = blockIndex(depth)
    blocks[index].pullback(
      depth: depth, state: state, cotangent: cotangent, stateGradient: stateGradient,
      parameterGradient: parameterGradient.map { $0 + blocks[..<index].reduce(0) { $0 + $1.parameterCount } })
  }
}
