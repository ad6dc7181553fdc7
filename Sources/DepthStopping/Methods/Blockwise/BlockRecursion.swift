import DepthNumerics
import Foundation

/// Bellman's recursion over blocks on one set of panels: backwards from the horizon, or to the fixed point by policy iteration.
struct BlockRecursion {
  let problem: BlockProblem
  let transport: BlockOperator
  let far: (lower: BlockFarField, upper: BlockFarField)

  /// What one resolution found.
  struct Outcome {
    /// Boundaries of each block from 0 on (of the first alone where there is no horizon).
    var roots: [[BlockPolicy.Root]]
    /// V at the points, for each block asked for; canonical sign.
    var values: [[Double]]
    var depths: [[Double]]
    var iterations: Int
    /// How far boundaries still moved in the last round.
    var restlessness = 0.0
    /// The largest |V| between the points and boundaries at block 0.
    var scale: Double
    /// Whether E tau* is known.
    var hasDepths: Bool
  }

  init(problem: BlockProblem, domain: BlockDomain, resolution: BlockResolution) {
    self.problem = problem
    let kernel = BlockKernel(
      problem.transition, blockSize: problem.blockSize, deviations: resolution.deviations)
    let width = resolution.width * kernel.scale
    let ghosts = Int((kernel.reach / width).rounded(.up)) + 1
    let panels = BlockPanels(
      rule: GaussLegendreRule(count: resolution.nodes), lower: domain.lower, upper: domain.upper, kinks: domain.kinks,
      width: width, ghostsBelow: domain.startsAtOrigin ? 0 : ghosts, ghostsAbove: ghosts)
    transport = BlockOperator(panels: panels, kernel: kernel)
    far = problem.blocks == nil ? BlockFarField.leastGrowth(problem) : (.constantSurplus, .constantSurplus)
  }

  private var panels: BlockPanels { transport.panels }

  // MARK: a horizon

  /// `V_N = g`, then N steps back: one product with a band a block, O(nodes x reach).
  func recede(points: [BlockPoint], blocks wanted: [Int]) -> Outcome {
    let last = problem.blocks ?? 0
    var losses = problem.losses(panels.nodes, block: last)
    var value = BlockValue(losses: losses)
    var roots = [[BlockPolicy.Root]](repeating: [], count: last + 1)
    var found: [Int: ([Double], [Double])] = [
      last: (points.map { problem.loss($0, block: last) }, points.map { _ in 0 })
    ]
    let isWanted = Set(wanted)
    for block in stride(from: last - 1, through: 0, by: -1) {
      if problem.loss.dependsOnDepth { losses = problem.losses(panels.nodes, block: block) }
      if isWanted.contains(block) { found[block] = evaluate(value, points, block: block) }
      let (continuation, remaining) = step(value)
      let policy = policy(continuation, losses, block: block)
      roots[block] = policy.roots
      value = blockValue(policy, continuation, remaining, losses, block: block)
    }
    return Outcome(
      roots: roots, values: wanted.map { found[$0]?.0 ?? [] }, depths: wanted.map { found[$0]?.1 ?? [] },
      iterations: last, scale: scale(value, points, roots.first ?? []), hasDepths: true)
  }

  // MARK: no horizon

  /// Howard's iteration: solve for the value of a policy, take the better policy, until it stays.
  ///
  /// - Throws: `StoppingError` when the policy does not settle.
  func settle(points: [BlockPoint], blocks wanted: [Int], from start: [BlockPolicy.Root]) throws -> Outcome {
    let losses = problem.losses(panels.nodes, block: 0)
    var policy: BlockPolicy
    if start.isEmpty {
      policy = self.policy(step(BlockValue(losses: losses)).continuation, losses, block: 0)
    } else {
      policy = BlockPolicy(panels, roots: start)
    }
    let hasDepths = problem.discount == 0
    let unit = transport.kernel.scale
    var before = Double.infinity
    for iteration in 1...Self.mostIterations {
      let system = BlockSystem(problem: problem, transport: transport, policy: policy, losses: losses, far: far)
      let (continuation, remaining) = try system.solve()
      let value = blockValue(policy, continuation, remaining, losses, block: 0)
      let (everywhere, depths) = step(value)
      let next = self.policy(everywhere, losses, block: 0)
      let change = next.distance(to: policy) ?? .infinity
      // Newton's steps that shrink no more are rounding: a block gains little, and the gap's slope is as small as its noise
      if change <= 1e-12 * unit || (change < 1e-3 * unit && change > 0.5 * before) {
        let final = blockValue(next, everywhere, depths, losses, block: 0)
        let (values, remaining) = evaluate(final, points, block: 0)
        return Outcome(
          roots: [next.roots], values: wanted.map { _ in values }, depths: wanted.map { _ in remaining },
          iterations: iteration, restlessness: change, scale: scale(final, points, next.roots), hasDepths: hasDepths)
      }
      (policy, before) = (next, change)
    }
    throw StoppingError("policy iteration did not settle in \(Self.mostIterations) rounds")
  }

