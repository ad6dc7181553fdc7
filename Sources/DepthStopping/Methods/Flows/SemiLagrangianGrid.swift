import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// One grid of the semi-Lagrangian recursion: `V(t, x) = min{min_{s <= Delta} J(s), cost + e^(-r Delta) V(t + Delta, x_Delta)}`.
///
/// Inside a step the halt is found along the arc itself, so that only interpolation and the arc's own error (Runge-Kutta 4, eight
/// substeps) remain. Linear interpolation: monotone, keeps kinks, error O(h^2/Delta) where V is smooth.
struct SemiLagrangianGrid<Field: VectorField> {
  let objective: FlowObjective<Field>
  let lower: Double
  let cellCount: Int
  let cell: Double
  /// Delta.
  let step: Double

  private static var substeps: Int { 8 }

  init(objective: FlowObjective<Field>, lower: Double, upper: Double, cells: Int, step: Double) {
    self.objective = objective
    self.lower = lower
    self.step = step
    cellCount = cells
    cell = (upper - lower) / Double(cells)
  }

  func node(_ i: Int) -> Double { lower + cell * Double(i) }

  /// What a step from a state is worth: the best halt on its arc, and how to go on.
  private struct Arc {
    let best: Double
    /// `J` without the loss at the end, the factor of V there, and where that is.
    let cost: Double
    let factor: Double
    let end: Double
  }

  private func arc(from x: Double, at depth: Double, over length: Double) -> Arc {
    var problem = objective
    problem.start = depth
    let first = problem.loss(depth: depth, at: [x])
    var (state, best) = ([x, first], first)
    var look = problem.lookAhead(depth: depth, at: [x])
    let part = length / Double(Self.substeps)
    for k in 0..<Self.substeps {
      let here = depth + Double(k) * part
      let next = Self.advance(problem, state, here, part)
      let nextLook = problem.lookAhead(depth: here + part, at: [next[0]])
      if look < 0, nextLook >= 0 {
        let from = state
        let share =
          (try? RootFinding.brent(lower: 0, upper: part) { s in
            let inside = Self.advance(problem, from, here, s)
            return problem.lookAhead(depth: here + s, at: [inside[0]])
          }) ?? part
        let inside = Self.advance(problem, from, here, share)
        best = min(best, problem.objective(depth: here + share, state: inside))
      }
      (state, look) = (next, nextLook)
    }
    let factor = exp(-problem.discount * length)
    let atEnd = problem.objective(depth: depth + length, state: state)
    let cost = atEnd - factor * problem.loss(depth: depth + length, at: [state[0]])
    return Arc(best: best, cost: cost, factor: factor, end: state[0])
  }

  /// Runge-Kutta 4 on (x, J).
  private static func advance(
    _ problem: FlowObjective<Field>, _ state: [Double], _ depth: Double, _ step: Double
  ) -> [Double] {
    guard step > 0 else { return state }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 10) { buffer in
      let slopes = buffer.baseAddress!
      let shifted = slopes + 8
      let shares = [0, 0.5, 0.5, 1.0]
      for stage in 0..<4 {
        for i in 0..<2 {
          shifted[i] = state[i] + (stage == 0 ? 0 : shares[stage] * step * slopes[2 * (stage - 1) + i])
        }
        problem.evaluate(depth: depth + shares[stage] * step, state: shifted, into: slopes + 2 * stage)
      }
      return (0..<2).map { i in
        let sum = slopes[i] + 2 * slopes[2 + i] + 2 * slopes[4 + i] + slopes[6 + i]
        return state[i] + step / 6 * sum
      }
    }
  }

  /// V at a state from V at the nodes a step later; beyond the grid one stops.
  private func interpolate(_ values: [Double], _ x: Double, _ depth: Double) -> Double {
    let place = (x - lower) / cell
    guard place >= 0, place <= Double(cellCount) else { return objective.loss(depth: depth, at: [x]) }
    let i = min(Int(place), cellCount - 1)
    let share = place - Double(i)
    return values[i] + share * (values[i + 1] - values[i])
  }

  private func value(_ arc: Arc, _ next: [Double], _ depth: Double) -> Double {
    min(arc.best, arc.cost + arc.factor * interpolate(next, arc.end, depth))
  }

  /// V at any state and depth from V at the nodes at `depth + length`.
  func value(at x: Double, depth: Double, length: Double, next: [Double]) -> Double {
    value(arc(from: x, at: depth, over: length), next, depth + length)
  }

  /// g at the nodes.
  func losses(at depth: Double) -> [Double] { (0...cellCount).map { objective.loss(depth: depth, at: [node($0)]) } }

  /// One step back in depth.
  func recede(_ next: [Double], to depth: Double) -> [Double] {
    (0...cellCount).map { value(at: node($0), depth: depth, length: step, next: next) }
  }

  /// The fixed point, reached from above by V = g: as many rounds as the longest run has steps.
  ///
  /// - Throws: `StoppingError` when it does not settle.
  func settle() throws -> [Double] {
    let arcs = (0...cellCount).map { arc(from: node($0), at: 0, over: step) }
    var values = losses(at: 0)
    for _ in 0..<20_000 {
      var change = 0.0
      // in place: V only falls, and newer values are better bounds
      for i in arcs.indices {
        let next = value(arcs[i], values, 0)
        if next < values[i] {
          change = max(change, (values[i] - next) / max(abs(values[i]), 1e-300))
          values[i] = next
        }
      }
      if change <= 4 * Double.ulpOfOne { return values }
    }
    throw StoppingError("the semi-Lagrangian iteration did not settle: V may be minus infinity")
  }

  /// Boundaries on a window: decisions at the nodes, then bisection on the decision.
  func boundaries(
    _ window: StateInterval, depth: Double, length: Double, next: [Double]
  ) -> [HaltingBoundary.Crossing] {
    func continues(_ x: Double) -> Bool {
      let loss = objective.loss(depth: depth, at: [x])
      return value(at: x, depth: depth, length: length, next: next) < loss - 1e-11 * max(abs(loss), 1e-300)
    }
    let states = (0...cellCount).map(node).filter { window.contains($0) }
    let decisions = states.map(continues)
    return states.indices.dropLast().filter { decisions[$0] != decisions[$0 + 1] }.map { i in
      var (a, b) = (states[i], states[i + 1])
      for _ in 0..<40 {
        let middle = 0.5 * (a + b)
        if continues(middle) == decisions[i] { a = middle } else { b = middle }
      }
      return .init(at: 0.5 * (a + b), stopsBelow: !decisions[i])
    }
  }
}
