import DepthNumerics
import Foundation

/// Where Newton's method begins: the boundaries of a march on coarse grids, and below its first steps `b - X` in proportion to
/// `sqrt(tau)` or, at a kink, to `sqrt(tau) d(tau)` with `Phi(-d) = s sigma sqrt(2 tau/pi) / |g'(K+) - g'(K-)|`.
///
/// That is smooth fit against a flat boundary: the kink's share `Phi(-d)` of the slope beside what stopping later costs.
struct GaussianStart {
  private let problem: GaussianStopping
  private let branches: [HaltingBranch]
  /// For each curve, the depth to go above which the march counts.
  private let turns: [Double]

  /// - Throws: `StoppingError` where the march finds other boundaries than those that start at the horizon.
  init(_ problem: GaussianStopping, of stopping: StoppingProblem) throws {
    let horizon = problem.horizon
    let march = try GradedFiniteDifferences.fast.solve(stopping, StoppingQuery(points: [], depths: [0]))
    // the first steps may be too long to see a boundary that leaves its kink
    let found = march.boundary.branches
      .filter { $0.firstDepth <= 0 && $0.lastDepth >= 0.5 * horizon }
      .sorted { ($0.state(at: 0) ?? 0, $0.stopsBelow ? 0 : 1) < ($1.state(at: 0) ?? 0, $1.stopsBelow ? 0 : 1) }
    guard found.map(\.stopsBelow) == problem.starts.map(\.stopsBelow) else {
      throw StoppingError(
        "integral-equation: the regions change their topology before the horizon; finite-differences follows that")
    }
    self.problem = problem
    branches = found
    turns = found.map { max(horizon / 200, horizon - $0.lastDepth) }
  }

  /// `b_j(tau)`, about.
  func callAsFunction(_ j: Int, _ tau: Double) -> Double {
    let (start, turn) = (problem.starts[j], turns[j])
    let known = branches[j].state(at: min(problem.horizon - max(tau, turn), branches[j].lastDepth)) ?? start.state
    guard tau < turn else { return known }
    return start.state + (known - start.state) * growth(j, tau) / growth(j, turn)
  }

  /// Curves of a coarse resolution; beside a kink, below its second node, where they are within their own error, in proportion.
  func continued(_ level: GaussianBoundarySolver.Level, _ j: Int, _ tau: Double) -> Double {
    let pivot = problem.horizon * pow(level.nodes[1], 1 / level.curves.power)
    guard problem.starts[j].kink != nil, tau < pivot else { return level.curves.state(j, tau) }
    let start = problem.starts[j]
    return start.state + (level.curves.state(j, pivot) - start.state) * growth(j, tau) / growth(j, pivot)
  }

  private func growth(_ j: Int, _ tau: Double) -> Double {
    let start = problem.starts[j]
    guard let kink = start.kink else { return tau.squareRoot() }
    let jump = 2 * abs(problem.kinks[kink].mass) / (problem.noise * problem.noise)
    // s about where the curve is: at the kink itself it may vanish
    let length = problem.noise * tau.squareRoot()
    let source = problem.source(j, at: start.state + start.direction * length)
    let share = max(source, start.stoppedSource) * length * (2 / Double.pi).squareRoot() / jump
    return tau.squareRoot() * Self.quantile(min(0.3, share))
  }

  /// d with `Phi(-d) = share`, by `ln Phi(-d) ~ -d^2/2 - ln(d + 1.6) - 0.45`: within a few per cent, which is enough to begin with.
  private static func quantile(_ share: Double) -> Double {
    var d = 1.0
    for _ in 0..<20 {
      let square = -2 * (log(share) + log(d + 1.6) + 0.45)
      d = 0.5 * (d + max(0.05, square).squareRoot())
    }
    return d
  }
}
