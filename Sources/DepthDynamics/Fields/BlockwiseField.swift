/// A residual network as one field: `f_k` on the depths [k Delta, (k+1) Delta), the weights piecewise constant in depth.
///
/// Its explicit Euler scheme with step Delta is the network itself: `h_{k+1} = h_k + Delta f_k(h_k)`.
public struct BlockwiseField<Block: VectorField>: VectorField {
  public let blocks: [Block]
  /// Delta, the depth that one block spans.
  public let blockSize: Double
  /// Where each block's parameters begin, and their number; of blocks that have none, zeros.
  fileprivate let parameterOffsets: [Int]
  /// The most that a block keeps: each has the room of the largest.
  fileprivate let largestActivationCount: Int

  public init(blocks: [Block], blockSize: Double) {
    precondition(!blocks.isEmpty && blockSize > 0, "\(blocks.count) blocks of size \(blockSize)")
    precondition(blocks.allSatisfy { $0.dimension == blocks[0].dimension }, "blocks differ in dimension")
    self.blocks = blocks
    self.blockSize = blockSize
    var offsets = [0]
    offsets.reserveCapacity(blocks.count + 1)
    var largest = 0
    for block in blocks {
      let differentiable = block as? any DifferentiableField
      offsets.append(offsets[offsets.count - 1] + (differentiable?.parameterCount ?? 0))
      largest = max(largest, differentiable?.activationCount ?? 0)
    }
    parameterOffsets = offsets
    largestActivationCount = largest
  }

  public var dimension: Int { blocks[0].dimension }
  public var horizon: Double { Double(blocks.count) * blockSize }
  public var discontinuities: [Double] { (1..<blocks.count).map { Double($0) * blockSize } }

  /// The block in force just after `depth`. Depths within 1e-12 relative below a block's start belong to it, because
  /// k Delta and T k / L round differently; integrators stay 4e-12 below the end of a segment for the same reason.
  func block(_ depth: Double) -> Block { blocks[blockIndex(depth)] }

  fileprivate func blockIndex(_ depth: Double) -> Int {
    let position = depth / blockSize
    return Int(max(0, min(Double(blocks.count - 1), position + 1e-12 * abs(position))))
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    block(depth).evaluate(depth: depth, state: state, into: result)
  }

  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    if let index = commonBlock(depths) {
      return blocks[index].evaluateLanes(depths: depths, states: states, into: result)
    }
    evaluateLaneByLane(depths: depths, states: states, into: result)
  }

  /// The block in which all eight depths lie; nil when they lie in several.
  fileprivate func commonBlock(_ depths: UnsafePointer<Double>) -> Int? {
    let index = blockIndex(depths[0])
    for lane in 1..<Lanes.count where blockIndex(depths[lane]) != index { return nil }
    return index
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
  public var parameterCount: Int { parameterOffsets[blocks.count] }

  public func replacing(parameters: [Double]) -> BlockwiseField {
    let replaced = blocks.indices.map { index in
      blocks[index].replacing(parameters: Array(parameters[parameterOffsets[index]..<parameterOffsets[index + 1]]))
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
      parameterGradient: parameterGradient.map { $0 + parameterOffsets[index] })
  }

  /// The largest block's; the others leave some of it unused.
  public var activationCount: Int { largestActivationCount }

  public func evaluate(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    block(depth).evaluate(depth: depth, state: state, activations: activations, into: result)
  }

  public func pullback(
    depth: Double, state: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangent: UnsafePointer<Double>, stateGradient: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    let index = blockIndex(depth)
    blocks[index].pullback(
      depth: depth, state: state, activations: activations, cotangent: cotangent, stateGradient: stateGradient,
      parameterGradient: parameterGradient.map { $0 + parameterOffsets[index] })
  }

  /// - Precondition: the eight depths lie in one block, as those of a chunk with one step length do.
  public func evaluateLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafeMutablePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    guard let index = commonBlock(depths) else {
      preconditionFailure("depths \(depths[0]) to \(depths[7]) lie in several blocks of size \(blockSize)")
    }
    blocks[index].evaluateLanes(depths: depths, states: states, activations: activations, into: result)
  }

  /// - Precondition: as for the evaluation.
  public func pullbackLanes(
    depths: UnsafePointer<Double>, states: UnsafePointer<Double>, activations: UnsafePointer<Double>,
    cotangents: UnsafePointer<Double>, stateGradients: UnsafeMutablePointer<Double>,
    parameterGradient: UnsafeMutablePointer<Double>?
  ) {
    guard let index = commonBlock(depths) else {
      preconditionFailure("depths \(depths[0]) to \(depths[7]) lie in several blocks of size \(blockSize)")
    }
    blocks[index].pullbackLanes(
      depths: depths, states: states, activations: activations, cotangents: cotangents,
      stateGradients: stateGradients, parameterGradient: parameterGradient.map { $0 + parameterOffsets[index] })
  }
}
