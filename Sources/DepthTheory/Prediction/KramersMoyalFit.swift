import DepthNumerics
import DepthRuns
public import DepthStopping
import Foundation

/// Drift and noise of a coordinate over depth, block by block, by local-linear kernel regression of its increments.
///
/// `mu_k(z) = E[z_{k+1} - z_k | z_k = z]`, `sigma_k^2(z) = Var[z_{k+1} - z_k | z_k = z]`, `g_k(z) = E[loss_k | z_k = z]`, Gaussian
/// weights; the bandwidth (in units of the pooled standard deviation) by leave-one-out cross-validation of the drift.
/// Standard errors of the drift from the local residual variance. O(L n grid). A short block is needed for the
/// diffusion to describe the chain: compare with `CoordinateKernel`. Source: Fan and Gijbels, "Local Polynomial Modelling"
/// (1996); Siegert, Friedrich and Peinke, Physics Letters A 243 (1998).
public struct KramersMoyalFit: Equatable, Sendable {
  public let coordinate: String
  public let diffusion: DepthwiseDiffusion
  /// L rows: standard error of the drift on the grid.
  public let driftError: [[Double]]
  public let bandwidth: Double
  /// Share of the samples nearest to each grid node at exit 0.
  public let initialLaw: [Double]

  /// - Throws: `InputError.usage` for an unknown coordinate; `.data` when it does not vary.
  public init(fitting paths: StoppingPaths, coordinate: String, cells: Int = 240) throws {
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
    let bandwidth = Self.bestBandwidth(columns, increments, deviation)
    var (drift, noise, error): ([[Double]], [[Double]], [[Double]]) = ([], [], [])
    for (states, steps) in zip(columns, increments) {
      let mean = LocalRegression(states, steps, bandwidth: bandwidth)
      let residuals = zip(states, steps).map { $1 - mean.value(at: $0).value }
      let variance = LocalRegression(states, residuals.map { $0 * $0 }, bandwidth: bandwidth)
      let fitted = grid.map { mean.value(at: $0) }
      let sigma = grid.map { max(0, variance.localMean(at: $0)).squareRoot() }
      drift.append(fitted.map(\.value))
      noise.append(sigma)
      error.append(zip(fitted, sigma).map { $1 / max(1, $0.effectiveCount).squareRoot() })
    }
    let losses = columns.enumerated().map { exit, states in
      let fit = LocalRegression(states, (0..<paths.sampleCount).map { paths.loss($0, exit) }, bandwidth: bandwidth)
      return grid.map { max(0, fit.localMean(at: $0)) }
    }
    self.coordinate = coordinate
    self.bandwidth = bandwidth
    driftError = error
    diffusion = DepthwiseDiffusion(grid: grid, drift: drift, diffusion: noise, stoppingLoss: losses)
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
      level: "diffusion", coordinate: coordinate, law: law, objective: objective, intervals: intervals)
  }

  /// Columns `block`, `coordinate`, `drift`, `drift_error`, `diffusion`, `stopping_loss` on every eighth grid node.
  public var table: Table {
    var table = Table(name: "kramers-moyal")
    let nodes = stride(from: 0, to: diffusion.grid.count, by: 8).map { $0 }
    let rows = (0..<diffusion.blockCount).flatMap { block in nodes.map { (block, $0) } }
    table.add("block", rows.map(\.0))
    table.add("coordinate", rows.map { diffusion.grid[$0.1] })
    table.add("drift", rows.map { diffusion.drift[$0.0][$0.1] })
    table.add("drift_error", rows.map { driftError[$0.0][$0.1] })
    table.add("diffusion", rows.map { diffusion.diffusion[$0.0][$0.1] })
    table.add("stopping_loss", rows.map { diffusion.stoppingLoss[$0.0][$0.1] })
    return table
  }

  /// Leave-one-out squared error of the drift, summed over blocks (each scaled by its increments' variance) on at most 400
  /// samples a block.
  private static func bestBandwidth(_ columns: [[Double]], _ increments: [[Double]], _ deviation: Double) -> Double {
    let candidates = [0.1, 0.15, 0.22, 0.33, 0.5, 0.75, 1.1].map { $0 * deviation }
    let scores = candidates.map { width -> Double in
      zip(columns, increments).reduce(0) { total, block in
        let scale = Statistics.variance(block.1)
        guard scale > 0 else { return total }
        let regression = LocalRegression(block.0, block.1, bandwidth: width)
        let stride = max(1, block.0.count / 400)
        let checked = Swift.stride(from: 0, to: block.0.count, by: stride)
        let squares = checked.reduce(0.0) { sum, i in
          let residual = block.1[i] - regression.valueLeavingOut(i)
          return sum + residual * residual
        }
        return total + squares / scale
      }
    }
    return candidates[scores.indices.min { scores[$0] < scores[$1] }!]
  }
}

/// Gaussian-weighted regression at a point: a local line, or a local mean where positivity matters.
struct LocalRegression {
  private let x: [Double]
  private let y: [Double]
  private let bandwidth: Double

  init(_ x: [Double], _ y: [Double], bandwidth: Double) {
    self.x = x
    self.y = y
    self.bandwidth = bandwidth
  }

  /// The local line's value and Kish's effective number of samples; evaluation beyond the data is clamped to their range.
  func value(at point: Double) -> (value: Double, effectiveCount: Double) {
    fit(at: clamp(point), leavingOut: nil)
  }

  func valueLeavingOut(_ index: Int) -> Double { fit(at: x[index], leavingOut: index).value }

  /// The local mean: a convex combination of the values, so it keeps their sign.
  func localMean(at point: Double) -> Double {
    let place = clamp(point)
    let (weights, sum) = self.weights(place, nil)
    return zip(weights, y).reduce(0) { $0 + $1.0 * $1.1 } / sum
  }

  private func clamp(_ point: Double) -> Double { min(max(point, x.min()!), x.max()!) }

  /// Weights relative to the nearest sample's, so that they never all underflow.
  private func weights(_ point: Double, _ left: Int?) -> ([Double], Double) {
    var exponents = x.map { 0.5 * (($0 - point) / bandwidth) * (($0 - point) / bandwidth) }
    if let left { exponents[left] = .infinity }
    let least = exponents.min()!
    let weights = exponents.map { exp(least - $0) }
    return (weights, weights.reduce(0, +))
  }

  private func fit(at point: Double, leavingOut left: Int?) -> (value: Double, effectiveCount: Double) {
    let (w, s0) = weights(point, left)
    var (s1, s2, t0, t1, squares) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for i in x.indices {
      let d = x[i] - point
      s1 += w[i] * d
      s2 += w[i] * d * d
      t0 += w[i] * y[i]
      t1 += w[i] * d * y[i]
      squares += w[i] * w[i]
    }
    let determinant = s0 * s2 - s1 * s1
    // a cluster at one point determines no slope: the mean is left
    let value = determinant > 1e-9 * s0 * s0 * bandwidth * bandwidth ? (s2 * t0 - s1 * t1) / determinant : t0 / s0
    return (value, s0 * s0 / squares)
  }
}
