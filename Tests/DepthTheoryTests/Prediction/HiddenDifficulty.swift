import DepthNumerics
import DepthStopping
import Foundation

/// A difficulty that a sample keeps and shows only through noise: d is standard normal, the answer at exit k is right with probability
/// 1/(1 + e^(-1.5 (d + 0.15 k))), the feature is d + 0.15 k and fresh noise at every exit. It forgets d, and treated as Markov draws it anew.
struct HiddenDifficulty {
  var blocks = 15
  var noise = 1.0

  func paths(_ n: Int, seed: UInt64) -> StoppingPaths {
    var (losses, features): ([Double], [Double]) = ([], [])
    for sample in 0..<n {
      var stream = RandomStream(seed: seed, stream: UInt64(sample))
      let draws = stream.normals(blocks + 2)
      let chance = NormalLaw.cdf(stream.normals(1)[0])
      for k in 0...blocks {
        let ease = draws[0] + 0.15 * Double(k)
        features.append(ease + noise * draws[k + 1])
        losses.append(chance > 1 / (1 + exp(-1.5 * ease)) ? 1 : 0)
      }
    }
    return StoppingPaths(
      sampleCount: n, exitCount: blocks + 1, stoppingLoss: losses, featureNames: ["margin"], features: features)
  }
}

/// Two hypotheses, one normal measurement a block: the margin's log-odds are Markov.
struct Evidence {
  var blocks = 12
  var signal = 0.8

  func paths(_ n: Int, seed: UInt64) -> StoppingPaths {
    var (losses, logits, labels): ([Double], [Double], [Int]) = ([], [], [])
    for sample in 0..<n {
      var stream = RandomStream(seed: seed, stream: UInt64(sample))
      let label = stream.uniforms(2)[0] < 0.5 ? 0 : 1
      let steps = stream.normals(blocks)
      var odds = 0.0
      for k in 0...blocks {
        if k > 0 { odds += signal * ((label == 1 ? 0.5 : -0.5) * signal + steps[k - 1]) }
        logits += [0, odds]
        losses.append((odds > 0 ? 1 : 0) == label ? 0 : 1)
      }
      labels.append(label)
    }
    return StoppingPaths(
      sampleCount: n, exitCount: blocks + 1, stoppingLoss: losses, featureNames: LogitFeatures.names,
      features: LogitFeatures.all(logits, classes: 2), classCount: 2, logits: logits, labels: labels)
  }
}

extension StoppingPaths {
  /// The first `fit` samples to fit on, the others to test on.
  func split(fit: Int) -> StoppingPaths {
    StoppingPaths(
      sampleCount: sampleCount, exitCount: exitCount, stoppingLoss: stoppingLoss, featureNames: featureNames,
      features: features, classCount: classCount, logits: logits, labels: labels,
      split: (0..<sampleCount).map { $0 < fit ? .fit : .test })
  }
}
