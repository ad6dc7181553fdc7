import DepthNumerics
import DepthRuns

/// Forward sensitivities by CVODES: for few parameters and small states.
///
/// Beside the state run `S_j' = J S_j + df/dp_j` for the parameters and `S' = J S` for the initial state, corrected after the
/// state in each step and under the same error control; `dl/dp_j = grad l . S_j`. An evaluation costs d vector-Jacobian
/// products and `d^2 (P + d)` multiplications. `adams` with fixed-point iteration, `bdf` with Newton's and the dense J.
/// Restarts at a field's discontinuities. Samples one by one, in order, `threads` at a time: results do not depend on them.
/// Source: Serban and Hindmarsh, "CVODES", ACM TOMS 31 (2005).
public struct ForwardSensitivity: AdjointMethod {
  public let name = "forward"
  public let formula: CVODE.Formula
  public let tolerances: Tolerances
  public let threads: Int
  public let maximumSteps: Int
  /// Numbers integrated beside the state, `d (P + d)`, above which another method is the right one.
  public static let mostComponents = 20_000

  public init(
    _ formula: CVODE.Formula = .adams, tolerances: Tolerances, threads: Int = 1, maximumSteps: Int = 1_000_000
  ) {
    precondition(threads > 0 && maximumSteps > 0, "\(threads) threads")
    self.formula = formula
    self.tolerances = tolerances
    self.threads = threads
    self.maximumSteps = maximumSteps
  }

  public func gradient<Field: DifferentiableField>(
    of loss: TerminalLoss, _ batch: InitialValueBatch<Field>
  ) throws -> LossGradient {
    let (d, p) = (batch.field.dimension, batch.field.parameterCount)
    try tolerances.validate(dimension: d)
    guard d * (p + d) <= Self.mostComponents else {
      throw InputError.usage(
        "forward sensitivities of \(p) parameters and \(d) initial components are \(d * (p + d)) numbers; allowed: "
          + "\(Self.mostComponents) (the adjoint methods discrete and cvodes take any)")
    }
    let (functions, pullbacks) = (batch.field.functions, batch.field.pullbacks)
    let parameters = batch.field.parameters
    let ends = batch.field.jumps(from: batch.start, to: batch.end) + [batch.end]
    return try SampleGradient.mean(of: batch.count, threads: threads) { sample in
      let state = batch.initialState(sample)
      let session = CallbackSession(functions, depth: batch.start, state: state, pullbacks: pullbacks)
      return try withExtendedLifetime(session) {
        let surroundings = try SundialsContext(state: state, session: session)
        return try withExtendedLifetime(surroundings) {
          let run = try SensitivityRun(
            self, surroundings, session, scales: (parameters + state).map { $0 == 0 ? 1 : abs($0) },
            depths: [batch.start] + ends)
          return try run.gradient(of: loss, sample: sample)
        }
      }
    }
  }
}
