import DepthNumerics
import DepthRuns

/// Problems in discrete depth by Bellman's equation, on `U = V - g` where ties must stay ties.
///
/// Chains: `U_k = min{0, c_k - delta + beta P U_{k+1}}`, `delta = g - beta P g`: `delta = c` in floating point gives U = 0 and
/// stops. Deterministic gains, independent offers and opportunities by recursions of their own. Errors are certified: every
/// recursion states its rounding bound. Source: Chow, Robbins and Siegmund, "Great Expectations" (1971); Howard (1960).
public struct BellmanRecursion: BoundaryMethod {
  public let name = "bellman"
  public init() {}

  public func objection(to problem: StoppingProblem) -> String? {
    guard problem.discount.constantValue != nil else { return "bellman needs a constant discount" }
    switch problem.dynamics {
    case .chain, .opportunities: return nil
    case .gains:
      if problem.sense == .maximize { return "gains lower a loss: such a problem is minimised" }
      return problem.discount.constantValue == 0 ? nil : "a discount on a loss that only falls rewards waiting for ever"
    case .offers(let offers):
      if problem.sense == .minimize { return "offers are rewards: such a problem is maximised" }
      if case .perBlock = problem.cost { return "offers need a constant cost" }
      return offers.goal == .best ? FullInformationRecursion.objection(to: problem) : nil
    case .diffusion: return "bellman needs a problem in discrete depth, or a block size"
    case .flow: return "bellman needs a problem in discrete depth"
    }
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    try problem.validate(query)
    if let objection = objection(to: problem) { throw StoppingError(objection) }
    let blocks = try query.valueDepths.map { depth in
      guard let block = Int(exactly: depth), block <= StoppingProblem.mostBlocks else {
        throw InputError.value(depth, of: "at_depth", allowed: "whole numbers of blocks")
      }
      return block
    }
    switch problem.dynamics {
    case .chain(let chain, let loss):
      return try ChainRecursion(problem, chain, loss).solve(at: query.points, blocks: blocks)
    case .gains(let gains): return try GainRecursion(problem, gains).solve(at: query.points)
    case .offers(let offers) where offers.goal == .best:
      return try FullInformationRecursion(problem).solve(at: query.points, blocks: blocks)
    case .offers(let offers): return try OfferRecursion(problem, offers).solve(at: query.points, blocks: blocks)
    case .opportunities(let stages): return try OpportunityRecursion(problem, stages).solve(at: query.points)
    case .diffusion, .flow: throw StoppingError("bellman needs a problem in discrete depth")
    }
  }
}
