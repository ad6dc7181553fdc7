import DepthNumerics
public import DepthRuns

/// "How many blocks for accuracy eps": predicted from `L = ||e(T)|| / eps`, then run and measured.
public struct BlocksForAccuracy: Equatable, Sendable {
  /// eps.
  public let accuracy: Double
  public let predictedBlocks: Int
  /// `||h_L - h(T)||_2` of the network of that many blocks; nil beyond `largestRun` and where it is not finite.
  public let measuredError: Double?

  /// Networks with more blocks times components are predicted, not run.
  public static let largestRun = 10_000_000

  /// - Throws: as `DepthLimit.blocks(forAccuracy:)`.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, limit: DepthLimit, accuracy: Double, multipleOf unit: Int = 1
  ) throws {
    self.accuracy = accuracy
    predictedBlocks = try limit.blocks(forAccuracy: accuracy, multipleOf: unit)
    guard predictedBlocks <= Self.largestRun / problem.field.dimension,
      let state = try DepthLimit.network(problem, predictedBlocks)
    else {
      measuredError = nil
      return
    }
    measuredError = BLAS.norm(state.count, zip(state, limit.finalState).map { $0 - $1 })
  }

  /// Columns `accuracy_asked`, `predicted_blocks`, `measured_error`, `measured_over_asked`.
  public static func table(_ rows: [BlocksForAccuracy]) -> Table {
    var table = Table(name: "blocks-for-accuracy")
    table.add("accuracy_asked", rows.map(\.accuracy))
    table.add("predicted_blocks", rows.map(\.predictedBlocks))
    table.add("measured_error", rows.map { $0.measuredError ?? .nan })
    table.add("measured_over_asked", rows.map { ($0.measuredError ?? .nan) / $0.accuracy })
    return table
  }
}
