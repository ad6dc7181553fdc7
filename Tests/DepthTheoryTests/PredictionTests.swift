import DepthNumerics
import DepthStopping
import DepthTheory
import Foundation
import Testing

/// The whole pipeline on paths simulated from `ou-contraction`, whose answer is known in closed form.
@Suite struct PredictionTests {
  static let blockSize = 0.05
  static let cost = 0.1 * blockSize

  /// Exact transitions of dX = -X dt + 0.5 dW over blocks, from X_0 normal; loss and coordinate are X^2 and X.
  static func paths(_ n: Int, blocks: Int = 60, seed: UInt64) -> StoppingPaths {
    let decay = exp(-blockSize)
    let noise = (0.125 * (1 - decay * decay)).squareRoot()
    let states = (0..<n).flatMap { sample -> [Double] in
      var stream = RandomStream(seed: seed, stream: UInt64(sample))
      let draws = stream.normals(blocks + 1)
      var x = 0.6 * draws[0]
      return (0...blocks).map { k in
        if k > 0 { x = decay * x + noise * draws[k] }
        return x
      }
    }
    return StoppingPaths(
      sampleCount: n, exitCount: blocks + 1, stoppingLoss: states.map { $0 * $0 }, featureNames: ["x"], features: states
    )
  }

  @Test func kramersMoyalRecoversDriftAndNoise() throws {
    let fit = try KramersMoyalFit(fitting: Self.paths(4000, blocks: 4, seed: 1), coordinate: "x")
    let grid = fit.diffusion.grid
    for (i, x) in grid.enumerated() where abs(x) < 0.7 {
      for block in 0..<4 {
        let exact = x * (exp(-Self.blockSize) - 1)
        #expect(abs(fit.diffusion.drift[block][i] - exact) < 5 * fit.driftError[block][i], "block \(block), x \(x)")
        let sigma = (0.125 * (1 - exp(-2 * Self.blockSize))).squareRoot()
        #expect(abs(fit.diffusion.diffusion[block][i] / sigma - 1) < 0.15, "block \(block), x \(x)")
      }
    }
  }

  /// Kernel, diffusion and the recorded paths themselves agree, and the boundary is that of the closed form after the
  /// blockwise correction.
  @Test func bothLevelsPredictTheRealisedLaw() throws {
    let (fit, test) = (Self.paths(6000, seed: 2), Self.paths(6000, seed: 3))
    let bootstrap = Bootstrap(sampleCount: 6000, resamples: 50)
    let moments = try KramersMoyalFit(fitting: fit, coordinate: "x")
    let kernel = try CoordinateKernel(fitting: fit, coordinate: "x", bins: 40)
    for prediction in [kernel.predict(runningCost: Self.cost), moments.predict(runningCost: Self.cost)] {
      #expect(abs(prediction.law.reduce(0, +) - 1) < 1e-9)
      let realised = RuleEvaluation(
        BoundaryRule(feature: 0, intervals: prediction.intervals), on: test, runningCost: Self.cost,
        bootstrap: bootstrap)
      let distance = LawDistance.kolmogorovSmirnov(prediction.law, realised.law)
      #expect(distance < 0.05, "\(prediction.level): KS \(distance)")
      #expect(
        abs(prediction.objective / realised.objective.value - 1) < 0.05,
        "\(prediction.level): \(prediction.objective), \(realised.objective)")
    }
    let intervals = moments.predict(runningCost: Self.cost).intervals[5]
    let expected = 0.134161134098 + 0.5826 * 0.5 * Self.blockSize.squareRoot()
    #expect(intervals.count == 1 && abs(intervals[0].upper - expected) < 0.03, "\(intervals)")
  }

  @Test func aCoordinateThatDoesNotVaryIsRefused() throws {
    let flat = StoppingPaths(
      sampleCount: 30, exitCount: 2, stoppingLoss: [Double](repeating: 1, count: 60), featureNames: ["z"],
      features: [Double](repeating: 2, count: 60))
    #expect(throws: (any Error).self) { try KramersMoyalFit(fitting: flat, coordinate: "z") }
    let comparison = try DepthComparison(flat, runningCost: 0.1, coordinate: nil)
    #expect(comparison.predictions.isEmpty && comparison.best.expectedStoppingDepth.value == 0)
  }

  @Test func comparisonsDoNotDependOnThreads() throws {
    let paths = Self.paths(400, blocks: 10, seed: 4)
    let results = try [1, 2].map {
      try DepthComparison(paths, runningCost: Self.cost, coordinate: "x", seed: 5, threads: $0).json
    }
    #expect(results[0] == results[1])
  }
}
