import DepthDynamics
import DepthRuns

/// How far a gradient is from a finer one, or why that is not known.
struct GradientErrorEstimate {
  /// 2-norm over parameters and initial states, relative; nil where there is none.
  private(set) var relative: Double?
  /// Of the loss.
  private(set) var loss: Double?
  /// Why there is none.
  private(set) var objection: String?
  /// The finer gradient's 2-norm, and how many numbers it has.
  private var size = 0.0
  private var count = 0

  init(_ gradient: LossGradient, by choice: GradientChoice, finer: () throws -> LossGradient) {
    do {
      let reference = try finer()
      let entries = reference.parameters + reference.initialStates
      let error = try GradientError(of: gradient, against: reference, by: choice)
      guard error.relative.isFinite else {
        objection = "the error has no estimate: its norm overflows"
        return
      }
      (relative, loss) = (error.relative, error.loss)
      (size, count) = (entries.reduce(0) { $0 + $1 * $1 }.squareRoot(), entries.count)
    } catch {
      objection = "the error has no estimate: \(error)"
    }
  }

  /// The error over `rtol ||g|| + atol sqrt(n)`; nil where there is no estimate.
  func excess(_ tolerances: Tolerances) -> Double? {
    let floor = tolerances.absolute * Double(count).squareRoot()
    // of a zero gradient the distance is absolute
    return relative.map { size > 0 ? $0 * size / (tolerances.relative * size + floor) : $0 / floor }
  }
}

/// A gradient that is no answer: it left the finite numbers.
struct NonFiniteGradient: Error, CustomStringConvertible {
  let place: String
  let value: Double

  /// - Throws: `NonFiniteGradient` for a loss or an entry that is not finite.
  static func require(_ gradient: LossGradient) throws {
    if !gradient.loss.isFinite { throw NonFiniteGradient(place: "the loss", value: gradient.loss) }
    for (name, values) in [("parameter", gradient.parameters), ("initial component", gradient.initialStates)] {
      guard let bad = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw NonFiniteGradient(place: "the gradient with respect to \(name) \(bad)", value: values[bad])
    }
  }

  var description: String {
    "\(place) overflows to \(value); try a shorter horizon, a target nearer to the final state or smaller initial states"
  }
}
