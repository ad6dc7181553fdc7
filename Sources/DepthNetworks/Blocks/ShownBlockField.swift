public import DepthDynamics

/// A block that is shown one more row of the inputs, as a vector field: `f(h) = s / Delta + f_k(h + s)`, s = W_s x_k.
///
/// Its Euler step of size Delta is the network's, `(h + s) + Delta f_k(h + s)`, but for rounding.
public struct ShownBlockField: VectorField {
  public let block: BlockField
  /// s; zeros beyond the last row.
  public let shift: [Double]
  public let blockSize: Double

  public var dimension: Int { block.dimension }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    withShifted(state) { block.evaluate(depth: depth, state: $0, into: result) }
    for i in 0..<dimension { result[i] += shift[i] / blockSize }
  }

  public func applyJacobian(
    depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    withShifted(state) { block.applyJacobian(depth: depth, state: $0, vector: vector, into: result) }
  }

  public func jacobian(depth: Double, state: UnsafePointer<Double>, into columns: UnsafeMutablePointer<Double>) {
    withShifted(state) { block.jacobian(depth: depth, state: $0, into: columns) }
  }

  private func withShifted(_ state: UnsafePointer<Double>, _ body: (UnsafePointer<Double>) -> Void) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: dimension) { buffer in
      for i in 0..<dimension { buffer[i] = state[i] + shift[i] }
      body(buffer.baseAddress!)
    }
  }
}

extension ResidualNetwork {
  /// The blocks of a network with shown inputs as one field in depth, for one sample's inputs.
  public func field(showing input: [Double]) -> BlockwiseField<ShownBlockField> {
    guard let shown = architecture.shown else { preconditionFailure("the network has no shown inputs") }
    precondition(input.count == shown.inputCount, "\(input.count) inputs, the network takes \(shown.inputCount)")
    let (d, start) = (architecture.stages[0].stateCount, architecture.layout.shown)
    let blocks = weights(ofStage: 0).enumerated().map { k, weights in
      let shift = (0..<d).map { i in
        k >= shown.steps
          ? 0
          : (0..<shown.count).reduce(0.0) {
            $0 + parameters[start + i * shown.count + $1] * input[k * shown.count + $1]
          }
      }
      return ShownBlockField(
        block: BlockField(kind: architecture.stages[0].block, parameters: weights), shift: shift,
        blockSize: architecture.blockSize)
    }
    return BlockwiseField(blocks: blocks, blockSize: architecture.blockSize)
  }
}
