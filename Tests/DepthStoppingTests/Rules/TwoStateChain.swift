import DepthNumerics
import DepthStopping

/// A sample is hard (0) or easy (1); block k makes a hard one easy with probability `rescue[k]`, small at first.
/// The loss is `level[state]` plus uniform noise of mean zero; the feature z is the state.
struct TwoStateChain {
  let rescue = [0.02, 0.05, 0.5, 0.6, 0.3, 0.1, 0.05, 0.02]
  let relapse = 0.02
  let level = [1.0, 0.15]
  let startEasy = 0.3

  /// The exact dynamic programme.
  func value(runningCost c: Double) -> Double {
    var v = level
    for k in rescue.indices.reversed() {
      let hard = c + rescue[k] * v[1] + (1 - rescue[k]) * v[0]
      let easy = c + relapse * v[0] + (1 - relapse) * v[1]
      v = [min(level[0], hard), min(level[1], easy)]
    }
    return startEasy * v[1] + (1 - startEasy) * v[0]
  }

  func paths(_ n: Int, seed: UInt64, withLogits: Bool = false) -> StoppingPaths {
    let exits = rescue.count + 1
    var (losses, features, logits, labels) = ([Double](), [Double](), [Double](), [Int]())
    for i in 0..<n {
      var stream = RandomStream(seed: seed, stream: UInt64(i))
      let draws = stream.uniforms(4 * exits)
      var state = draws[0] < startEasy ? 1 : 0
      let label = Int(draws[1] * 3)
      for k in 0..<exits {
        if k > 0 {
          let flips = draws[4 * k] < (state == 0 ? rescue[k - 1] : relapse)
          state = flips ? 1 - state : state
        }
        losses.append(level[state] + 0.2 * (draws[4 * k + 2] - 0.5))
        features += [Double(state), draws[4 * k + 3]]
        if withLogits { logits += (0..<3).map { $0 == label ? 2 * Double(state) : draws[4 * k + 3] } }
      }
      labels.append(label)
    }
    return StoppingPaths(
      sampleCount: n, exitCount: exits, stoppingLoss: losses, featureNames: ["z", "noise"], features: features,
      classCount: withLogits ? 3 : 0, logits: logits, labels: withLogits ? labels : [])
  }

  /// The same paths with everything after each sample's depth redrawn.
  func perturbing(_ paths: StoppingPaths, after depths: [Int], seed: UInt64) -> StoppingPaths {
    var (losses, features, logits) = (paths.stoppingLoss, paths.features, paths.logits)
    var stream = RandomStream(seed: seed)
    for i in 0..<paths.sampleCount {
      for k in (depths[i] + 1)..<max(depths[i] + 1, paths.exitCount) {
        let cell = i * paths.exitCount + k
        losses[cell] = stream.uniforms(1)[0]
        for j in 0..<paths.featureCount { features[cell * paths.featureCount + j] = 3 * stream.normals(1)[0] }
        for j in 0..<paths.classCount { logits[cell * paths.classCount + j] = 3 * stream.normals(1)[0] }
      }
    }
    return StoppingPaths(
      sampleCount: paths.sampleCount, exitCount: paths.exitCount, stoppingLoss: losses,
      featureNames: paths.featureNames, features: features, classCount: paths.classCount, logits: logits,
      labels: paths.labels)
  }
}
