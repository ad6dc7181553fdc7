import DepthDynamics
import DepthFigures
import DepthNumerics
import DepthRuns
public import DepthStopping
import Foundation

/// `blocks`: stopping at block ends only, against stopping at any depth, as the block size Delta falls.
///
/// Diffusions, exact blocks: the boundary moves by `beta sigma sqrt(Delta)` towards the continuation side, `beta = -zeta(1/2)/sqrt(2 pi)
/// = 0.5826`, and V by O(Delta). Flows: V by O(Delta^2) with exact blocks, by O(Delta) with Euler blocks (the residual network's),
/// both with known constants. Every row is an exact block-wise optimum (`BlockwiseBellman`, `Characteristics`), no simulation.
/// Sources: Chernoff and Petkau, Biometrika 73 (1986); Broadie, Glasserman and Kou, Finance and Stochastics 3 (1999).
public struct BlockLimitExperiment: Sendable {
  /// A problem, what is known of it, and the state at which values are compared.
  public struct Case: Sendable {
    public let problem: StoppingProblem
    public let reference: ReferenceSolution
    public let at: [Double]

    public init(problem: StoppingProblem, reference: ReferenceSolution, at: [Double]) {
      self.problem = problem
      self.reference = reference
      self.at = at
    }
  }

  /// The problems of the default run, at their default parameters.
  public static let problemNames = ["ou-contraction", "sequential-test", "flow-decay"]
  /// Others that have block-wise solutions and a closed form.
  public static let allowedNames = problemNames + ["anisotropic-decay"]
  public static let blockSizes = [0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125, 0.0015625, 0.001]
  /// `-zeta(1/2)/sqrt(2 pi)`.
  public static let correction = -SpecialFunctions.zeta(0.5) / (2 * Double.pi).squareRoot()

  public let cases: [Case]
  public let blockSizes: [Double]
  public let threads: Int

  /// - Throws: `InputError.usage` for block sizes that are not positive, equal, or fewer than three.
  public init(_ cases: [Case], blockSizes: [Double] = Self.blockSizes, threads: Int = 1) throws {
    let sizes = Set(blockSizes).sorted(by: >)
    guard sizes.count >= 3, sizes.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw InputError.value(
        blockSizes.map { "\($0)" }.joined(separator: ","), of: "block_sizes", allowed: "three or more positive numbers")
    }
    (self.cases, self.blockSizes, self.threads) = (cases, sizes, threads)
  }

  /// A case of the catalogue.
  ///
  /// - Parameter at: the state; nil for one well inside the continuation region of the default parameters.
  /// - Throws: `InputError.usage` for problems without block-wise solution or closed form.
  public static func named(_ name: String, settings: [(String, Double)] = [], at: [Double]? = nil) throws -> Case {
    guard allowedNames.contains(name) else {
      throw InputError.unknown(name, kindOfName: "problem with known blocks", known: allowedNames)
    }
    let entry = try ProblemCatalogue.entry(name)
    let values = try entry.resolve(settings)
    let problem = try entry.problem(values)
    let usual = name == "sequential-test" ? 0.5 : 1
    return Case(
      problem: problem, reference: try entry.reference(values),
      at: at ?? [Double](repeating: usual, count: problem.stateDimension))
  }

  public func run() throws -> LimitOutcome {
    let outcomes = try Parallel.map(cases.count, threads: threads) { index in
      Result { try BlockLimit(cases[index], blockSizes: blockSizes) }
    }.map { try $0.get() }
    let rows = outcomes.flatMap(\.rows)
    let orders = outcomes.flatMap(\.orders)
    let (table, orderTable) = (BlockLimit.table(rows), BlockLimit.table(orders))
    let correction = Self.correction
    var outcome = LimitOutcome { try Figures.blockLimit(table, correction: correction) }
    outcome.configuration = ["block_sizes": JSONValue(blockSizes)]
    if cases.count == 1 {
      outcome.configuration["problem"] = .string(cases[0].problem.name)
      outcome.configuration["parameters"] = .object(cases[0].problem.parameters)
      outcome.configuration["initial"] = JSONValue(cases[0].at)
    }
    outcome.tables = [table, orderTable]
    outcome.results = [
      "correction": JSONValue(correction), "table": table.json, "orders": orderTable.json,
    ]
    outcome.text = orders.map { order in
      let limit = order.limit.map { ", limit \($0) +- \(order.limitError ?? .nan)" } ?? ""
      let predicted = order.predicted.map { " (predicted \($0))" } ?? ""
      return "\(order.series): \(order.quantity) ~ Delta^\(order.slope)\(limit)\(predicted)"
    }
    for order in orders {
      guard let limit = order.limit, let error = order.limitError, let predicted = order.predicted else { continue }
      if abs(limit - predicted) > max(0.02 * abs(predicted), 4 * error) {
        outcome.isConverged = false
        outcome.warnings.append(
          "\(order.series): the \(order.quantity)'s constant tends to \(limit), not to \(predicted)")
      }
    }
    return outcome
  }
}
