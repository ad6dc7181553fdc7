import DepthNumerics
import DepthRuns
import DepthStopping

/// Which coordinate and which kernel predict, chosen on the fit part alone by five folds.
///
/// Folds are of whole groups of dependent samples. A fold's rule and prediction come from the other folds, its objective, law and gap from the fold. Among the candidates whose
/// objective exceeds the least by no more than one standard error of the paired difference, the one with the smallest optimism gap
/// in magnitude; the first among equals. Values of regressed coordinates are out of fold throughout.
struct CoordinateChoice: Sendable {
  struct Candidate: Sendable {
    let coordinate: Int
    let level: DepthPrediction.Level
    /// Mean of `g_tau + c tau` out of fold.
    let objective: Double
    /// `(realised - predicted) / realised` out of fold.
    let optimismGap: Double
    let kolmogorovSmirnov: Double
    fileprivate let costs: [Double]
  }

  let candidates: [Candidate]
  /// Index of the chosen one.
  let chosen: Int

  static let folds = 5

  init(_ kernels: [CoordinateKernel], runningCost c: Double, threads: Int) {
    let levels: [DepthPrediction.Level] = [.kernel, .stoppedKernel]
    let candidates = Parallel.map(kernels.count * levels.count, threads: threads) { index in
      Self.validate(kernels[index / levels.count], index / levels.count, levels[index % levels.count], c)
    }
    self.candidates = candidates
    chosen = Self.choose(candidates)
  }

  private static func choose(_ candidates: [Candidate]) -> Int {
    let least = candidates.indices.min { candidates[$0].objective < candidates[$1].objective } ?? 0
    let near = candidates.indices.filter { index in
      let differences = zip(candidates[index].costs, candidates[least].costs).map { $0 - $1 }
      return Statistics.mean(differences) <= Statistics.standardError(differences)
    }
    return near.min { abs(candidates[$0].optimismGap) < abs(candidates[$1].optimismGap) } ?? least
  }

  private static func validate(
    _ kernel: CoordinateKernel, _ coordinate: Int, _ level: DepthPrediction.Level, _ c: Double
  ) -> Candidate {
    let paths = kernel.paths
    let (n, exits) = (paths.sampleCount, paths.blockCount + 1)
    var costs = [Double](repeating: 0, count: n)
    var (predicted, realised) = ([Double](repeating: 0, count: exits), [Double](repeating: 0, count: exits))
    var objective = 0.0
    for (fold, own) in kernel.folds.members.enumerated() {
      let solution = kernel.counted(over: kernel.folds.others(than: fold)).solve(runningCost: c, level: level)
      let depths = paths.depths(solution.stops)
      let share = Double(own.count) / Double(n)
      objective += share * solution.objective
      for exit in 0..<exits { predicted[exit] += share * solution.law[exit] }
      for sample in own {
        costs[sample] = paths.losses[sample * exits + depths[sample]] + c * Double(depths[sample])
        realised[depths[sample]] += 1 / Double(n)
      }
    }
    let mean = Statistics.mean(costs)
    return Candidate(
      coordinate: coordinate, level: level, objective: mean,
      optimismGap: mean == 0 ? 0 : (mean - objective) / mean,
      kolmogorovSmirnov: LawDistance.kolmogorovSmirnov(predicted, realised), costs: costs)
  }
}
