import DepthDynamics
import DepthNumerics
import Foundation

/// One continuation interval followed from a start near the horizon to depth 0.
struct FrontFixedInterval {
  let system: FrontFixedSystem
  /// Depths to go, ascending, the start first.
  let levels: [Double]
  /// Unknowns at each level.
  let states: [[Double]]
  let steps: Int

  /// - Parameters:
  ///   - start: V, of the minimised problem, at the start's depth.
  ///   - levels: the start's depth to go and those asked for, ascending.
  /// - Throws: `StoppingError` where the integration fails: the interval closes, meets another or loses smooth fit.
  init(
    _ system: FrontFixedSystem, lower: Double, upper: Double, start: (Double) -> Double, levels: [Double],
    tolerance: Double
  ) throws {
    self.system = system
    self.levels = levels
    let initial = Self.initial(system, lower, upper, start, levels[0])
    let depth = system.horizon - levels[0]
    var scale = 0.0
    let places = Self.places(system, initial)
    for (x, v) in zip(places, initial) { scale = max(scale, abs(v - system.inequality.loss.value(depth, x))) }
    do {
      let run = try IDA(
        relativeTolerance: tolerance, absoluteTolerance: tolerance * max(scale, 1e-300), maximumSteps: 1500
      )
      .integrate(
        system, from: initial, start: levels[0], outputs: Array(levels.dropFirst()), smoothingStep: 1e-5 * levels[0])
      states = [initial] + run.states
      steps = run.steps
    } catch let error as IntegrationError {
      throw StoppingError(
        "front-fixed cannot follow the interval (\(lower), \(upper)) beyond \(error.depth) to go (\(error.reason)): it may close, split or lose smooth fit there"
      )
    }
  }

  /// Values at the nodes and free edges, the edges moved to where smooth fit holds for the interpolant.
  private static func initial(
    _ system: FrontFixedSystem, _ lower: Double, _ upper: Double, _ start: (Double) -> Double, _ theta: Double
  ) -> [Double] {
    let n = system.nodeCount
    func unknowns(_ a: Double, _ b: Double) -> [Double] {
      var y = system.map.values.map { start(min(max(a + (b - a) * $0, a), b)) }
      if system.lower == .free {
        y[0] = system.inequality.loss.value(system.horizon - theta, a)
        y.append(a)
      }
      if system.upper == .free {
        y[n - 1] = system.inequality.loss.value(system.horizon - theta, b)
        y.append(b)
      }
      return y
    }
    var (a, b) = (lower, upper)
    let zero = [Double](repeating: 0, count: system.dimension)
    func fits(_ a: Double, _ b: Double) -> [Double] {
      var residual = zero
      system.residual(depth: theta, state: unknowns(a, b), slope: zero, into: &residual)
      return Array(residual[n...])
    }
    // secant steps for each edge in turn; they hardly depend on each other
    for _ in 0..<3 {
      let h = 1e-4 * (b - a)
      if system.lower == .free {
        let (here, there) = (fits(a, b)[0], fits(a + h, b)[0])
        if there != here { a -= max(-h, min(h, h * here / (there - here))) }
      }
      if system.upper == .free {
        let (here, there) = (fits(a, b).last!, fits(a, b + h).last!)
        if there != here { b -= max(-h, min(h, h * here / (there - here))) }
      }
    }
    return unknowns(a, b)
  }

  private static func places(_ system: FrontFixedSystem, _ state: [Double]) -> [Double] {
    let (a, b) = system.edges(state)
    return system.map.values.map { a + (b - a) * $0 }
  }

  func edges(_ level: Int) -> (lower: Double, upper: Double) { system.edges(states[level]) }

  /// V at x inside the interval; nil outside.
  func value(_ level: Int, at x: Double) -> Double? {
    let (a, b) = edges(level)
    guard a < x || (x == a && system.lower != .free), x < b || (x == b && system.upper != .free) else { return nil }
    let xi = system.map.inverse((x - a) / (b - a))
    return system.rule.evaluate(Array(states[level].prefix(system.nodeCount)), at: xi)
  }

  /// Whether V <= g at all nodes of a level, but for rounding.
  func isBelowLoss(_ level: Int) -> Bool {
    let depth = system.horizon - levels[level]
    let places = Self.places(system, states[level])
    var (above, below) = (0.0, 0.0)
    for (x, v) in zip(places, states[level]) {
      let gap = v - system.inequality.loss.value(depth, x)
      above = max(above, gap)
      below = max(below, -gap)
    }
    return above <= 1e-6 * below
  }
}
