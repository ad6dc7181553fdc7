import DepthNumerics
import DepthRuns

extension DualBracket {
  /// How many paths and draws a simulated bracket takes.
  public struct Effort: Sendable {
    /// Paths that the regressions are fitted on.
    public var fitPaths = 4000
    /// Paths that rule and dual are judged on.
    public var judgedPaths = 2000
    /// Inner draws a block for the conditional expectations; half of them mirrored.
    public var innerDraws = 64

    public init(fitPaths: Int = 4000, judgedPaths: Int = 2000, innerDraws: Int = 64) {
      precondition(fitPaths > 0 && judgedPaths > 0 && innerDraws > 0, "\(fitPaths), \(judgedPaths), \(innerDraws)")
      (self.fitPaths, self.judgedPaths, self.innerDraws) = (fitPaths, judgedPaths, innerDraws)
    }
  }

  /// The bracket of a simulator: exact but for sampling error, whatever the regressions are.
  ///
  /// The rule stops where g_k is no more than the regressed value of continuing, on fresh paths. The martingale's increments are
  /// `v_{k+1}(X_{k+1})` less the mean of v_{k+1} over inner draws from X_k: with independent draws a martingale exactly (in the larger
  /// filtration, where V is the same), so the dual's mean is a lower bound whatever their number; noise of the means loosens it.
  /// Cost: judgedPaths x L x innerDraws evaluations of the regression. Source: Andersen and Broadie, Management Science 50 (2004).
  public static func simulated<Simulator: BlockSimulator>(
    _ simulator: Simulator, runningCost c: Double, effort: Effort = Effort(), seed: UInt64 = 0, threads: Int = 1
  ) -> DualBracket {
    simulated(simulator, runningCost: c, effort: effort, levels: [.constant, .leading, .features], seed, threads)
  }

  /// - Parameter levels: those that the regressions may be chosen among; none with history, which inner draws have not.
  static func simulated<Simulator: BlockSimulator>(
    _ simulator: Simulator, runningCost c: Double, effort: Effort, levels: [ExitBasis.Level], _ seed: UInt64,
    _ threads: Int
  ) -> DualBracket {
    precondition(!levels.contains(.history), "inner draws have no history")
    let fit = simulator.paths(effort.fitPaths, seed: seed, threads: threads)
    let regression = ValueRegression(ExitRegression(fit, threads: threads), runningCost: c, levels: levels)
    let judged = simulator.paths(effort.judgedPaths, seed: seed &+ 1, threads: threads)
    let walk = DualWalk(simulator: simulator, regression: regression, runningCost: c, innerDraws: effort.innerDraws)
    let results = Parallel.map(judged.sampleCount, threads: threads) { sample in
      walk.run(judged, sample, seed: seed &+ 2)
    }
    let (payoffs, costs) = (results.map(\.payoff), results.map(\.cost))
    let bootstrap = Bootstrap(sampleCount: judged.sampleCount, seed: seed)
    let means = bootstrap.means([payoffs, costs], threads: threads)
    return DualBracket(
      lower: means[0], upper: means[1], ratio: ratioInterval(costs, payoffs, bootstrap, threads), widening: 0,
      isExact: true, checks: [],
      lowerKind:
        "dual of an exact martingale, \(effort.innerDraws) inner draws a block, \(judged.sampleCount) fresh paths",
      upperKind: "the regressed rule on the same paths", filtration: "the state")
  }
}

/// Rule and dual along one simulated path.
private struct DualWalk<Simulator: BlockSimulator>: Sendable {
  let simulator: Simulator
  let regression: ValueRegression
  let runningCost: Double
  let innerDraws: Int

  func run(_ paths: StoppingPaths, _ sample: Int, seed: UInt64) -> (payoff: Double, cost: Double) {
    let (d, exits, noise) = (simulator.dimension, paths.exitCount, simulator.noiseCount)
    let predictor = regression.predictor
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: predictor.scratchCount + d + noise + 1)
    defer { memory.deallocate() }
    let (scratch, inner) = (memory, memory + predictor.scratchCount)
    let mirrored = inner + d
    var stream = RandomStream(seed: seed, stream: UInt64(sample))
    return paths.features.withUnsafeBufferPointer { features in
      guard let states = features.baseAddress.map({ $0 + sample * exits * d }) else { return (0, 0) }
      var (martingale, least, cost) = (0.0, Double.infinity, Double.nan)
      for exit in 0..<exits {
        let (here, paid) = (states + exit * d, runningCost * Double(exit))
        let loss = simulator.stoppingLoss(exit, here)
        least = min(least, loss + paid - martingale)
        let isLast = exit == exits - 1
        if cost.isNaN, isLast || loss <= continuation(predictor, exit, here, scratch) { cost = loss + paid }
        guard !isLast else { break }
        let draws = stream.normals((innerDraws + 1) / 2 * noise)
        var mean = 0.0
        draws.withUnsafeBufferPointer { draws in
          guard let base = draws.baseAddress else { return }
          for draw in 0..<innerDraws {
            let own = base + draw / 2 * noise
            // mirrored draws have the same law and halve the work of the generator
            for j in 0..<noise { mirrored[j] = draw % 2 == 0 ? own[j] : -own[j] }
            simulator.advance(exit, here, mirrored, into: inner)
            mean += value(predictor, exit + 1, inner, scratch) / Double(innerDraws)
          }
        }
        martingale += value(predictor, exit + 1, here + d, scratch) - mean
      }
      return (least, cost)
    }
  }

  /// The regressed value of continuing, `m_k + q_k`.
  private func continuation(
    _ predictor: ExitPredictor, _ exit: Int, _ state: UnsafePointer<Double>, _ scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    let predicted = predictor.predict(at: exit, state, state, memory: scratch, scratch: scratch)
    return predicted[0] + predicted[2]
  }

  /// v_k: the lesser of stopping and continuing.
  private func value(
    _ predictor: ExitPredictor, _ exit: Int, _ state: UnsafePointer<Double>, _ scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    let loss = simulator.stoppingLoss(exit, state)
    guard exit < simulator.blockCount else { return loss }
    return min(loss, continuation(predictor, exit, state, scratch))
  }
}
