import DepthRuns

/// `dh/dt = f(t, h)`, `h(start) = h0`, on [start, end]: which flow, from where, how deep.
public struct InitialValueProblem<Field: VectorField>: Sendable {
  public let field: Field
  public let initialState: [Double]
  public let start: Double
  public let end: Double

  /// - Throws: `InputError.usage` when the state's length is not the field's dimension, an entry is not finite, or the
  ///   interval is empty.
  public init(field: Field, initialState: [Double], start: Double = 0, end: Double) throws {
    guard initialState.count == field.dimension else {
      throw InputError.usage(
        "the initial state has \(initialState.count) entries; allowed: \(field.dimension), the field's dimension")
    }
    if let bad = initialState.firstIndex(where: { !$0.isFinite }) {
      throw InputError.usage("entry \(bad) of the initial state is \(initialState[bad]); allowed: finite numbers")
    }
    guard start.isFinite, end.isFinite, end > start else {
      throw InputError.value("[\(start), \(end)]", of: "the depth interval", allowed: "finite ends, the second larger")
    }
    self.field = field
    self.initialState = initialState
    self.start = start
    self.end = end
  }
}
