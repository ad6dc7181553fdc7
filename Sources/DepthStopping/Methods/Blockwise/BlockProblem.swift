import DepthDynamics
import DepthRuns
import Foundation

/// Stopping every Delta as a problem in the transition's coordinate y, always minimised:
/// `V_k(y) = min{g_k(y), c_Delta + beta E[V_{k+1} | y]}`, `beta = e^(-r Delta)`, `c_Delta = c (1 - beta)/r` (c Delta without
/// discount).
struct BlockProblem: Sendable {
  let transition: ExactTransition
  let blockSize: Double
  /// g, negated where the problem is maximised.
  let loss: ScalarLoss
  let cost: Double
  let discount: Double
  /// Blocks up to the horizon; nil for infinite.
  let blocks: Int?
  let inequality: VariationalInequality

  /// c_Delta.
  var blockCost: Double { discount == 0 ? cost * blockSize : -cost * expm1(-discount * blockSize) / discount }
  /// beta.
  var factor: Double { exp(-discount * blockSize) }

  static func objection(to problem: StoppingProblem) -> String? {
    guard case .diffusion(let process, let loss) = problem.dynamics, let transition = process.transition else {
      return "block-wise stopping needs a diffusion whose transition over a block is known in closed form"
    }
    if problem.cost.function.constantValue == nil || problem.discount.constantValue == nil {
      return "block-wise stopping needs a constant running cost and discount"
    }
    if loss.dependsOnDepth && problem.horizon == nil {
      return "block-wise stopping with a loss that depends on depth needs a horizon"
    }
    if case .radial(_, _, let dimension) = transition, dimension > BlockKernel.largestDimension {
      return "block-wise stopping treats radial states up to dimension \(BlockKernel.largestDimension)"
    }
    let ends = transition.isRadial ? [process.upperEnd] : [process.lowerEnd, process.upperEnd]
    return ends.allSatisfy { $0 == .natural } ? nil : "block-wise stopping needs natural ends of the domain"
  }

  /// - Throws: `InputError.usage` when the horizon is no whole number of blocks; `StoppingError` for an objection.
  init(_ problem: StoppingProblem, blockSize: Double) throws {
    if let objection = Self.objection(to: problem) { throw StoppingError(objection) }
    guard case .diffusion(let process, _) = problem.dynamics, let transition = process.transition,
      let inequality = VariationalInequality(problem)
    else { throw StoppingError("block-wise stopping needs a scalar diffusion") }
    self.transition = transition
    self.blockSize = blockSize
    self.inequality = inequality
    loss = inequality.loss
    cost = inequality.cost.constantValue ?? 0
    discount = inequality.discount.constantValue ?? 0
    blocks = try problem.horizon.map { horizon in
      let count = (horizon / blockSize).rounded()
      guard count >= 1, abs(count * blockSize - horizon) <= 1e-9 * horizon, count < 1e6 else {
        throw InputError.value(
          blockSize, of: "block_size", allowed: "the horizon \(horizon) divided by a whole number below a million")
      }
      return Int(count)
    }
  }

  /// The block that ends at a depth.
  ///
  /// - Throws: `InputError.usage` between block ends.
  func block(at depth: Double) throws -> Int {
    let block = (depth / blockSize).rounded()
    guard abs(block * blockSize - depth) <= 1e-9 * max(depth, blockSize) else {
      throw InputError.value(depth, of: "at_depth", allowed: "block ends, the multiples of \(blockSize)")
    }
    return Int(block)
  }

  /// g_k at coordinates.
  func losses(_ coordinates: [Double], block: Int) -> [Double] {
    loss.value.values(depth: Double(block) * blockSize, coordinates.map { transition.state($0) })
  }

  func loss(_ point: BlockPoint, block: Int) -> Double { loss.value(Double(block) * blockSize, point.state) }

  func loss(_ coordinate: Double, block: Int) -> Double {
    loss.value(Double(block) * blockSize, transition.state(coordinate))
  }
}

extension ExactTransition {
  var isRadial: Bool {
    if case .radial = self { return true }
    return false
  }
}
