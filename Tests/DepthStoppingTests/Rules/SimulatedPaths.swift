import DepthNumerics
import DepthStopping
import Foundation

/// Two hypotheses, one normal measurement a block: the log-odds walk by `N(+-rho^2/2, rho^2)`, the loss is the recorded error
/// of the label, so that rules see what a network's recorder would give. The optimum is known by recursion.
struct EvidenceChain {
  let blocks: Int
  let rho: Double

  func paths(_ n: Int, seed: UInt64) -> StoppingPaths {
    let exits = blocks + 1
    var (losses, logits, labels) = ([Double](), [Double](), [Int]())
    for sample in 0..<n {
      var stream = RandomStream(seed: seed, stream: UInt64(sample))
      let label = stream.uniforms(1)[0] < 0.5 ? 0 : 1
      let steps = stream.normals(blocks)
      var odds = 0.0
      for k in 0..<exits {
        if k > 0 { odds += (label == 1 ? 0.5 : -0.5) * rho * rho + rho * steps[k - 1] }
        logits += [0, odds]
        losses.append((odds > 0 ? 1 : 0) == label ? 0 : 1)
      }
      labels.append(label)
    }
    return StoppingPaths(
      sampleCount: n, exitCount: exits, stoppingLoss: losses, featureNames: LogitFeatures.names,
      features: LogitFeatures.all(logits, classes: 2), classCount: 2, logits: logits, labels: labels)
  }

  /// Bellman's recursion on a grid of log-odds by the trapezoidal rule: value at even odds, and per exit the |log-odds| from
  /// which stopping is optimal.
  func optimum(runningCost c: Double, points: Int = 1601) -> (value: Double, thresholds: [Double]) {
    let limit = 16.0
    let h = 2 * limit / Double(points - 1)
    let x = (0..<points).map { -limit + Double($0) * h }
    let posterior = x.map { 1 / (1 + exp(-$0)) }
    let g = posterior.map { min($0, 1 - $0) }
    let nodes = (0...120).map { -6 + 0.1 * Double($0) }
    let total = nodes.reduce(0) { $0 + exp(-0.5 * $1 * $1) }
    var value = g
    var thresholds = [0.0]
    for _ in 0..<blocks {
      func at(_ y: Double) -> Double {
        let place = min(Double(points - 1), max(0, (y + limit) / h))
        let i = min(points - 2, Int(place))
        return value[i] + (place - Double(i)) * (value[i + 1] - value[i])
      }
      let next = x.indices.map { i -> Double in
        let future = nodes.reduce(0.0) { sum, u in
          let weight = exp(-0.5 * u * u) / total
          let (up, down) = (at(x[i] + 0.5 * rho * rho + rho * u), at(x[i] - 0.5 * rho * rho + rho * u))
          return sum + weight * (posterior[i] * up + (1 - posterior[i]) * down)
        }
        return c + future
      }
      let middle = points / 2
      thresholds.append(x[(middle..<points).first { g[$0] <= next[$0] } ?? points - 1])
      value = zip(g, next).map { min($0, $1) }
    }
    return (value[points / 2], thresholds.reversed())
  }

  /// The optimal rule on recorded paths; the coordinate is |log-odds|, which the feature log_odds is for two classes.
  func optimalRule(_ thresholds: [Double]) -> BoundaryRule {
    BoundaryRule(feature: 3, intervals: thresholds.map { [StateInterval(lower: $0, upper: .infinity)] })
  }
}
