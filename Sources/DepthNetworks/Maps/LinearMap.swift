public import DepthNumerics

/// `W x + b`: the first state of a vector, or states of another dimension. Parameters: W (out x in), b.
///
/// Without inputs it is the constant b: the state of a network that has not been shown anything yet.
public struct LinearMap: StateMap, Equatable {
  public let inputCount: Int
  public let outputCount: Int

  public init(inputCount: Int, outputCount: Int) {
    precondition(inputCount >= 0 && outputCount > 0, "\(inputCount) inputs, \(outputCount) outputs")
    self.inputCount = inputCount
    self.outputCount = outputCount
  }

  private var bias: Int { inputCount * outputCount }
  public var parameterCount: Int { bias + outputCount }
  public var operations: Double { 2 * Double(inputCount) * Double(outputCount) }
  public var decayedRanges: [Range<Int>] { [0..<bias] }

  /// Variance 1/inputs, biases zero.
  public func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {
    parameters.fill(normals: bias, deviation: 1 / Double(max(1, inputCount)).squareRoot(), &stream)
    (parameters + bias).update(repeating: 0, count: outputCount)
  }

  public func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    result.fill(rows: count, with: parameters + bias, count: outputCount)
    guard inputCount > 0 else { return }
    Scalar.multiply(
      rows: count, columns: outputCount, inner: inputCount, states, .normal, parameters, .transposed, beta: 1,
      into: result)
  }

  public func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    if let gradient {
      Scalar.Kernels.columnSums(count, outputCount, 1, cotangent, gradient + bias)
      if inputCount > 0 {
        Scalar.multiply(
          rows: outputCount, columns: inputCount, inner: count, cotangent, .transposed, states, .normal, beta: 1,
          into: gradient)
      }
    }
    guard let stateGradient, inputCount > 0 else { return }
    Scalar.multiply(
      rows: count, columns: inputCount, inner: outputCount, cotangent, .normal, parameters, .normal, beta: 1,
      into: stateGradient)
  }
}

extension UnsafeMutablePointer where Pointee == Double {
  /// Independent normals with mean zero.
  func fill(normals count: Int, deviation: Double, _ stream: inout RandomStream) {
    for (index, draw) in stream.normals(count).enumerated() { self[index] = deviation * draw }
  }
}

extension UnsafeMutablePointer {
  /// The same row, several times.
  func fill(rows: Int, with row: UnsafePointer<Pointee>, count: Int) {
    for index in 0..<rows { (self + index * count).update(from: row, count: count) }
  }
}