  private static let mostIterations = 400

  // MARK: parts

  /// C and the depth to go when continuing, at the interior nodes.
  private func step(_ value: BlockValue) -> (continuation: [Double], remaining: [Double]) {
    let (expected, depths) = value.expectations(transport)
    let (cost, factor, block) = (problem.blockCost, problem.factor, problem.blockSize)
    return (expected.map { cost + factor * $0 }, depths.map { block + $0 })
  }

  private func policy(_ continuation: [Double], _ losses: [Double], block: Int) -> BlockPolicy {
    let start = panels.interiorNodes.lowerBound
    let n = panels.rule.count
    let gaps = continuation.indices.map { losses[start + $0] - continuation[$0] }
    let noise = continuation.indices.map { 8 * Double.ulpOfOne * (abs(losses[start + $0]) + abs(continuation[$0])) }
    return continuation.withUnsafeBufferPointer { buffer in
      BlockPolicy(panels, gaps: gaps, noise: noise) { y, panel in
        let local = panels.local(y, panel: panel)
        return problem.loss(y, block: block)
          - panels.rule.interpolate(buffer.baseAddress! + panel * n - start, at: local)
      }
    }
  }

  private func blockValue(
    _ policy: BlockPolicy, _ continuation: [Double], _ remaining: [Double], _ losses: [Double], block: Int
  ) -> BlockValue {
    BlockValue(
      panels, policy, continuation: continuation, remaining: remaining, losses: losses,
      loss: { problem.loss($0, block: block) }, far: far)
  }

  /// `min{g, c_Delta + beta E V}` at points, from the value one block later.
  private func evaluate(_ next: BlockValue, _ points: [BlockPoint], block: Int) -> ([Double], [Double]) {
    var (values, depths) = ([Double](), [Double]())
    for point in points {
      let (expected, remaining) = next.expectation(from: point.coordinate, transport)
      let loss = problem.loss(point, block: block)
      let continuing = problem.blockCost + problem.factor * expected
      values.append(continuing < loss ? continuing : loss)
      depths.append(continuing < loss ? problem.blockSize + remaining : 0)
    }
    return (values, depths)
  }

  private func scale(_ value: BlockValue, _ points: [BlockPoint], _ roots: [BlockPolicy.Root]) -> Double {
    let spots = points.map(\.coordinate) + roots.map(\.at)
    guard let low = spots.min(), let high = spots.max() else { return value.values.reduce(0) { max($0, abs($1)) } }
    let reach = transport.kernel.reach
    var scale = problem.blockCost
    for (y, v) in zip(panels.nodes, value.values) where y > low - reach && y < high + reach {
      scale = max(scale, abs(v))
    }
    return scale
  }
}

/// A state asked for, with its coordinate: g is evaluated at the state itself, so that where one stops V is g exactly.
struct BlockPoint: Sendable {
  let state: Double
  let coordinate: Double
}

/// How finely panels are laid: two of these give the error estimate.
struct BlockResolution: Sendable {
  /// Nodes a panel.
  let nodes: Int
  /// Panel width in standard deviations of a block.
  let width: Double
  /// Where the transition is cut off, in standard deviations.
  let deviations: Double

  static let fine = BlockResolution(nodes: 24, width: 2, deviations: 8.5)
  static let coarse = BlockResolution(nodes: 18, width: 1.8, deviations: 8)
}
