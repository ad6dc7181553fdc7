import DepthDynamics
import DepthNumerics
import Foundation

/// Forward and hand-written backward pass of one chunk of samples, in buffers made once.
///
/// Loss of a sample: `sum_k w_k l_k + alpha R(l, lambda)`, l_k the softmax cross-entropy at exit k. Memory: about
/// chunk x (L (d + m) + (L+1) (classes + d)) doubles and one gradient. Used by one thread at a time.
final class NetworkWorkspace {
  let shape: ResidualNetworkShape
  let capacity: Int
  /// (L+1) x capacity x d, exit-major.
  private let states: UnsafeMutableBufferPointer<Double>
  /// L x capacity x m.
  private let hidden: UnsafeMutableBufferPointer<Double>
  /// (L+1) x capacity x classes.
  private let logits: UnsafeMutableBufferPointer<Double>
  private let probabilities: UnsafeMutableBufferPointer<Double>
  /// capacity x (L+1), capacity x L: sample-major, as regularisers read them.
  private let losses: UnsafeMutableBufferPointer<Double>
  private let gates: UnsafeMutableBufferPointer<Double>
  private let lossGradient: UnsafeMutableBufferPointer<Double>
  private let gateGradient: UnsafeMutableBufferPointer<Double>
  /// capacity x d.
  private let update: UnsafeMutableBufferPointer<Double>
  private let stateGradient: UnsafeMutableBufferPointer<Double>
  private let cotangent: UnsafeMutableBufferPointer<Double>
  private let scratch: UnsafeMutableBufferPointer<Double>
  let gradient: UnsafeMutableBufferPointer<Double>

