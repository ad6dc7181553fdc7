import DepthNumerics
import Foundation

/// Resolutions of a Gaussian problem's boundaries, refined until the bounds of V and b are small.
///
/// Let W = g + U with U the potential of the computed curves, and on these `eps = U`, `delta = U'`. Then
/// `W - sup(eps+) - sup(delta^2 sigma^2 / (4 s)) <= V <= W + sup |eps|`.
/// *Upper.* The payoff of stopping by the curves differs from W in the continuation region by a solution of the homogeneous equation
/// with edge values eps; and V is at most a payoff. *Lower.* Beyond the curves W solves the equation with source s >= 0 there, so that
/// W is a subsolution as soon as it is at most g: beyond them U is at most sup eps+, before them at most the top of the parabola
/// `eps + delta d - (s/sigma^2) d^2`. Where a curve lies before its start, s < 0 beyond it counts with the depth left. The suprema are taken over points between the collocation nodes and doubled, the parabola is
/// local: estimates.
struct GaussianBoundaryRun {
  let curves: GaussianCurves
  let potential: GaussianPotential
  /// Bound of |W - V|, in units of V.
  let errorBound: Double
  /// Bound of |b - computed b|.
  let boundaryError: Double
  /// s at the collocation nodes.
  let nodes: [Double]
  /// The largest |U'| on a curve between nodes.
  let residual: Double
  /// V within the tolerance of its scale, and the boundary within a thousand times it.
  let isConverged: Bool
  /// The boundary within ten times it: nothing is left to refine.
  private let isFinal: Bool
  private(set) var iterations = 0
  private(set) var evaluations = 0

  /// - Throws: `StoppingError` when no resolution gives usable curves.
  init(_ problem: GaussianStopping, of stopping: StoppingProblem, tolerance: Double) throws {
    let solver = GaussianBoundarySolver(problem: problem, begin: try GaussianStart(problem, of: stopping))
    var coarse: GaussianBoundarySolver.Level?
    var best: GaussianBoundaryRun?
    var failure: (any Error)?
    var (iterations, evaluations) = (0, 0)
    for resolution in GaussianBoundarySolver.ladder {
      let level: GaussianBoundarySolver.Level
      do {
        level = try solver.solve(resolution, from: coarse)
      } catch {
        // where a finer curve fails, the best so far stands with its own bounds
        failure = error
        break
      }
      iterations += level.iterations
      evaluations += level.iterations * resolution.degree * resolution.quadrature * problem.starts.count
      if let coarse {
        let run = GaussianBoundaryRun(level, coarse, resolution, tolerance)
        // a level that gains nothing is at the rounding of its equations, or the next ones are not worth their time
        let isStalled =
          best.map { 2 * run.errorBound > $0.errorBound && 2 * run.boundaryError > $0.boundaryError } ?? false
        if run.errorBound.isFinite, run.errorBound <= best?.errorBound ?? .infinity { best = run }
        if run.isFinal || isStalled || (run.errorBound.isInfinite && resolution.degree >= 32) { break }
      }
      coarse = level
    }
    guard let best else {
      throw failure ?? StoppingError("integral-equation: no resolution gave boundaries that keep apart")
    }
    self = best
    (self.iterations, self.evaluations) = (iterations, evaluations)
  }

