import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Scalar diffusions stopped only every Delta: Bellman's equation with the exact transition over a block.
///
/// `V_k = min{g_k, c_Delta + e^(-r Delta) E[V_{k+1}]}` with `c_Delta = c (1 - e^(-r Delta))/r`, c Delta without discount. The
/// value of continuing is an entire function; it lives on Gauss-Legendre panels, which are split at the boundaries of the
/// block and at the kinks of g, so that convergence is spectral. With a horizon: backwards, O(blocks x nodes x reach). Without:
/// policy iteration (Newton's method on the boundary), a band matrix a round; beyond the panels the solution of least growth.
/// Errors are estimated by a second, coarser resolution (and a wider domain where the domain is chosen by trial), with a margin.
///
/// Transitions: Gaussian in a coordinate (Brownian, lognormal, Ornstein-Uhlenbeck), posterior of two hypotheses, norm of an
/// Ornstein-Uhlenbeck process up to dimension 50. Not supported: costs or discounts that vary with the state.
/// The boundary approaches the one of continuous stopping like `0.5826 sigma sqrt(Delta)` (Chernoff and Petkau, Biometrika 73
/// (1986); Broadie, Glasserman and Kou, Finance Stoch. 3 (1999)).
public struct BlockwiseBellman: BoundaryMethod {
  public let name = "bellman"
  /// Delta.
  public let blockSize: Double

  /// - Throws: `InputError.usage` for a block size that is not positive.
  public init(blockSize: Double) throws {
    guard blockSize > 0, blockSize.isFinite else {
      throw InputError.value(blockSize, of: "block_size", allowed: "positive numbers")
    }
    self.blockSize = blockSize
  }

  public func objection(to problem: StoppingProblem) -> String? { BlockProblem.objection(to: problem) }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    try solve(problem, query, from: nil)
  }

  public func solve(
    _ problem: StoppingProblem, _ query: StoppingQuery, from start: StoppingSolution?
  ) throws -> StoppingSolution {
    try problem.validate(query)
    let blockwise = try BlockProblem(problem, blockSize: blockSize)
    guard case .diffusion(let process, _) = problem.dynamics else { throw StoppingError("no scalar diffusion") }
    let points = try query.points.map { point -> BlockPoint in
      let state = try process.scalarState(point)
      return BlockPoint(state: state, coordinate: blockwise.transition.coordinate(state))
    }
    let blocks = try query.valueDepths.map { try blockwise.block(at: $0) }
    let (runs, seconds) = try timed {
      // stopping at any depth is near, and saves rounds that grow like 1/sqrt(Delta) from V = g
      let near = start ?? (problem.horizon == nil ? try? SmoothFit().solve(problem, at: []) : nil)
      return try resolve(blockwise, points, blocks, near.map { roots($0, blockwise) } ?? [])
    }
    return BlockwiseReport(
      problem: problem, blockwise: blockwise, reduction: process.reduction, query: query, points: points,
      fine: runs.fine,
      coarse: runs.coarse, seconds: seconds
    ).solution()
  }

  /// A fine and a coarse run; where the domain is found by trial, the fine one on the wider domain.
  private func resolve(
    _ problem: BlockProblem, _ points: [BlockPoint], _ blocks: [Int], _ start: [BlockPolicy.Root]
  ) throws -> (fine: BlockRecursion.Outcome, coarse: BlockRecursion.Outcome) {
    func run(_ domain: BlockDomain, _ resolution: BlockResolution, _ start: [BlockPolicy.Root]) throws
      -> BlockRecursion.Outcome
    {
      let recursion = BlockRecursion(problem: problem, domain: domain, resolution: resolution)
      return problem.blocks == nil
        ? try recursion.settle(
          points: points, blocks: blocks, from: start.filter { domain.lower < $0.at && $0.at < domain.upper })
        : recursion.recede(points: points, blocks: blocks)
    }
    var domain = try BlockDomain(problem, points: points.map(\.coordinate))
    var coarse = try run(domain, .coarse, start)
    var widening = 1.0
    while true {
      if domain.mustBeWidened {
        widening *= 2
        domain = try BlockDomain(problem, points: points.map(\.coordinate), widening: widening)
      }
      let fine = try run(domain, .fine, coarse.roots.first ?? [])
      if !domain.mustBeWidened || fine.agrees(with: coarse, within: 1e-9) { return (fine, coarse) }
      guard widening < 64 else {
        throw StoppingError(
          "the answer still moves when the domain is doubled: V may be infinite, or the boundary nowhere")
      }
      coarse = try run(domain, .coarse, [])
    }
  }

  private func roots(_ solution: StoppingSolution, _ problem: BlockProblem) -> [BlockPolicy.Root] {
    solution.boundary.branches.compactMap { branch in
      branch.state(at: 0).map { .init(at: problem.transition.coordinate($0), stopsBelow: branch.stopsBelow) }
    }
  }
}

extension BlockRecursion.Outcome {
  /// Whether topology, boundaries and values are the same within a relative distance.
  func agrees(with other: Self, within relative: Double) -> Bool {
    func near(_ a: Double, _ b: Double, _ scale: Double) -> Bool { abs(a - b) <= relative * max(abs(a), scale) }
    guard zip(roots, other.roots).allSatisfy({ $0.map(\.stopsBelow) == $1.map(\.stopsBelow) }) else { return false }
    return zip(roots.joined(), other.roots.joined()).allSatisfy { near($0.at, $1.at, 1) }
      && zip(values.joined(), other.values.joined()).allSatisfy { near($0, $1, scale) }
  }
}
