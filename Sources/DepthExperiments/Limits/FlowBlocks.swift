import DepthNumerics
import DepthStopping
import Foundation

/// Linear decays `h_i' = -a_i h_i`, `g = |h|^2/2`, stopped at block ends: exact blocks and Euler's.
///
/// V_Delta - V with exact blocks depends on where tau* falls within a block: `m''(tau*) r^2/2`, r its distance from the nearest block
/// end, `m(s) = g(h_s) + c s`. Averaged over a block of starting states, `m'' Delta^2/24`, `m'' = 2 sum a_i^2 h_i(tau*)^2`. Euler blocks
/// are a flow of rates `-ln(1 - a_i Delta)/Delta = a_i + a_i^2 Delta/2 + ...`, so that V moves by
/// `-(Delta/2) tau* sum a_i^2 h_i(tau*)^2`: it may lie below V.
struct FlowBlocks {
  private let example: BlockLimitExperiment.Case
  private let rates: [Double]

  /// Starting states over a block, up the flow from the one asked for.
  private static let phases = 64

  init(_ example: BlockLimitExperiment.Case, rates: [Double]) {
    self.example = example
    self.rates = rates
  }

  private func starts(_ blockSize: Double) -> [[Double]] {
    (0..<Self.phases).map { phase in
      let back = blockSize * Double(phase) / Double(Self.phases)
      return zip(rates, example.at).map { $1 * exp($0 * back) }
    }
  }

  func rows(_ blockSizes: [Double]) throws -> [BlockLimit.Row] {
    let (name, c) = (example.problem.name, example.problem.runningCost)
    return try blockSizes.flatMap { size -> [BlockLimit.Row] in
      guard rates.allSatisfy({ $0 * size < 1 }) else {
        throw StoppingError(
          "\(name): Euler blocks of \(size) overshoot; allowed: block sizes below \(1 / (rates.max() ?? 1))")
      }
      let starts = starts(size)
      let values = try starts.map { start in
        guard let value = example.reference.value(start) else { throw StoppingError("\(name): no value at \(start)") }
        return value
      }
      let exact = try Characteristics(blockSize: size).solve(example.problem, at: starts).values
      let difference = Statistics.mean(zip(exact, values).map { $0.value - $1 })
      let euler = Statistics.mean(zip(starts, values).map { Self.euler($0, rates, size, c) - $1 })
      let rounding = 1e-14 * (values.map { abs($0) }.max() ?? 0)
      return [
        BlockLimit.Row(
          series: "\(name), exact blocks", blockSize: size, difference: difference,
          errorBound: rounding + (exact.map(\.errorBound).max() ?? 0)),
        BlockLimit.Row(series: "\(name), euler blocks", blockSize: size, difference: euler, errorBound: rounding),
      ]
    }
  }

  /// `min_k |h_k|^2/2 + c Delta k` of the residual network `h_{k+1} = h_k - Delta a h_k`: gains fall, so the first block that does not
  /// pay ends it.
  static func euler(_ start: [Double], _ rates: [Double], _ blockSize: Double, _ c: Double) -> Double {
    var (state, blocks) = (start, 0)
    while true {
      let gain = zip(rates, state).reduce(0) { sum, pair in
        let kept = 1 - pair.0 * blockSize
        return sum + pair.1 * pair.1 * (1 - kept * kept) / 2
      }
      guard gain > c * blockSize else { break }
      for i in state.indices { state[i] -= blockSize * rates[i] * state[i] }
      blocks += 1
    }
    return state.reduce(0) { $0 + $1 * $1 } / 2 + c * blockSize * Double(blocks)
  }

  func orders(_ rows: [BlockLimit.Row]) -> [BlockLimit.Order] {
    let tau = example.reference.expectedDepth(example.at) ?? .nan
    let square = zip(rates, example.at).reduce(0) { sum, pair in
      let state = pair.1 * exp(-pair.0 * tau)
      return sum + pair.0 * pair.0 * state * state
    }
    let constants = [2 * square / 24, -tau * square / 2]
    return zip(BlockLimit.names(rows), zip([2.0, 1], constants)).map { name, prediction in
      let own = rows.filter { $0.series == name }
      let (limit, error) = BlockLimit.extrapolated(
        own.map { (x: $0.blockSize, y: ($0.difference ?? .nan) / pow($0.blockSize, prediction.0)) })
      return BlockLimit.Order(
        series: name, quantity: "value",
        slope: BlockLimit.slope(own.map { (x: $0.blockSize, y: $0.difference ?? .nan) }),
        limit: limit, limitError: error, predicted: prediction.1)
    }
  }
}
