import DepthNumerics
public import DepthRuns

/// The ResNet-to-ODE experiment over many initial states: the mean and the largest error of each L.
public struct DepthLimitBatch: Sendable {
  /// One per initial state.
  public let limits: [DepthLimit]

  /// - Parameter states: a row each, of the field's dimension.
  /// - Throws: as `DepthLimit`, for the first state that has no answer.
  public init(
    _ field: some VectorField, states: [[Double]], start: Double = 0, end: Double, blocks: [Int],
    reference integrator: some Integrator, threads: Int = 1
  ) throws {
    let ladder = try NetworkLadder(blocks)
    guard !states.isEmpty else { throw InputError.usage("a batch has no initial states; allowed: one or more rows") }
    limits = try Parallel.map(states.count, threads: threads) { row in
      Result<DepthLimit, any Error> {
        let problem = try InitialValueProblem(field: field, initialState: states[row], start: start, end: end)
        return try DepthLimit(problem, ladder: ladder, reference: integrator)
      }
    }.map { try $0.get() }
  }

  /// L at which the networks of all states stay finite.
  public var blocks: [Int] { limits[0].blocks.filter { count in limits.allSatisfy { $0.blocks.contains(count) } } }

  /// Columns `blocks`, `error`, `predicted_error` (means over the states), `error_largest`, `predicted_error_largest`.
  public var table: Table {
    let blocks = blocks
    func column(_ value: (DepthLimit) -> [Double], _ reduce: ([Double]) -> Double) -> [Double] {
      blocks.map { count in
        reduce(limits.compactMap { limit in limit.blocks.firstIndex(of: count).map { value(limit)[$0] } })
      }
    }
    var table = Table(name: "depth-limit-batch")
    table.add("blocks", blocks)
    table.add("error", column(\.errors, Statistics.mean))
    table.add("predicted_error", column(\.predictedErrors, Statistics.mean))
    table.add("error_largest", column(\.errors) { $0.max() ?? .nan })
    table.add("predicted_error_largest", column(\.predictedErrors) { $0.max() ?? .nan })
    return table
  }
}
