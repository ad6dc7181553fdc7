import DepthDynamics
import DepthRuns
import Foundation

/// Two runs of block-wise stopping as a solution with error estimates, in the user's states and sense.
struct BlockwiseReport {
  let problem: StoppingProblem
  let blockwise: BlockProblem
  let reduction: ScalarDiffusion.Reduction
  let query: StoppingQuery
  let points: [BlockPoint]
  let fine: BlockRecursion.Outcome
  let coarse: BlockRecursion.Outcome
  let seconds: Double

  func solution() -> StoppingSolution {
    let (boundary, topologyChanged) = halting()
    var warnings: [String] = []
    if boundary.branches.isEmpty {
      warnings.append("stopping only every \(blockwise.blockSize), one stops everywhere: no boundary")
    }
    if topologyChanged {
      warnings.append("two resolutions disagree on the number of boundaries: a boundary is degenerate")
    }
    return StoppingSolution(
      values: values(), boundary: boundary, expectedDepths: fine.hasDepths ? expectedDepths() : [],
      diagnostics: Diagnostics(
        status: .converged, method: "bellman", iterations: fine.iterations + coarse.iterations,
        residual: boundary.errorBound,
        residualNorm: "difference of two resolutions", toleranceAsked: 1e-13, seconds: seconds), warnings: warnings)
  }

  /// Rounding gathers over the blocks that are gone through.
  private var roundingBlocks: Double {
    if let blocks = blockwise.blocks { return Double(blocks) }
    let depth = fine.hasDepths ? fine.depths.joined().max() ?? 0 : 1 / max(blockwise.discount, 1e-300)
    return max(1, min(depth / blockwise.blockSize, 1e6))
  }

  private func values() -> [StoppingSolution.Value] {
    let rounding = 4 * Double.ulpOfOne * fine.scale * (8 + roundingBlocks)
    return query.valueDepths.indices.flatMap { d in
      query.points.indices.map { i in
        let (a, b) = (fine.values[d][i], coarse.values[d][i])
        let depth = query.valueDepths[d]
        let block = Int((depth / blockwise.blockSize).rounded())
        let loss = problem.sign * blockwise.loss(points[i], block: blockwise.loss.dependsOnDepth ? block : 0)
        return .init(
          at: query.points[i], depth: depth, value: problem.sign * a, stoppingLoss: loss,
          errorBound: 4 * abs(a - b) + rounding, boundKind: .estimate)
      }
    }
  }

  private func expectedDepths() -> [StoppingSolution.ExpectedDepth] {
    guard let first = fine.depths.first, let other = coarse.depths.first else { return [] }
    return query.points.indices.map { i in
      let (a, b) = (first[i], other[i])
      // tau* moves by a block where the boundary is in doubt; E tau* is smooth in it elsewhere
      let error = a == 0 && b == 0 ? 0 : 4 * abs(a - b) + 1e-12 * a
      return .init(at: query.points[i], value: a, lower: max(0, a - error), upper: a + error)
    }
  }

  private func halting() -> (HaltingBoundary, topologyChanged: Bool) {
    var error = 0.0
    var topologyChanged = false
    for (a, b) in zip(fine.roots, coarse.roots) {
      guard a.map(\.stopsBelow) == b.map(\.stopsBelow) else {
        topologyChanged = true
        continue
      }
      for (x, y) in zip(a, b) {
        let (p, q) = (blockwise.transition.state(x.at), blockwise.transition.state(y.at))
        // a stationary root answers to the values' rounding divided by the slope of the gap, about one over a block's deviation
        let deviation = blockwise.transition.deviation(after: blockwise.blockSize)
        let unsettled = 1e-12 * max(deviation, abs(x.at)) + 4 * (fine.restlessness + coarse.restlessness)
        let slack = abs(blockwise.transition.state(x.at + unsettled) - p)
        error = max(error, 4 * abs(p - q) + slack)
      }
    }
    if topologyChanged { error = .infinity }
    return (blockwise.blocks == nil ? stationary(error) : curves(error), topologyChanged)
  }

  private func stationary(_ error: Double) -> HaltingBoundary {
    let roots = fine.roots.first ?? []
    let states = roots.map { blockwise.transition.state($0.at) }
    guard case .radial(let dimension) = reduction, states.count == 1 else {
      return HaltingBoundary(crossings: roots.map { crossing($0) }, errorBound: error, boundKind: .estimate)
    }
    return HaltingBoundary(
      shape: dimension == 1 ? .points : .ball,
      points: dimension == 1 ? [.init(at: [-states[0]]), .init(at: [states[0]])] : [], radius: states[0],
      branches: [HaltingBranch(.constant(states[0]), stopsBelow: roots[0].stopsBelow)], errorBound: error,
      boundKind: .estimate)
  }

  private func curves(_ error: Double) -> HaltingBoundary {
    let depths = fine.roots.indices.map { Double($0) * blockwise.blockSize }
    return HaltingBoundary(
      depths: depths, crossings: fine.roots.map { $0.map { crossing($0) } }, errorBound: error, boundKind: .estimate)
  }

  private func crossing(_ root: BlockPolicy.Root) -> HaltingBoundary.Crossing {
    .init(at: blockwise.transition.state(root.at), stopsBelow: root.stopsBelow)
  }
}
