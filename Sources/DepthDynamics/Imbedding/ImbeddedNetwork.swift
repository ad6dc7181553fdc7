import DepthRuns
import Foundation

/// The imbedded network `(I + H D_{t_0}) (I + H D_{t_1}) ... (I + H D_{t_{L-1}}) id (x)`: L blocks of size H = T/L that act on
/// functions of the one fixed input x, `(D_t phi)(x) = grad phi(x) . f(t, x)`, t_k = p + k H.
///
/// Each factor is the first-order part of a residual block's `phi(x) -> phi(x + H f(t_k, x))`. So for a field affine in the
/// state the network is exactly the ResNet; else both are first order in 1/L to the same flow (`ImbeddingErrorField` gives
/// the constants). This is the discrete InImNet of Corbett and Kangin (arXiv 2202.00113, eq. 14) with all its nested
/// Jacobians kept.
/// - An autonomous field: `sum_n C(L, n) H^n D^n x`, with `D^n x / n!` the coefficients of the flow's Taylor series
///   (`FlowSeries`); exact up to `order` blocks, truncated above, which needs T within the radius of convergence. With all
///   terms it converges further than the series (`ConvergenceRadius.imbeddedNetworkConverges`).
/// - A field that depends on depth: an ordered product. Up to 10 blocks exactly, as the residual network itself on numbers
///   with `eps_k^2 = 0`; above, on jets in x, truncated, in few dimensions (`JetAlgebra.largestOrder`).
/// - Subdivided into `segments` networks one after the other: each piece expands about its own input. With one block a
///   segment it is the ResNet.
public struct ImbeddedNetwork<Field: TaylorField>: Sendable {
  public let field: Field
  /// p.
  public let start: Double
  /// T, the depth that the blocks span.
  public let horizon: Double
  /// L.
  public let blocks: Int
  public let segments: Int
  /// Taylor coefficients kept, of depth or of x.
  public let order: Int

  /// Blocks that the exact ordered product takes at most: 3^10 terms a product.
  static var largestNilpotentCount: Int { 10 }
  /// Jets of lower order than this truncate too much to be worth a number.
  static var leastJetOrder: Int { 6 }

  /// - Throws: `InputError.usage` for a field without power series, numbers that are not positive, more segments than blocks, or an ordered product that
  ///   is too large.
  public init(
    _ field: Field, start: Double = 0, horizon: Double, blocks: Int, segments: Int = 1, order: Int = 40
  ) throws {
    try field.requireSeries()
    guard horizon > 0, horizon.isFinite, start.isFinite else {
      throw InputError.value(horizon, of: "horizon", allowed: "positive numbers")
    }
    guard blocks > 0 else { throw InputError.value(blocks, of: "blocks", allowed: "positive integers") }
    guard (1...blocks).contains(segments) else {
      throw InputError.value(segments, of: "segments", allowed: "1 to \(blocks), the number of blocks")
    }
    guard (Self.leastJetOrder...200).contains(order) else {
      throw InputError.value(order, of: "order", allowed: "\(Self.leastJetOrder) to 200")
    }
    let longest = (blocks + segments - 1) / segments
    if !field.isAutonomous, longest > Self.largestNilpotentCount {
      let jets = JetAlgebra.largestOrder(dimension: field.dimension, wanted: order)
      guard jets >= Self.leastJetOrder else {
        throw InputError.value(
          longest, of: "blocks a segment in an ordered product of dimension \(field.dimension)",
          allowed: "1 to \(Self.largestNilpotentCount); raise segments")
      }
    }
    (self.field, self.start, self.horizon, self.blocks) = (field, start, horizon, blocks)
    (self.segments, self.order) = (segments, order)
  }

  /// H.
  public var blockSize: Double { horizon / Double(blocks) }

  /// The number of equal segments that keeps each within half of what its series reaches, by a walk along the flow: the radius
  /// of convergence about its own input, for entire flows the depth at which terms of `order` stop falling. nil past
  /// `largest`, or where the flow ends.
  public static func segmentsWithinRadius(
    _ field: Field, start: Double = 0, horizon: Double, input: [Double], order: Int = 40, largest: Int = 1000
  ) -> Int? {
    var (length, state, shortest) = (0.0, input, Double.infinity)
    for _ in 0...largest {
      guard
        let series = try? FlowSeries(
          of: field, depth: start + length, state: state, order: max(order, ConvergenceRadius.leastOrder)),
        let radius = ConvergenceRadius(of: series)
      else { return nil }
      let half = 0.5 * min(radius.radius ?? .infinity, 1 / radius.lastRate)
      shortest = min(shortest, half)
      let step = min(half, horizon - length)
      length += step
      guard length < horizon else {
        let count = (horizon / shortest).rounded(.up)
        return count <= Double(largest) ? max(1, Int(count)) : nil
      }
      state = series.state(after: step)
    }
    return nil
  }

  /// The block at which a segment starts.
  func firstBlock(_ segment: Int) -> Int { segment * blocks / segments }

  /// t_k; as the Euler scheme has it.
  func depth(_ block: Int) -> Double { start + horizon * Double(block) / Double(blocks) }

  /// The network's output for an input.
  ///
  /// - Throws: `IntegrationError` when f is not finite or the sum overflows.
  public func output(_ input: [Double]) throws -> ImbeddedNetworkOutput {
    precondition(input.count == field.dimension, "\(input.count) entries, the field has \(field.dimension)")
    var result = ImbeddedNetworkOutput(state: input)
    for segment in 0..<segments {
      let range = firstBlock(segment)..<firstBlock(segment + 1)
      let piece = try output(result.state, range)
      guard piece.state.allSatisfy(\.isFinite) else {
        throw IntegrationError(
          reason: .divergentSeries(radiusShare: piece.radiusShare), depth: depth(range.lowerBound), state: result.state)
      }
      let shares = [result.radiusShare, piece.radiusShare].compactMap { $0 }
      result = ImbeddedNetworkOutput(
        state: piece.state, truncationError: result.truncationError + piece.truncationError,
        roundingError: result.roundingError + piece.roundingError, radiusShare: shares.max())
    }
    return result
  }

  private func output(_ input: [Double], _ range: Range<Int>) throws -> ImbeddedNetworkOutput {
    if range.count == 1 { return residualBlock(input, range.lowerBound) }
    if field.isAutonomous { return try binomialSum(input, range) }
    return range.count <= Self.largestNilpotentCount ? nilpotentProduct(input, range) : try jetProduct(input, range)
  }

  private func residualBlock(_ input: [Double], _ block: Int) -> ImbeddedNetworkOutput {
    let slope = field(depth: depth(block), state: input)
    let length = depth(block + 1) - depth(block)
    return ImbeddedNetworkOutput(state: zip(input, slope).map { $0 + length * $1 })
  }
}

/// What an imbedded network gave for one input.
public struct ImbeddedNetworkOutput: Equatable, Sendable {
  public let state: [Double]
  /// An estimate of what truncation at `order` left out, in the 2-norm; zero where nothing is, infinite where the series
  /// diverges.
  public var truncationError = 0.0
  /// An estimate of rounding: terms of opposite sign cancel.
  public var roundingError = 0.0
  /// The largest `segment length / radius of convergence`; nil where no finite radius was seen.
  public var radiusShare: Double?
}