  private init(
    _ level: GaussianBoundarySolver.Level, _ coarse: GaussianBoundarySolver.Level,
    _ resolution: GaussianBoundarySolver.Resolution, _ tolerance: Double
  ) {
    (curves, nodes) = (level.curves, level.nodes)
    let problem = curves.problem
    let points = (resolution.quadrature * 5 / 4) | 1
    potential = GaussianPotential(
      curves, rule: DoubleExponentialRule(count: 2 * points - 1, reach: resolution.reach + 0.2))
    let probes = Self.probes(
      curves, GaussianPotential(curves, rule: DoubleExponentialRule(count: points, reach: resolution.reach + 0.2)))
    let scale = max(curves.unit, probes.map { abs($0.state - problem.starts[$0.curve].state) }.max() ?? 0)
    // what a source of one cell of noise earns over the horizon: V's own unit
    let valueScale = probes.map { abs($0.jet.value) + $0.source * problem.horizon }.max() ?? 0
    let overshoot = probes.map(\.overshoot).max() ?? 0
    let bound = 2 * (probes.map { abs($0.jet.value) }.max() ?? 0) + 2 * overshoot + 2e-15 * valueScale
    let displacement = probes.map(\.displacement).max() ?? 0
    let rounding = 1e-14 * (scale + (problem.starts.map { abs($0.state) }.max() ?? 0))
    boundaryError = min(2 * Self.distance(level, coarse), 8 * displacement + rounding) + rounding
    residual = probes.map { abs($0.jet.slope) }.max() ?? 0
    // of curves that cross, or pass a kink that they have no mass for, nothing follows
    let isSound =
      probes.allSatisfy { $0.jet.value.isFinite && $0.jet.slope.isFinite && $0.state.isFinite }
      && Self.isOrdered(probes, problem, within: boundaryError) && Self.stopsAtKinks(probes, level.curves)
    errorBound = isSound ? bound : .infinity
    isConverged =
      level.isConverged && errorBound <= tolerance * valueScale && boundaryError <= 1e3 * tolerance * scale
    isFinal = isConverged && boundaryError <= 10 * tolerance * scale
  }

  /// A point of a curve between collocation nodes, with the potential there.
  private struct Probe {
    let curve: Int
    let tau: Double
    let state: Double
    let jet: GaussianJet
    let source: Double
    let overshoot: Double
    let displacement: Double
  }

  private static func probes(_ curves: GaussianCurves, _ potential: GaussianPotential) -> [Probe] {
    let problem = curves.problem
    let variance = problem.noise * problem.noise
    return (0..<(curves.degree * curves.count)).map { index in
      let (curve, j) = (index / curves.degree, index % curves.degree)
      let sine = sin(.pi * (Double(j) + 0.5) / Double(2 * curves.degree))
      let tau = problem.horizon * pow(sine * sine, 1 / curves.power)
      let state = curves.state(curve, tau)
      let jet = potential.jet(state, tau).jet
      let source = problem.source(curve, at: state)
      // where the curve is within rounding of its start the quotients say nothing, nor do they matter
      let isApart = source > 0 && abs(state - problem.starts[curve].state) > 1e-9 * curves.unit
      return Probe(
        curve: curve, tau: tau, state: state, jet: jet, source: max(source, 0),
        overshoot: isApart
          ? jet.slope * jet.slope * variance / (4 * source) : max(0, -source) * tau,
        displacement: isApart ? abs(jet.slope) * variance / (2 * source) : 0)
    }
  }

  /// Whether the curves keep their order, and their side of a mirror, but for their own error: next to the horizon all are near their
  /// starts.
  private static func isOrdered(_ probes: [Probe], _ problem: GaussianStopping, within error: Double) -> Bool {
    let byDepth = Dictionary(grouping: probes, by: \.tau).values
    return byDepth.allSatisfy { places in
      let states = places.sorted { $0.curve < $1.curve }.map(\.state)
      return zip(states, states.dropFirst()).allSatisfy { $0 < $1 + error }
        && states[0] > (problem.mirror ?? -.infinity) - error
    }
  }

  /// Whether one stops at the convex kinks at every depth.
  private static func stopsAtKinks(_ probes: [Probe], _ curves: GaussianCurves) -> Bool {
    curves.problem.stoppedKinks.allSatisfy { kink in probes.allSatisfy { curves.stops(kink, $0.tau) } }
  }

  /// The largest distance of two resolutions, over the nodes of the finer and points between them.
  private static func distance(_ fine: GaussianBoundarySolver.Level, _ coarse: GaussianBoundarySolver.Level) -> Double {
    let curves = fine.curves
    let n = 2 * curves.degree
    var largest = 0.0
    for j in 0..<curves.count {
      for l in 1...n {
        let sine = sin(.pi * Double(l) / Double(2 * n))
        let tau = curves.problem.horizon * pow(sine * sine, 1 / curves.power)
        largest = max(largest, abs(curves.state(j, tau) - coarse.curves.state(j, tau)))
      }
    }
    return largest
  }
}
