import DepthNumerics
import DepthRuns
public import DepthStopping
import Foundation

/// Drift and noise of a coordinate over depth, block by block, by local-linear regression of its increments.
///
/// `mu_k(z) = E[z_{k+1} - z_k | z_k = z]`, `sigma_k^2(z) = Var[z_{k+1} - z_k | z_k = z]`, `g_k(z) = E[loss_k | z_k = z]`; one
/// bandwidth for each of the three by leave-one-out cross-validation over all blocks. Standard errors of drift and
/// noise from the local noise. O(L (n + grid bins)). The diffusion describes the chain only where increments are small and nearly normal:
/// compare with `CoordinateKernel`, which assumes neither. Source: Siegert, Friedrich and Peinke, Physics Letters A 243 (1998).
public struct KramersMoyalFit: Equatable, Sendable {
  public let coordinate: String
  public let diffusion: DepthwiseDiffusion
  /// L rows: standard error of the drift on the grid.
  public let driftError: [[Double]]
  /// L rows: standard error of the noise on the grid, `sigma / sqrt(2 n_eff)`, as for normal increments.
  public let diffusionError: [[Double]]
  /// Bandwidths of drift, variance and loss, in units of the coordinate.
  public let bandwidths: [Double]
  /// Share of the samples nearest to each grid node at exit 0.
  public let initialLaw: [Double]

  /// - Throws: `InputError.usage` for an unknown coordinate; `.data` when it does not vary.
  public init(fitting paths: StoppingPaths, coordinate: String, cells: Int = 240, threads: Int = 1) throws {
    let feature = try paths.featureIndex(coordinate)
    let columns = (0..<paths.exitCount).map { exit in (0..<paths.sampleCount).map { paths.feature($0, exit, feature) } }
    let pooled = columns.flatMap { $0 }.sorted()
    let deviation = Statistics.variance(pooled).squareRoot()
    guard let low = pooled.first, let high = pooled.last, deviation > 0 else {
      throw InputError.data("coordinate '\(coordinate)' does not vary: no drift or noise can be fitted")
    }
    let margin = 0.1 * (high - low)
    let grid = (0...cells).map { low - margin + (high - low + 2 * margin) * Double($0) / Double(cells) }
    let increments = zip(columns, columns.dropFirst()).map { zip($0, $1).map { $1 - $0 } }
    let candidates = [0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8, 1.2].map { $0 * deviation }
    let means = zip(columns, increments).map { LocalRegression($0, $1) }
    let driftWidth = LocalRegression.bestBandwidth(
      means, candidates: candidates, keepsSign: false, threads: threads)
    let drift = means.map { mean in grid.map { mean.fit(at: $0, bandwidth: driftWidth) } }
    let variances = columns.indices.dropLast().map { block in
      let residuals = zip(columns[block], increments[block]).map { state, step in
        step - Self.interpolate(grid, drift[block].map(\.value), state)
      }
      return LocalRegression(columns[block], residuals.map { $0 * $0 })
    }
    let varianceWidth = LocalRegression.bestBandwidth(
      variances, candidates: candidates, keepsSign: true, threads: threads)
    let spread = variances.map { variance in
      grid.map { variance.fit(at: $0, bandwidth: varianceWidth, keepsSign: true) }
    }
    let noise = spread.map { $0.map { max(0, $0.value).squareRoot() } }
    let losses = columns.indices.map { exit in
      LocalRegression(columns[exit], (0..<paths.sampleCount).map { paths.loss($0, exit) })
    }
    let lossWidth = LocalRegression.bestBandwidth(
      losses, candidates: candidates, keepsSign: true, threads: threads)
    self.coordinate = coordinate
    bandwidths = [driftWidth, varianceWidth, lossWidth]
    driftError = zip(drift, noise).map { fits, sigma in
      zip(fits, sigma).map { $1 / max(1, $0.effectiveCount).squareRoot() }
    }
    diffusionError = zip(spread, noise).map { fits, sigma in
      zip(fits, sigma).map { $1 / (2 * max(1, $0.effectiveCount)).squareRoot() }
    }
    diffusion = DepthwiseDiffusion(
      grid: grid, drift: drift.map { $0.map(\.value) }, diffusion: noise,
      stoppingLoss: losses.map { loss in
        grid.map { max(0, loss.fit(at: $0, bandwidth: lossWidth, keepsSign: true).value) }
      })
    var initial = [Double](repeating: 0, count: grid.count)
    for state in columns[0] {
      initial[Int(((state - grid[0]) / (grid[1] - grid[0])).rounded())] += 1 / Double(paths.sampleCount)
    }
    initialLaw = initial
  }

  /// The free boundary of the diffusion, moved by 0.5826 sigma sqrt(Delta) because one may stop at block ends only, and the law
  /// of tau by absorption at that boundary. No threshold is fitted.
  public func predict(runningCost: Double, substeps: Int = 16) -> DepthPrediction {
    let solution = DepthwiseObstacle(substeps: substeps).solve(diffusion, runningCost: runningCost)
    let intervals = solution.blockwiseStoppingIntervals
    let (law, objective) = solution.stoppingLaw(initialMass: initialLaw, intervals: intervals, substeps: substeps)
    return DepthPrediction(
      level: .diffusion, coordinate: coordinate, law: law, objective: objective, intervals: intervals)
  }

  /// Columns `block`, `coordinate`, `drift`, `drift_error`, `diffusion`, `diffusion_error`, `stopping_loss` on every eighth grid node.
  public var table: Table {
    var table = Table(name: "kramers-moyal")
    let nodes = stride(from: 0, to: diffusion.grid.count, by: 8).map { $0 }
    let rows = (0..<diffusion.blockCount).flatMap { block in nodes.map { (block, $0) } }
    table.add("block", rows.map(\.0))
    table.add("coordinate", rows.map { diffusion.grid[$0.1] })
    table.add("drift", rows.map { diffusion.drift[$0.0][$0.1] })
    table.add("drift_error", rows.map { driftError[$0.0][$0.1] })
    table.add("diffusion", rows.map { diffusion.diffusion[$0.0][$0.1] })
    table.add("diffusion_error", rows.map { diffusionError[$0.0][$0.1] })
    table.add("stopping_loss", rows.map { diffusion.stoppingLoss[$0.0][$0.1] })
    return table
  }

  /// Linear interpolation on the uniform grid.
  private static func interpolate(_ grid: [Double], _ values: [Double], _ state: Double) -> Double {
    let position = (state - grid[0]) / (grid[1] - grid[0])
    let cell = max(0, min(grid.count - 2, Int(position)))
    return values[cell] + (position - Double(cell)) * (values[cell + 1] - values[cell])
  }
}
