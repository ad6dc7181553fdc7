import DepthRuns

/// `dh = f dt + sigma dW`, `h(start) = h0`, on [start, end]: which diffusion, from where, how deep.
public struct DiffusionProblem<Law: Diffusion>: Sendable {
  public let diffusion: Law
  public let initialState: [Double]
  public let start: Double
  public let end: Double

  /// - Throws: `InputError.usage` when the state's length is not the diffusion's dimension, an entry is not finite or
  ///   outside the state space, or the interval is empty.
  public init(diffusion: Law, initialState: [Double], start: Double = 0, end: Double) throws {
    guard initialState.count == diffusion.dimension else {
      throw InputError.usage(
        "the initial state has \(initialState.count) entries; allowed: \(diffusion.dimension), the diffusion's dimension"
      )
    }
    if let bad = initialState.firstIndex(where: { !(abs($0) <= 1e100) }) {
      throw InputError.usage(
        "entry \(bad) of the initial state is \(initialState[bad]); allowed: finite numbers up to 1e100 in magnitude")
    }
    var confined = initialState
    let moved = confined.withUnsafeMutableBufferPointer { diffusion.confine($0.baseAddress!, count: 1) }
    guard moved == 0 else {
      throw InputError.value(initialState, of: "the initial state", allowed: diffusion.stateSpace)
    }
    guard start.isFinite, end.isFinite, end > start else {
      throw InputError.value("[\(start), \(end)]", of: "the depth interval", allowed: "finite ends, the second larger")
    }
    self.diffusion = diffusion
    self.initialState = initialState
    self.start = start
    self.end = end
  }
}
