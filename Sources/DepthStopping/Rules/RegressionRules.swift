/// `one-step-look-ahead` and `m-step-look-ahead`: stop at the first k where no gain over the next 1...m blocks is expected to
/// pay, `E[g_k - g_{k+j} | z_k] <= c j` for all j; the conditional gains by regression on the features.
///
/// Optimal in the monotone case (Chow and Robbins); elsewhere it stops too early.
public struct LookAhead: StoppingRule {
  public let name: String
  public let steps: Int
  public let runningCost: Double
  /// Per exit, per step.
  private let gains: [[FeatureRegression]]

  /// - Parameter steps: m; 1 for one-step look-ahead.
  public init(steps: Int, fitting paths: StoppingPaths, runningCost: Double) {
    precondition(steps > 0, "\(steps) steps")
    name = steps == 1 ? "one-step-look-ahead" : "m-step-look-ahead"
    self.steps = steps
    self.runningCost = runningCost
    gains = (0..<paths.blockCount).map { exit in
      (1...min(steps, paths.blockCount - exit)).map { step in
        FeatureRegression(
          paths, exit: exit,
          target: (0..<paths.sampleCount).map { paths.loss($0, exit) - paths.loss($0, exit + step) })
      }
    }
  }

  public func stoppingDepths(_ paths: StoppingPaths) -> [Int] {
    (0..<paths.sampleCount).map { sample in
      (0..<paths.blockCount).first { exit in
        gains[exit].enumerated().allSatisfy { step, gain in
          gain.predict(paths, sample, exit) <= runningCost * Double(step + 1) * (1 + 1e-12)
        }
      } ?? paths.blockCount
    }
  }
}

/// `backward-induction`: Longstaff and Schwartz's regression on the features, backwards from the last exit.
///
/// At exit k the advantage of stopping, `g_k - (c + Y_{k+1})` with Y the realised cost-to-go of the decisions already
/// fitted, is regressed on z_k; stop where its prediction is <= 0. Ties stop. O(L n m^2).
/// Source: Longstaff and Schwartz, Review of Financial Studies 14 (2001).
public struct BackwardInduction: StoppingRule {
  public let name = "backward-induction"
  private let excess: [FeatureRegression]
  private let slack: Double

  public init(fitting paths: StoppingPaths, runningCost: Double) {
    let (n, blocks) = (paths.sampleCount, paths.blockCount)
    slack = 1e-12 * runningCost
    var toGo = (0..<n).map { paths.loss($0, blocks) }
    var fitted: [FeatureRegression] = []
    for exit in stride(from: blocks - 1, through: 0, by: -1) {
      let target = (0..<n).map { paths.loss($0, exit) - (runningCost + toGo[$0]) }
      let regression = FeatureRegression(paths, exit: exit, target: target)
      for sample in 0..<n {
        let stops = regression.predict(paths, sample, exit) <= slack
        toGo[sample] = stops ? paths.loss(sample, exit) : runningCost + toGo[sample]
      }
      fitted.append(regression)
    }
    excess = fitted.reversed()
  }

  public func stoppingDepths(_ paths: StoppingPaths) -> [Int] {
    (0..<paths.sampleCount).map { sample in
      (0..<paths.blockCount).first { excess[$0].predict(paths, sample, $0) <= slack } ?? paths.blockCount
    }
  }
}
