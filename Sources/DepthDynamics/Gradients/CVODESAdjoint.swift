import DepthNumerics
import DepthRuns

/// The continuous adjoint by CVODES: optimise-then-discretise, for stiff fields above all.
///
/// Per sample, `lambda' = -J^T lambda` from `lambda(T) = dl/dh(T)` backwards, `dl/dh_0 = lambda(0)` and
/// `dl/dp = integral of (df/dp)^T lambda`. The states on the way back are CVODES's interpolation of the forward steps: cubic
/// Hermite for BDF, which goes from checkpoint to checkpoint where there are more than `largestCheckpoint` steps; Adams' own
/// polynomials when all steps fit (across checkpoints those are wrong, SUNDIALS 6.4.1: errors up to 3e-3 were seen). A dry run
/// counts the steps first, since CVODES allocates for all it is told. Measured error of the gradient: up to 3 times the
/// tolerance from 1e-4 to 1e-10. The parameter integral is a Gauss rule of three nodes on each backward step (more nodes
/// change nothing, two do): the library's own quadrature would carry up to 13 vectors of
/// the parameters' length. `adams`: fixed-point iteration both ways. `bdf`: Newton with J and J^T, dense. At a field's
/// discontinuities both ways restart. Samples one by one, in order, `threads` at a time: results do not depend on them.
/// Source: Serban and Hindmarsh, "CVODES", ACM TOMS 31 (2005).
public struct CVODESAdjoint: AdjointMethod {
  public let name = "cvodes"
  public let formula: CVODE.Formula
  public let tolerances: Tolerances
  public let threads: Int
  /// Forward steps kept at a time, 2 d numbers each; at least 100.
  public let largestCheckpoint: Int
  public let maximumSteps: Int
  /// Both ways are integrated with so much tighter tolerances: the gradient has the errors of both and of the states in between.
  static let tightening = 4.0

  public init(
    _ formula: CVODE.Formula = .bdf, tolerances: Tolerances, threads: Int = 1, largestCheckpoint: Int = 5000,
    maximumSteps: Int = 1_000_000
  ) {
    precondition(
      threads > 0 && largestCheckpoint >= 100 && maximumSteps > 0,
      "\(threads) threads, checkpoints of \(largestCheckpoint) steps")
    self.formula = formula
    self.tolerances = tolerances
    self.threads = threads
    self.largestCheckpoint = largestCheckpoint
    self.maximumSteps = maximumSteps
  }

  public func gradient<Field: DifferentiableField>(
    of loss: TerminalLoss, _ batch: InitialValueBatch<Field>
  ) throws -> LossGradient {
    try tolerances.validate(dimension: batch.field.dimension)
    let (functions, pullbacks) = (batch.field.functions, batch.field.pullbacks)
    let ends = batch.field.jumps(from: batch.start, to: batch.end) + [batch.end]
    return try SampleGradient.mean(of: batch.count, threads: threads) { sample in
      let state = batch.initialState(sample)
      let session = CallbackSession(functions, depth: batch.start, state: state)
      return try withExtendedLifetime(session) {
        let surroundings = try SundialsContext(state: state, session: session)
        return try withExtendedLifetime(surroundings) {
          let run = try AdjointRun(self, surroundings, session, pullbacks, depths: [batch.start] + ends)
          return try run.gradient(of: loss, sample: sample)
        }
      }
    }
  }
}
