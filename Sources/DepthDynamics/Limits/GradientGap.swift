import DepthNumerics
public import DepthRuns
import Foundation

/// Discretise-then-optimise against optimise-then-discretise, for residual networks of L blocks over one depth.
///
/// The first is the exact gradient of the network, `lambda_k = lambda_{k+1} + Delta J(t_k, h_k)^T lambda_{k+1}`. The second
/// takes the continuous adjoint `lambda' = -J^T lambda` by Euler steps backwards, which meet the states at their other end:
/// `lambda_k = lambda_{k+1} + Delta J(t_{k+1}, h_{k+1})^T lambda_{k+1}`; once with the network's own states, once with states
/// that are themselves taken back by Euler steps, as a network without memory does. All three tend to the flow's gradient
/// as 1/L, and the gaps between them as 1/L too. Relative 2-norms over parameters and initial state.
/// Source: Onken and Ruthotto, "Discretize-Optimize vs. Optimize-Discretize for Time-Series Regression and Continuous
/// Normalizing Flows", arXiv 2005.13420.
public struct GradientGap: Equatable, Sendable {
  /// L of the networks that stay finite.
  public let blocks: [Int]
  /// L of those that do not.
  public let overflowed: [Int]
  /// Distance of the network's own gradient from the flow's.
  public let discreteErrors: [Double]
  /// Of the discretised adjoint, with the network's states.
  public let continuousErrors: [Double]
  /// Distance of the two.
  public let gaps: [Double]
  /// Distance of the discretised adjoint without memory from the network's own gradient; infinite where states explode.
  public let memorylessGaps: [Double]

  /// - Throws: `InputError.usage` for fewer than two or unordered block counts; `IntegrationError`; `UnstableNetworks`.
  public init<Field: DifferentiableField>(
    _ problem: InitialValueProblem<Field>, loss: TerminalLoss, blocks: [Int]
  ) throws {
    try self.init(problem, loss: loss, ladder: NetworkLadder(blocks))
  }

  /// Sizes that overflow are dropped, and the largest is doubled until enough stay; see `NetworkLadder`.
  public init<Field: DifferentiableField>(
    _ problem: InitialValueProblem<Field>, loss: TerminalLoss, ladder: NetworkLadder
  ) throws {
    // first of all: where no network is finite, no reference is worth its time
    let networks = try ladder.climb { try DepthLimit.network(problem, $0) }
    blocks = networks.found.map(\.blocks)
    overflowed = networks.overflowed
    let batch = InitialValueBatch(problem)
    let tolerances = try Tolerances(relative: 1e-12, absolute: 1e-14)
    let exact = try DiscreteAdjoint(RungeKutta(.dop853, tolerances: tolerances)).gradient(of: loss, batch)
    var rows: [(discrete: Double, continuous: Double, gap: Double, memoryless: Double)] = []
    for count in blocks {
      let network = try DiscreteAdjoint(.blocks(count, of: .euler)).gradient(of: loss, batch)
      let sweep = EulerAdjointSweep(problem, loss: loss, blocks: count)
      let (kept, recomputed) = (sweep.gradient(keepsStates: true), sweep.gradient(keepsStates: false))
      let memoryless = recomputed.relativeDistance(to: network)
      rows.append(
        (
          network.relativeDistance(to: exact), kept.relativeDistance(to: exact), kept.relativeDistance(to: network),
          memoryless.isFinite ? memoryless : .infinity
        ))
    }
    discreteErrors = rows.map(\.discrete)
    continuousErrors = rows.map(\.continuous)
    gaps = rows.map(\.gap)
    memorylessGaps = rows.map(\.memoryless)
  }

  /// The slope of ln gap against ln L between the two largest L; -1 in the limit.
  public var slope: Double {
    let last = blocks.count - 1
    return log(gaps[last] / gaps[last - 1]) / log(Double(blocks[last]) / Double(blocks[last - 1]))
  }

  /// Columns `blocks`, `discrete_error`, `continuous_error`, `gap`, `memoryless_gap`.
  public var table: Table {
    var table = Table(name: "gradient-gap")
    table.add("blocks", blocks)
    table.add("discrete_error", discreteErrors)
    table.add("continuous_error", continuousErrors)
    table.add("gap", gaps)
    table.add("memoryless_gap", memorylessGaps)
    return table
  }
}

/// The continuous adjoint of one sample by Euler steps backwards over L blocks.
private struct EulerAdjointSweep<Field: DifferentiableField> {
  private let problem: InitialValueProblem<Field>
  private let loss: TerminalLoss
  private let blocks: Int

  init(_ problem: InitialValueProblem<Field>, loss: TerminalLoss, blocks: Int) {
    self.problem = problem
    self.loss = loss
    self.blocks = blocks
  }

  private func depth(_ block: Int) -> Double {
    block == blocks ? problem.end : problem.start + (problem.end - problem.start) * Double(block) / Double(blocks)
  }

  /// The end of block k as f sees it: just below, where the next block's weights begin.
  private func lastDepth(_ block: Int) -> Double {
    let right = depth(block + 1)
    return right - 4e-12 * max(abs(right), right - depth(block))
  }

  func gradient(keepsStates: Bool) -> LossGradient {
    let (field, d) = (problem.field, problem.field.dimension)
    var states = [problem.initialState]
    for block in 0..<blocks {
      let slope = field(depth: depth(block), state: states[block])
      let length = depth(block + 1) - depth(block)
      states.append((0..<d).map { states[block][$0] + length * slope[$0] })
    }
    var state = states[blocks]
    var lambda = [Double](repeating: 0, count: d)
    loss.gradient(0, state, &lambda)
    var (pulled, parameters) = (lambda, [Double](repeating: 0, count: field.parameterCount))
    for block in stride(from: blocks - 1, through: 0, by: -1) {
      let length = depth(block + 1) - depth(block)
      var share = [Double](repeating: 0, count: field.parameterCount)
      field.pullback(
        depth: lastDepth(block), state: state, cotangent: lambda, stateGradient: &pulled, parameterGradient: &share)
      for i in 0..<d { lambda[i] += length * pulled[i] }
      for i in share.indices { parameters[i] += length * share[i] }
      let slope = field(depth: lastDepth(block), state: state)
      state = keepsStates ? states[block] : (0..<d).map { state[$0] - length * slope[$0] }
    }
    return LossGradient(
      loss: loss.value(0, states[blocks]), parameters: parameters, initialStates: lambda,
      statistics: Trajectory.Statistics())
  }
}
