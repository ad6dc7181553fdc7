import DepthNumerics
public import DepthRuns
import Foundation

/// Independent linear blocks `h_{k+1} = h_k + L^(-1/2) V_k h_k / sqrt(d)`, entries of V standard normal: an exact law,
/// `E |h_L|^2 / |h_0|^2 = (1 + 1/L)^L`, against simulated networks.
///
/// The variance of the ratio is known too, `(1 + 2/L + 4/(L d) + (1 + 2/d)/L^2)^L - (1 + 1/L)^(2L)`, so the deviation has its
/// exact standard error.
public struct LinearBlocksLaw: Equatable, Sendable {
  public let blocks: [Int]
  public let means: [Double]
  public let predictions: [Double]
  public let standardErrors: [Double]

  /// - Throws: `InputError.usage` for counts that are not positive.
  public init(blocks: [Int], samples: Int, dimension: Int = 8, seed: UInt64 = 0, threads: Int = 1) throws {
    guard !blocks.isEmpty, blocks.allSatisfy({ $0 > 0 }), samples > 1 else {
      throw InputError.usage("\(blocks) blocks, \(samples) samples; allowed: positive numbers, at least 2 samples")
    }
    let networks = RandomResidualNetworks(
      block: RandomBlock(.linear, dimension: dimension), weights: .independent, seed: seed)
    let d = Double(dimension)
    self.blocks = blocks
    means = blocks.map { count in
      let ratios = Parallel.map(samples, threads: threads) { network -> Double in
        let state = networks.finalStates(network: network, blocks: count, scalings: [0.5])
        return state.reduce(0) { $0 + $1 * $1 } / d
      }
      return ratios.reduce(0, +) / Double(samples)
    }
    predictions = blocks.map { pow(1 + 1 / Double($0), Double($0)) }
    standardErrors = blocks.map { count in
      let (a, length) = (1 / Double(count), Double(count))
      let second = pow(1 + 2 * a + 4 * a / d + a * a * (1 + 2 / d), length)
      return ((second - pow(1 + a, 2 * length)) / Double(samples)).squareRoot()
    }
  }

  /// The largest deviation in standard errors.
  public var worstDeviation: Double {
    blocks.indices.map { abs(means[$0] - predictions[$0]) / standardErrors[$0] }.max() ?? 0
  }

  /// Columns `blocks`, `growth`, `predicted_growth`, `standard_error`.
  public var table: Table {
    var table = Table(name: "linear-blocks")
    table.add("blocks", blocks)
    table.add("growth", means)
    table.add("predicted_growth", predictions)
    table.add("standard_error", standardErrors)
    return table
  }
}
