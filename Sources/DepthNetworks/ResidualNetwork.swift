public import DepthDynamics
import DepthNumerics
import DepthRuns
public import Foundation

/// A residual network with a head and a gate on every exit: shape and parameters, a plain value.
public struct ResidualNetwork: Equatable, Sendable {
  public let shape: ResidualNetworkShape
  public internal(set) var parameters: [Double]

  public init(shape: ResidualNetworkShape, parameters: [Double]) {
    precondition(
      parameters.count == shape.parameterCount, "\(parameters.count) parameters, the shape has \(shape.parameterCount)")
    self.shape = shape
    self.parameters = parameters
  }

  /// Seeded weights: variance 1/fan-in for W_e, W1 and the heads; W2 smaller by sqrt(L), so that the sum of L blocks is of the
  /// size of the embedding; biases zero; gates start at `initialGate`, far from halting at once.
  public init(shape: ResidualNetworkShape, seed: UInt64, initialGate: Double = -3) {
    var stream = RandomStream(seed: seed, stream: RandomPurpose.initialisation.stream(0))
    var parameters = [Double](repeating: 0, count: shape.parameterCount)
    func fill(_ start: Int, _ count: Int, _ scale: Double) {
      for (offset, draw) in stream.normals(count).enumerated() { parameters[start + offset] = scale * draw }
    }
    let (d, m) = (shape.stateDimension, shape.width)
    fill(0, d * shape.inputCount, 1 / Double(shape.inputCount).squareRoot())
    for k in 0..<shape.blocks {
      fill(shape.block(k), m * d, 1 / Double(d).squareRoot())
      fill(
        shape.block(k) + shape.core.offsetOfOutputWeights, d * m,
        1 / (Double(m) * Double(shape.blocks)).squareRoot() / shape.blockSize)
    }
    for k in 0..<shape.exits { fill(shape.head(k), shape.classCount * d, 0.1 / Double(d).squareRoot()) }
    for k in 0..<shape.blocks { parameters[shape.gateBias(k)] = initialGate }
    self.init(shape: shape, parameters: parameters)
  }

  /// The blocks as one vector field in depth: Euler with L steps over [0, T] is this network.
  public var field: BlockwiseField<TanhResidualField> {
    let size = shape.core.parameterCount
    return BlockwiseField(
      blocks: (0..<shape.blocks).map {
        TanhResidualField(core: shape.core, parameters: Array(parameters[shape.block($0)..<(shape.block($0) + size)]))
      }, blockSize: shape.blockSize)
  }

  /// `h_0` of one input.
  public func embed(_ input: [Double]) -> [Double] {
    precondition(input.count == shape.inputCount, "\(input.count) inputs, the network takes \(shape.inputCount)")
    let d = shape.stateDimension
    var state = Array(parameters[shape.embeddingBias..<(shape.embeddingBias + d)])
    BLAS.multiply(rows: d, columns: shape.inputCount, parameters, vector: input, beta: 1, into: &state)
    return state
  }

  /// U_k, classes x d.
  public func headWeights(_ exit: Int) -> [Double] {
    Array(parameters[shape.head(exit)..<shape.headBias(exit)])
  }
}

extension ResidualNetwork {
  /// Arrays for a `.npz` file: `shape` (inputs, d, m, L, classes), `depth_horizon`, `parameters`.
  public var archive: [String: NumericArray] {
    [
      "shape": NumericArray(
        [shape.inputCount, shape.stateDimension, shape.width, shape.blocks, shape.classCount].map(Double.init)),
      "depth_horizon": NumericArray([shape.depthHorizon]), "parameters": NumericArray(parameters),
    ]
  }

  /// Reads what `archive` holds.
  ///
  /// - Throws: `InputError.data` naming what is missing, misshapen or not finite.
  public init(contentsOf url: URL) throws {
    let arrays = try ArrayArchive.read(url)
    func array(_ name: String, _ count: Int?) throws -> [Double] {
      guard let array = arrays[name] else { throw InputError.data("\(url.path) has no array '\(name)'") }
      try array.require(shape: [count], name: name)
      try array.requireFinite(name: name)
      return array.values
    }
    let sizes = try array("shape", 5).map { value in
      guard let size = Int(exactly: value), size > 0, size < 1 << 20 else {
        throw InputError.data("\(url.path): a size in 'shape' is \(value); allowed: positive integers below 2^20")
      }
      return size
    }
    guard sizes.map(Double.init).reduce(1, *) < 1e15 else {
      throw InputError.data("\(url.path): the sizes \(sizes) in 'shape' are too large")
    }
    let horizon = try array("depth_horizon", 1)[0]
    guard horizon > 0, sizes[4] > 1 else { throw InputError.data("\(url.path): depth_horizon or classes out of range") }
    let shape = ResidualNetworkShape(
      inputCount: sizes[0], stateDimension: sizes[1], width: sizes[2], blocks: sizes[3], depthHorizon: horizon,
      classCount: sizes[4])
    self.init(shape: shape, parameters: try array("parameters", shape.parameterCount))
  }
}
