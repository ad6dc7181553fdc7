import DepthNumerics
import Testing

@testable import DepthNetworks

/// A block or a map as a function of parameters and states, for tests of its derivatives.
struct DifferentiableMap {
  let inputCount: Int
  let outputCount: Int
  let parameterCount: Int
  let parameters: [Double]
  let evaluate: ([Double], [Double], Int) -> [Double]
  let evaluateSingle: ([Float], [Float], Int) -> [Float]
  /// Gradients of the parameters and the states.
  let pullback: ([Double], [Double], [Double]) -> ([Double], [Double])
  let pullbackSingle: ([Float], [Float], [Float]) -> ([Float], [Float])

  init(_ map: some StateMap) {
    var stream = RandomStream(seed: 3)
    var start = [Double](repeating: 0, count: map.parameterCount)
    start.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { map.initialise(base, stream: &stream) } }
    parameters = zip(start, stream.normals(start.count)).map { $0 + 0.1 * $1 }
    (inputCount, outputCount, parameterCount) = (map.inputCount, map.outputCount, map.parameterCount)
    evaluate = { Self.run(map, $0, $1, $2) }
    evaluateSingle = { Self.run(map, $0, $1, $2) }
    pullback = { Self.back(map, $0, $1, $2) }
    pullbackSingle = { Self.back(map, $0, $1, $2) }
  }

  /// `scale` is the one that `ResidualBlock.pullback` takes; the derivatives are divided by it again.
  init(_ block: some ResidualBlock) { self.init(BlockAsMap(block: block)) }

  private static func run<Scalar: MatrixScalar>(
    _ map: some StateMap, _ parameters: [Scalar], _ states: [Scalar], _ count: Int
  ) -> [Scalar] {
    var scratch = [Scalar](repeating: 0, count: max(1, map.scratchCount * count))
    return scratch.withUnsafeMutableBufferPointer { scratch in
      let workspace = map.makeWorkspace(capacity: count, scratch: scratch.baseAddress!)
      var result = [Scalar](repeating: .nan, count: map.outputCount * count)
      map.evaluate(parameters, states: states, count: count, workspace: workspace, into: &result)
      return result
    }
  }

  private static func back<Scalar: MatrixScalar>(
    _ map: some StateMap, _ parameters: [Scalar], _ states: [Scalar], _ cotangent: [Scalar]
  ) -> ([Scalar], [Scalar]) {
    let count = states.count / map.inputCount
    var scratch = [Scalar](repeating: 0, count: max(1, map.scratchCount * count))
    return scratch.withUnsafeMutableBufferPointer { scratch in
      let workspace = map.makeWorkspace(capacity: count, scratch: scratch.baseAddress!)
      var result = [Scalar](repeating: .nan, count: map.outputCount * count)
      var gradient = [Scalar](repeating: 0, count: max(1, map.parameterCount))
      var stateGradient = [Scalar](repeating: 0, count: states.count)
      map.evaluate(parameters, states: states, count: count, workspace: workspace, into: &result)
      map.pullback(
        parameters, states: states, count: count, workspace: workspace, cotangent: cotangent, gradient: &gradient,
        stateGradient: &stateGradient)
      // each alone is the same as both
      var (alone, states_) = ([Scalar](repeating: 0, count: gradient.count), stateGradient.map { _ in Scalar(0) })
      map.pullback(
        parameters, states: states, count: count, workspace: workspace, cotangent: cotangent, gradient: nil,
        stateGradient: &states_)
      #expect(states_ == stateGradient)
      map.pullback(
        parameters, states: states, count: count, workspace: workspace, cotangent: cotangent, gradient: &alone,
        stateGradient: nil)
      #expect(alone == gradient)
      return (Array(gradient.prefix(map.parameterCount)), stateGradient)
    }
  }

  /// Both gradients of `<cotangent, map>` against central differences at `points` places each, to 1e-6 of the largest.
  func expectGradients(points: Int, step: Double = 1e-6, _ name: String) {
    var stream = RandomStream(seed: 4)
    let states = stream.normals(2 * inputCount)
    let cotangent = stream.normals(2 * outputCount)
    func value(_ parameters: [Double], _ states: [Double]) -> Double {
      zip(cotangent, evaluate(parameters, states, 2)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (gradient, stateGradient) = pullback(parameters, states, cotangent)
    #expect(gradient.count == parameters.count && stateGradient.count == states.count, "\(name)")
    func compare(_ own: [Double], _ what: String, _ value: (Int, Double) -> Double) {
      guard let scale = own.map(abs).max() else { return }
      let places =
        own.count <= points ? Array(0..<own.count) : (0..<points).map { _ in stream.integer(below: own.count) }
      for i in places {
        let difference = (value(i, step) - value(i, -step)) / (2 * step)
        #expect(abs(own[i] - difference) <= 1e-6 * max(1, scale), "\(name), \(what) \(i)")
      }
    }
    compare(gradient, "parameter") { index, shift in
      var moved = parameters
      moved[index] += shift
      return value(moved, states)
    }
    compare(stateGradient, "state") { index, shift in
      var moved = states
      moved[index] += shift
      return value(parameters, moved)
    }
  }

  /// Single precision against double, values and gradients, relative to the largest entry; and every sample alone against
  /// its batch, to the bit.
  func expectAgreement(tolerance: Double = 1e-4, _ name: String) {
    var stream = RandomStream(seed: 12)
    let states = stream.normals(3 * inputCount).map { Double(Float($0)) }
    let cotangent = stream.normals(3 * outputCount).map { Double(Float($0)) }
    let rounded = parameters.map { Double(Float($0)) }
    func single(_ values: [Double]) -> [Float] { values.map { Float($0) } }
    func compare(_ own: [Float], _ other: [Double], _ what: String) {
      guard let scale = other.map(abs).max() else { return }
      let error = zip(own, other).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(error <= tolerance * scale, "\(name), \(what)")
    }
    let batch = evaluateSingle(single(rounded), single(states), 3)
    compare(batch, evaluate(rounded, states, 3), "value")
    let own = pullbackSingle(single(rounded), single(states), single(cotangent))
    let exact = pullback(rounded, states, cotangent)
    compare(own.0, exact.0, "parameters")
    compare(own.1, exact.1, "states")
    for sample in 0..<3 {
      let alone = evaluateSingle(
        single(rounded), single(Array(states[(sample * inputCount)..<((sample + 1) * inputCount)])), 1)
      #expect(alone == Array(batch[(sample * outputCount)..<((sample + 1) * outputCount)]), "\(name), sample \(sample)")
    }
  }
}

/// A block's f as a map; `pullback` goes through a scale of 1/2.
private struct BlockAsMap<Block: ResidualBlock>: StateMap {
  let block: Block
  var inputCount: Int { block.stateCount }
  var outputCount: Int { block.stateCount }
  var parameterCount: Int { block.parameterCount }
  var tapeCount: Int { block.tapeCount }
  var scratchCount: Int { block.scratchCount }
  var operations: Double { block.operations }

  func initialise(_ parameters: UnsafeMutablePointer<Double>, stream: inout RandomStream) {
    block.initialise(parameters, stream: &stream, blocks: 4, blockSize: 0.5)
  }

  func evaluate<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, into result: UnsafeMutablePointer<Scalar>
  ) {
    block.evaluate(parameters, states: states, count: count, workspace: workspace, into: result)
  }

  func pullback<Scalar: MatrixScalar>(
    _ parameters: UnsafePointer<Scalar>, states: UnsafePointer<Scalar>, count: Int,
    workspace: BlockWorkspace<Scalar>, cotangent: UnsafePointer<Scalar>,
    gradient: UnsafeMutablePointer<Scalar>?, stateGradient: UnsafeMutablePointer<Scalar>?
  ) {
    let doubled = (0..<(count * outputCount)).map { 2 * cotangent[$0] }
    var unused = [Scalar](repeating: 0, count: count * inputCount)
    unused.withUnsafeMutableBufferPointer {
      block.pullback(
        parameters, states: states, count: count, workspace: workspace, cotangent: doubled, scale: 0.5,
        gradient: gradient, stateGradient: stateGradient ?? $0.baseAddress!)
    }
  }

  func makeWorkspace<Scalar: MatrixScalar>(
    capacity: Int, scratch: UnsafeMutablePointer<Scalar>
  ) -> BlockWorkspace<Scalar> {
    block.makeWorkspace(capacity: capacity, scratch: scratch)
  }
}
