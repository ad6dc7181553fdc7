import DepthNumerics
import Foundation

/// Residual networks at random initialisation, `h_{k+1} = h_k + L^(-beta) V_k act(W_k h_k)`, k = 0, ..., L - 1.
///
/// How weights depend on depth decides the scaling beta at which deep networks have a limit: independent from block to block,
/// beta = 1/2 and the limit is an SDE; smooth functions of k/L, beta = 1 and it is an ODE.
/// Sources: Cohen, Cont, Rossier and Xu, "Scaling properties of deep residual networks", ICML 2021; Marion, Fermanian, Biau
/// and Vert, arXiv 2206.06929.
public struct RandomResidualNetworks: Equatable, Sendable {
  public enum Weights: String, CaseIterable, Sendable {
    /// Drawn anew for every block.
    case independent
    /// Smooth Gaussian processes in k/L of fixed correlation length.
    case smooth

    /// The scaling at which a limit exists: the displacement goes as `L^(criticalExponent - beta)`.
    public var criticalExponent: Double { self == .independent ? 0.5 : 1 }
  }

  public let block: RandomBlock
  public let weights: Weights
  /// Of smooth weights, in units of the whole depth.
  public let correlationLength: Double
  public let seed: UInt64

  public init(block: RandomBlock, weights: Weights, correlationLength: Double = 0.3, seed: UInt64 = 0) {
    precondition(correlationLength > 0, "correlation length \(correlationLength)")
    self.block = block
    self.weights = weights
    self.correlationLength = correlationLength
    self.seed = seed
  }

  /// All ones, of norm sqrt(d): by symmetry only the norm matters.
  public var initialState: [Double] { [Double](repeating: 1, count: block.dimension) }

  /// The smooth field whose Euler schemes are the networks of this number with beta = 1.
  public func field(network: Int) -> SmoothRandomField {
    precondition(weights == .smooth, "independent weights are no field in depth")
    return SmoothRandomField(
      block: block, correlationLength: correlationLength, seed: seed, stream: UInt64(network))
  }

  /// `h_L` for every scaling beta, a row of d each, all on the same weights of network number `network`.
  ///
  /// Independent weights of different L are independent; smooth ones are the same functions. Not finite where the scaling
  /// explodes.
  public func finalStates(network: Int, blocks: Int, scalings: [Double]) -> [Double] {
    precondition(blocks > 0 && !scalings.isEmpty, "\(blocks) blocks, \(scalings.count) scalings")
    let (d, count) = (block.dimension, scalings.count)
    let steps = scalings.map { pow(Double(blocks), -$0) }
    var states = scalings.flatMap { _ in initialState }
    var residual = [Double](repeating: 0, count: count * d)
    var hidden = [Double](repeating: 0, count: count * block.width)
    var current = [Double](repeating: 0, count: block.weightCount)
    let field = weights == .smooth ? self.field(network: network) : nil
    var stream = RandomStream(seed: seed, stream: UInt64(network) | UInt64(blocks) << 32)
    for k in 0..<blocks {
      current.withUnsafeMutableBufferPointer { buffer in
        let target = buffer.baseAddress!
        if let field { return field.weights(at: Double(k) / Double(blocks), into: target) }
        stream.bulkNormals(into: buffer)
        block.scale(target)
      }
      block.evaluate(current, states: states, count: count, hidden: &hidden, into: &residual)
      for row in 0..<count {
        for i in (row * d)..<(row * d + d) { states[i] += steps[row] * residual[i] }
      }
    }
    return states
  }

  /// Moments of what `measure` writes (a row of `dimension` numbers) over networks 0, ..., samples - 1.
  func moments(
    samples: Int, dimension: Int, threads: Int,
    _ measure: @escaping @Sendable (_ network: Int, _ row: UnsafeMutablePointer<Double>) throws -> Void
  ) throws -> RunningMoments {
    var total = RunningMoments(dimension: dimension, hasCovariance: true)
    try PathGroups(pathCount: samples, groupSize: 16, threads: threads).run(
      progress: { _, _ in },
      body: { members -> RunningMoments in
        var rows = [Double](repeating: 0, count: members.count * dimension)
        try rows.withUnsafeMutableBufferPointer { rows in
          for (row, network) in members.enumerated() { try measure(network, rows.baseAddress! + row * dimension) }
        }
        return RunningMoments(rows: rows, count: members.count, dimension: dimension, hasCovariance: true)
      }, merge: { total.merge($0) })
    return total
  }
}
