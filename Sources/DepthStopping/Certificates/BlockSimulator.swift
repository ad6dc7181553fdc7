import DepthNumerics
import Foundation

/// A Markov chain of blocks that can be drawn from any state: what an exact dual martingale needs.
public protocol BlockSimulator: Sendable {
  /// Length of a state.
  var dimension: Int { get }
  /// L.
  var blockCount: Int { get }
  /// Standard normals that a block takes.
  var noiseCount: Int { get }
  /// Standard normals that the first state takes.
  var initialNoiseCount: Int { get }

  func start(_ noise: UnsafePointer<Double>, into state: UnsafeMutablePointer<Double>)

  /// The state after block k, from the one before.
  func advance(
    _ block: Int, _ state: UnsafePointer<Double>, _ noise: UnsafePointer<Double>,
    into next: UnsafeMutablePointer<Double>)

  /// `g_k` of a state.
  func stoppingLoss(_ exit: Int, _ state: UnsafePointer<Double>) -> Double
}

extension BlockSimulator {
  /// Simulated paths: the state as features `state_0`, ..., g as the loss. Sample i is stream i of the seed.
  public func paths(_ n: Int, seed: UInt64, threads: Int = 1) -> StoppingPaths {
    let (d, exits) = (dimension, blockCount + 1)
    let rows = Parallel.map(n, threads: threads) { sample -> (states: [Double], losses: [Double]) in
      var stream = RandomStream(seed: seed, stream: UInt64(sample))
      let noise = stream.normals(initialNoiseCount + blockCount * noiseCount + 1)
      var states = [Double](repeating: 0, count: exits * d)
      let losses = noise.withUnsafeBufferPointer { noise in
        states.withUnsafeMutableBufferPointer { states -> [Double] in
          guard let base = states.baseAddress, let drawn = noise.baseAddress else { return [] }
          start(drawn, into: base)
          for block in 0..<blockCount {
            advance(
              block, base + block * d, drawn + initialNoiseCount + block * noiseCount, into: base + (block + 1) * d)
          }
          return (0..<exits).map { stoppingLoss($0, base + $0 * d) }
        }
      }
      return (states, losses)
    }
    return StoppingPaths(
      sampleCount: n, exitCount: exits, stoppingLoss: rows.flatMap(\.losses),
      featureNames: (0..<d).map { "state_\($0)" }, features: rows.flatMap(\.states))
  }
}

/// Scalar diffusions with an exact transition over a block, stopped at block ends only.
public struct DiffusionSimulator: BlockSimulator {
  public let transition: ExactTransition
  /// Delta.
  public let blockSize: Double
  public let blockCount: Int
  /// In the transition's coordinate: mean and deviation of the first state.
  public let initial: (mean: Double, deviation: Double)
  private let loss: @Sendable (Double) -> Double

  /// - Parameters:
  ///   - transition: of one dimension: Gaussian, or a posterior, whose coordinate is its log-odds.
  ///   - loss: g of the transition's coordinate.
  public init(
    _ transition: ExactTransition, blockSize: Double, blocks: Int, initial: (mean: Double, deviation: Double),
    loss: @escaping @Sendable (Double) -> Double
  ) {
    if case .radial(_, _, let dimension) = transition {
      preconditionFailure("a radial transition, here of dimension \(dimension), has no simulator")
    }
    precondition(blockSize > 0 && blocks > 0 && initial.deviation >= 0, "\(blocks) blocks of \(blockSize)")
    (self.transition, self.blockSize, blockCount, self.initial, self.loss) =
      (transition, blockSize, blocks, initial, loss)
  }

  public var dimension: Int { 1 }
  public var noiseCount: Int { 2 }
  public var initialNoiseCount: Int { 1 }

  public func start(_ noise: UnsafePointer<Double>, into state: UnsafeMutablePointer<Double>) {
    state[0] = initial.mean + initial.deviation * noise[0]
  }

  public func advance(
    _ block: Int, _ state: UnsafePointer<Double>, _ noise: UnsafePointer<Double>,
    into next: UnsafeMutablePointer<Double>
  ) {
    switch transition {
    case .gaussian(let law):
      next[0] = law.mean(state[0], after: blockSize) + law.deviation(after: blockSize) * noise[0]
    case .posterior(let rho):
      let s = rho * blockSize.squareRoot()
      // the truth is drawn from the posterior, the measurement given the truth
      let sign = NormalLaw.cdf(noise[1]) < 1 / (1 + exp(-state[0])) ? 0.5 : -0.5
      next[0] = state[0] + sign * s * s + s * noise[0]
    case .radial: next[0] = state[0]
    }
  }

  public func stoppingLoss(_ exit: Int, _ state: UnsafePointer<Double>) -> Double { loss(state[0]) }
}
