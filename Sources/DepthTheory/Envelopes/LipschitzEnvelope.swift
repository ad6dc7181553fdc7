public import DepthNumerics
import DepthRuns
public import DepthStopping
import Foundation

/// How much of a gain the state's move explains, and how much must be the heads' own improvement.
///
/// `g_k(h_k) - g_{k+1}(h_{k+1}) <= Lambda_{k+1} ||h_{k+1} - h_k|| + [g_k(h_k) - g_{k+1}(h_k)]^+`. The move is the feature
/// `update_norm` at exit k+1, else `residual_norm` (blocks of size one). Global: the recorded Lambda_{k+1}, sqrt(2) ||U|| of
/// cross-entropy. Local: the gradient's norm at the state itself, at most `Lambda_{k+1} ||p - e_y|| / sqrt(2)`; along the move it may
/// be larger, so it bounds nothing, it shows how slack the global constant is. A gain above Lambda times its move proves that heads
/// differ: that excess is their improvement at least. Nothing is known of heads applied to other exits' states.
public struct LipschitzEnvelope: Equatable, Sendable {
  /// Lambda_{k+1}.
  public let global: [Double]
  /// Mean over the samples; empty without logits.
  public let local: [Double]
  /// 95 % quantile over the samples.
  public let localQuantile: [Double]
  /// Mean and largest `||h_{k+1} - h_k||`.
  public let move: [Interval]
  public let largestMove: [Double]
  /// Largest `gain - Lambda_{k+1} ||move||` of any sample, 0 where none is positive.
  public let headImprovement: [Double]
  /// Share of the samples whose gain exceeds Lambda times the move.
  public let exceedingShare: [Double]

  /// nil when the paths carry no constants or no moves.
  public init?(_ paths: StoppingPaths) {
    guard paths.lipschitzConstant.count == paths.exitCount, paths.blockCount > 0 else { return nil }
    let feature = paths.featureNames.firstIndex(of: "update_norm")
    guard feature != nil || !paths.residualNorm.isEmpty else { return nil }
    let (n, blocks) = (paths.sampleCount, paths.blockCount)
    let moves = (0..<blocks).map { block in
      (0..<n).map { sample in
        feature.map { paths.feature(sample, block + 1, $0) } ?? paths.residualNorm[sample * blocks + block]
      }
    }
    let global = Array(paths.lipschitzConstant.dropFirst())
    let excesses = (0..<blocks).map { block in
      (0..<n).map { paths.loss($0, block) - paths.loss($0, block + 1) - global[block] * moves[block][$0] }
    }
    let hasGradients = paths.classCount > 0 && !paths.labels.isEmpty
    let gradients = (0..<(hasGradients ? blocks : 0)).map { block in
      (0..<n).map { global[block] / 2.0.squareRoot() * Self.residual(paths, $0, block + 1) }.sorted()
    }
    self.global = global
    local = gradients.map { Statistics.mean($0) }
    localQuantile = gradients.map { Statistics.quantile(sorted: $0, 0.95) }
    move = moves.map { Interval(meanOf: $0) }
    largestMove = moves.map { $0.max() ?? 0 }
    headImprovement = excesses.map { max(0, $0.max() ?? 0) }
    exceedingShare = excesses.map { own in Double(own.count { $0 > 0 }) / Double(n) }
  }

  /// `||softmax(z) - e_y||`.
  private static func residual(_ paths: StoppingPaths, _ sample: Int, _ exit: Int) -> Double {
    let classes = paths.classCount
    let start = (sample * paths.exitCount + exit) * classes
    let logits = paths.logits[start..<(start + classes)]
    let top = logits.max() ?? 0
    let weights = logits.map { exp($0 - top) }
    let total = weights.reduce(0, +)
    var squares = 0.0
    for (index, weight) in weights.enumerated() {
      let gap = weight / total - (index == paths.labels[sample] ? 1 : 0)
      squares += gap * gap
    }
    return squares.squareRoot()
  }

  /// Columns `block`, `lipschitz_constant`, `lipschitz_local`, `lipschitz_local_quantile`, `move`, `move_maximum`, `lipschitz_gain`
  /// (Lambda times the largest move), `head_improvement`, `exceeding_share`.
  public var table: Table {
    let missing = [Double](repeating: .nan, count: global.count)
    var table = Table(name: "lipschitz-envelope")
    table.add("block", Array(0..<global.count))
    table.add("lipschitz_constant", global)
    table.add("lipschitz_local", local.isEmpty ? missing : local)
    table.add("lipschitz_local_quantile", localQuantile.isEmpty ? missing : localQuantile)
    table.add("move", move.map(\.value))
    table.add("move_maximum", largestMove)
    table.add("lipschitz_gain", zip(global, largestMove).map { $0 * $1 })
    table.add("head_improvement", headImprovement)
    table.add("exceeding_share", exceedingShare)
    return table
  }
}