  init(shape: ResidualNetworkShape, capacity: Int) {
    self.shape = shape
    self.capacity = capacity
    func buffer(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    let (d, m, classes) = (shape.stateDimension, shape.width, shape.classCount)
    states = buffer(shape.exits * capacity * d)
    hidden = buffer(shape.blocks * capacity * m)
    logits = buffer(shape.exits * capacity * classes)
    probabilities = buffer(shape.exits * capacity * classes)
    losses = buffer(capacity * shape.exits)
    gates = buffer(capacity * shape.blocks)
    lossGradient = buffer(capacity * shape.exits)
    gateGradient = buffer(capacity * shape.blocks)
    update = buffer(capacity * d)
    stateGradient = buffer(capacity * d)
    cotangent = buffer(capacity * d)
    scratch = buffer(capacity * m)
    gradient = buffer(shape.parameterCount)
  }

  deinit {
    for buffer in [
      states, hidden, logits, probabilities, losses, gates, lossGradient, gateGradient, update, stateGradient,
      cotangent,
      scratch, gradient,
    ] { buffer.deallocate() }
  }

  /// h_k of the chunk, count x d.
  func states(_ exit: Int) -> UnsafeMutablePointer<Double> {
    states.baseAddress! + exit * capacity * shape.stateDimension
  }
  func hidden(_ block: Int) -> UnsafeMutablePointer<Double> { hidden.baseAddress! + block * capacity * shape.width }
  /// Logits of the chunk at an exit, count x classes.
  func logits(_ exit: Int) -> UnsafeMutablePointer<Double> {
    logits.baseAddress! + exit * capacity * shape.classCount
  }
  private func probabilities(_ exit: Int) -> UnsafeMutablePointer<Double> {
    probabilities.baseAddress! + exit * capacity * shape.classCount
  }
  /// l_k of sample i.
  func loss(_ sample: Int, _ exit: Int) -> Double { losses[sample * shape.exits + exit] }
  func gate(_ sample: Int, _ block: Int) -> Double { gates[sample * shape.blocks + block] }

  /// States, logits, losses and gates of `count` samples (inputs row-major).
  func forward(
    _ parameters: UnsafePointer<Double>, inputs: UnsafePointer<Double>, labels: UnsafePointer<Int>, count: Int
  ) {
    precondition(count <= capacity, "\(count) samples, the workspace holds \(capacity)")
    let (d, core) = (shape.stateDimension, shape.core)
    for i in 0..<count { (states(0) + i * d).update(from: parameters + shape.embeddingBias, count: d) }
    BLAS.multiply(
      rows: count, columns: d, inner: shape.inputCount, inputs, .normal, parameters, .transposed, beta: 1,
      into: states(0))
    for k in 0..<shape.exits {
      exit(k, parameters, labels, count)
      guard k < shape.blocks else { break }
      core.evaluate(
        parameters + shape.block(k), depth: 0, states: states(k), count: count, hidden: hidden(k),
        into: update.baseAddress!)
      states(k + 1).update(from: states(k), count: count * d)
      BLAS.add(count * d, alpha: shape.blockSize, update.baseAddress!, to: states(k + 1))
    }
  }

  /// Head, softmax, loss and gate at one exit.
  private func exit(_ k: Int, _ parameters: UnsafePointer<Double>, _ labels: UnsafePointer<Int>, _ count: Int) {
    let (d, classes) = (shape.stateDimension, shape.classCount)
    let (z, p) = (logits(k), probabilities(k))
    for i in 0..<count { (z + i * classes).update(from: parameters + shape.headBias(k), count: classes) }
    BLAS.multiply(
      rows: count, columns: classes, inner: d, states(k), .normal, parameters + shape.head(k), .transposed, beta: 1,
      into: z)
    for i in 0..<count {
      let row = i * classes
      var top = z[row]
      for j in 1..<classes where z[row + j] > top { top = z[row + j] }
      for j in 0..<classes { p[row + j] = z[row + j] - top }
    }
    VectorMath.exp(p, into: p, count: count * classes)
    for i in 0..<count {
      let row = i * classes
      var sum = 0.0
      for j in 0..<classes { sum += p[row + j] }
      for j in 0..<classes { p[row + j] /= sum }
      var top = z[row]
      for j in 1..<classes where z[row + j] > top { top = z[row + j] }
      losses[i * shape.exits + k] = log(sum) + top - z[row + labels[i]]
      if k < shape.blocks {
        let score = BLAS.dot(d, states(k) + i * d, parameters + shape.gate(k)) + parameters[shape.gateBias(k)]
        gates[i * shape.blocks + k] = 1 / (1 + Foundation.exp(-score))
      }
    }
  }

  /// Adds to `gradient` that of the summed loss of the chunk; returns the sum. `forward` must have run on the same samples.
  ///
  /// - Parameter exitWeights: w_k, L + 1.
  func backward(
    _ parameters: UnsafePointer<Double>, inputs: UnsafePointer<Double>, labels: UnsafePointer<Int>, count: Int,
    exitWeights: UnsafePointer<Double>, regularizer: some DepthRegularizer, alpha: Double
  ) -> Double {
    let total = differentiateLosses(count, exitWeights, regularizer, alpha)
    let (d, core) = (shape.stateDimension, shape.core)
    let slope = stateGradient.baseAddress!
    slope.update(repeating: 0, count: count * d)
    for k in stride(from: shape.blocks, through: 0, by: -1) {
      if k < shape.blocks {
        cotangent.baseAddress!.update(from: slope, count: count * d)
        core.pullback(
          parameters + shape.block(k), depth: 0, states: states(k), count: count, hidden: hidden(k),
          cotangent: cotangent.baseAddress!, scale: shape.blockSize, scratch: scratch.baseAddress!,
          gradient: gradient.baseAddress! + shape.block(k), stateGradient: slope)
      }
      exitBackward(k, parameters, labels, count, slope)
    }
    let g = gradient.baseAddress!
    BLAS.multiply(
      rows: d, columns: shape.inputCount, inner: count, slope, .transposed, inputs, .normal, beta: 1, into: g)
    for i in 0..<count { BLAS.add(d, slope + i * d, to: g + shape.embeddingBias) }
    return total
  }

  /// Fills `lossGradient` and `gateGradient` with the derivatives of the total; returns its sum over the chunk.
  private func differentiateLosses(
    _ count: Int, _ exitWeights: UnsafePointer<Double>, _ regularizer: some DepthRegularizer, _ alpha: Double
  ) -> Double {
    let (exits, blocks) = (shape.exits, shape.blocks)
    var total = 0.0
    for i in 0..<count {
      let loss = UnsafeBufferPointer(rebasing: losses[(i * exits)..<((i + 1) * exits)])
      let gate = UnsafeBufferPointer(rebasing: gates[(i * blocks)..<((i + 1) * blocks)])
      let lossSlope = UnsafeMutableBufferPointer(rebasing: lossGradient[(i * exits)..<((i + 1) * exits)])
      let gateSlope = UnsafeMutableBufferPointer(rebasing: gateGradient[(i * blocks)..<((i + 1) * blocks)])
      total +=
        alpha
        * regularizer.evaluate(
          losses: loss, gates: gate, lossGradient: lossSlope, gateGradient: gateSlope)
      for k in 0..<exits {
        total += exitWeights[k] * loss[k]
        lossSlope[k] = exitWeights[k] + alpha * lossSlope[k]
      }
      for k in 0..<blocks { gateSlope[k] *= alpha * gate[k] * (1 - gate[k]) }
    }
    return total
  }

  /// Head and gate of one exit: their gradients, and their share in dl/dh_k.
  private func exitBackward(
    _ k: Int, _ parameters: UnsafePointer<Double>, _ labels: UnsafePointer<Int>, _ count: Int,
    _ slope: UnsafeMutablePointer<Double>
  ) {
    let (d, classes) = (shape.stateDimension, shape.classCount)
    let (p, g) = (probabilities(k), gradient.baseAddress!)
    // softmax's derivative overwrites the probabilities
    for i in 0..<count {
      let weight = lossGradient[i * shape.exits + k]
      p[i * classes + labels[i]] -= 1
      for j in 0..<classes { p[i * classes + j] *= weight }
      BLAS.add(classes, p + i * classes, to: g + shape.headBias(k))
    }
    BLAS.multiply(
      rows: classes, columns: d, inner: count, p, .transposed, states(k), .normal, beta: 1, into: g + shape.head(k))
    BLAS.multiply(
      rows: count, columns: d, inner: classes, p, .normal, parameters + shape.head(k), .normal, beta: 1, into: slope)
    guard k < shape.blocks else { return }
    for i in 0..<count {
      let weight = gateGradient[i * shape.blocks + k]
      guard weight != 0 else { continue }
      BLAS.add(d, alpha: weight, states(k) + i * d, to: g + shape.gate(k))
      g[shape.gateBias(k)] += weight
      BLAS.add(d, alpha: weight, parameters + shape.gate(k), to: slope + i * d)
    }
  }
}
