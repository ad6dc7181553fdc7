import DepthRuns

/// N initial states of one flow, a row each, over one depth interval: a batch of samples on their way through a network.
public struct InitialValueBatch<Field: VectorField>: Sendable {
  public let field: Field
  /// `count` rows of `dimension` entries.
  public let initialStates: [Double]
  public let count: Int
  public let start: Double
  public let end: Double

  /// - Throws: `InputError.usage` when the states are no rows of the field's dimension, one is not finite, or the interval
  ///   is empty.
  public init(field: Field, initialStates: [Double], start: Double = 0, end: Double) throws {
    let d = field.dimension
    guard !initialStates.isEmpty, initialStates.count.isMultiple(of: d) else {
      throw InputError.usage(
        "the initial states have \(initialStates.count) entries; allowed: positive multiples of \(d), the field's dimension"
      )
    }
    if let bad = initialStates.firstIndex(where: { !$0.isFinite }) {
      throw InputError.usage(
        "entry \(bad % d) of initial state \(bad / d) is \(initialStates[bad]); allowed: finite numbers")
    }
    guard start.isFinite, end.isFinite, end > start else {
      throw InputError.value("[\(start), \(end)]", of: "the depth interval", allowed: "finite ends, the second larger")
    }
    self.field = field
    self.initialStates = initialStates
    count = initialStates.count / d
    self.start = start
    self.end = end
  }

  /// One sample as a batch of its own.
  public init(_ problem: InitialValueProblem<Field>) {
    field = problem.field
    initialStates = problem.initialState
    count = 1
    start = problem.start
    end = problem.end
  }

  /// The problem of one sample.
  public func problem(_ sample: Int) throws -> InitialValueProblem<Field> {
    let d = field.dimension
    return try InitialValueProblem(
      field: field, initialState: Array(initialStates[(sample * d)..<((sample + 1) * d)]), start: start, end: end)
  }
}
