import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Deterministic flows along their characteristics: `V(t, h) = inf_{s >= t} [e^(-r (s - t)) g(s, h_s) + int_t^s e^(-r (u - t)) c du]`.
///
/// Every local minimum of the objective along the trajectory is a rising root of the look-ahead `grad g . f + g_t - r g + c`,
/// found as an event of the integration, which carries the objective itself, so that its steps see every swing; the least of
/// them, of the start and of the horizon wins. Kinks stay: of g as jumps of the look-ahead, of V where values cross. In one
/// dimension the boundary is the ends of the stopping intervals on a window: the hull of the problem's probes, or the domain of
/// a `ScalarDiffusion` without noise (whose trajectories may leave it). In more it consists of the states where flows from the
/// probes halt. With `blockSize`, stops are allowed only every Delta (exact transitions, cost c Delta).
/// A flow in closed form (`StateLoss.alongFlow`) is not integrated: global minima by branch and bound with outward rounding, all bounds
/// certified. Otherwise errors are estimated by two integrators of different kind. Where no bound of g is known the search ends once the least loss
/// seen could not pay for as far again, which is said. Source: theory of section 2, sigma = 0.
public struct Characteristics: BoundaryMethod {
  public let name = "characteristics"
  /// Delta; nil for continuous stopping.
  public let blockSize: Double?

  /// - Throws: `InputError.usage` for a block size that is not positive.
  public init(blockSize: Double? = nil) throws {
    if let blockSize, !(blockSize > 0 && blockSize.isFinite) {
      throw InputError.value(blockSize, of: "block_size", allowed: "positive numbers")
    }
    self.blockSize = blockSize
  }

  public func objection(to problem: StoppingProblem) -> String? {
    guard problem.discount.constantValue != nil else { return "characteristics needs a constant discount" }
    switch problem.dynamics {
    case .flow(let field, _, _):
      return field.dimension > 1 && problem.cost.function.constantValue == nil
        ? "characteristics needs a constant running cost in more than one dimension" : nil
    case .diffusion(let process, _) where process.isFlow: return nil
    default: return "characteristics needs a flow without noise"
    }
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    if let objection = objection(to: problem) { throw StoppingError(objection) }
    try problem.validate(query)
    if let enclosed = EnclosedFlowReport(problem, blockSize: blockSize) { return try enclosed.solve(query) }
    switch problem.dynamics {
    case .flow(let field, let loss, let probes): return try solve(problem, field, loss, probes, query)
    default:
      guard let inequality = VariationalInequality(problem), case .diffusion(let process, _) = problem.dynamics else {
        throw StoppingError("characteristics needs a flow without noise")
      }
      let objective = FlowObjective(inequality, leastCost: problem.runningCost)
      return try FlowReport(problem, objective, window: process.window, probes: [], blockSize: blockSize).solve(query)
    }
  }

  private func solve(
    _ problem: StoppingProblem, _ field: some VectorField, _ loss: StateLoss, _ probes: [[Double]],
    _ query: StoppingQuery
  ) throws -> StoppingSolution {
    let ends = probes.map { $0[0] }
    let window = field.dimension == 1 ? StateInterval(lower: ends.min() ?? -1, upper: ends.max() ?? 1) : nil
    return try FlowReport(
      problem, FlowObjective(problem, field, loss, probes: probes), window: window, probes: probes, blockSize: blockSize
    ).solve(query)
  }
}

extension ScalarDiffusion {
  /// No noise anywhere.
  var isFlow: Bool { diffusion.constantValue == 0 }

  /// The states on which a boundary is looked for: the domain, its infinite ends cut at 10 from the other end or from zero.
  var window: StateInterval {
    switch (lower.isFinite, upper.isFinite) {
    case (true, true): StateInterval(lower: lower, upper: upper)
    case (true, false): StateInterval(lower: lower, upper: lower + 10)
    case (false, true): StateInterval(lower: upper - 10, upper: upper)
    case (false, false): StateInterval(lower: -10, upper: 10)
    }
  }
}
