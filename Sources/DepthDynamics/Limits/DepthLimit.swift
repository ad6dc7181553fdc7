import DepthNumerics
public import DepthRuns
import Foundation

/// The ResNet-to-ODE experiment: networks of L blocks over one depth interval against the flow that they discretise.
public struct DepthLimit: Equatable, Sendable {
  /// L of each network.
  public let blocks: [Int]
  /// `||h_L - h(T)||_2` of each.
  public let errors: [Double]
  /// `||e(T)|| / L` of each: predicted, with no fitted constant.
  public let predictedErrors: [Double]
  /// Least-squares slope of ln error against ln L; -1 in the limit.
  public let slope: Double
  /// `L * error` at the largest L.
  public let constant: Double
  /// `||e(T)||`.
  public let predictedConstant: Double

  /// Runs Euler for every L and the reference by `integrator` (its tolerance must lie well below the smallest error).
  ///
  /// - Throws: `InputError.usage` for fewer than two or unordered block counts; `IntegrationError`.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, blocks: [Int], reference integrator: some Integrator
  ) throws {
    guard blocks.count >= 2, blocks[0] > 0, zip(blocks, blocks.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw InputError.value(
        blocks.map(String.init).joined(separator: ","), of: "blocks", allowed: "two or more ascending positive integers"
      )
    }
    let d = problem.field.dimension
    let doubled = try InitialValueProblem(
      field: EulerErrorField(of: problem.field, horizon: problem.end - problem.start),
      initialState: problem.initialState + [Double](repeating: 0, count: d), start: problem.start, end: problem.end)
    let final = try integrator.integrate(doubled).finalState
    let (exact, leading) = (Array(final.prefix(d)), Array(final.suffix(d)))
    let predictedConstant = BLAS.norm(d, leading)
    let errors = try blocks.map { count in
      let state = try Euler(blocks: count).integrate(problem).finalState
      return BLAS.norm(d, zip(state, exact).map { $0 - $1 })
    }
    self.blocks = blocks
    self.errors = errors
    self.predictedConstant = predictedConstant
    predictedErrors = blocks.map { predictedConstant / Double($0) }
    constant = Double(blocks.last!) * errors.last!
    slope = Self.slope(blocks.map { log(Double($0)) }, errors.map { log(max($0, .leastNormalMagnitude)) })
  }

  /// Columns `blocks`, `error`, `predicted_error`.
  public var table: Table {
    var table = Table(name: "depth-limit")
    table.add("blocks", blocks)
    table.add("error", errors)
    table.add("predicted_error", predictedErrors)
    return table
  }

  private static func slope(_ x: [Double], _ y: [Double]) -> Double {
    let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
    let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    return covariance / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
  }
}
