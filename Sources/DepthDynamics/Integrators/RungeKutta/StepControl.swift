/// Whose error decides a step's length in a chunk of eight samples.
public enum StepControl: String, CaseIterable, Sendable {
  /// One length for the chunk, by its worst sample: the least work where samples are alike.
  case perChunk = "per-chunk"
  /// Each sample its own length: one stiff sample does not slow the others. A lane that has finished its sample goes on with
  /// the next one.
  case perSample = "per-sample"
}

/// One step length's state: of a whole chunk, or of one lane.
struct StepControlState {
  var depth = 0.0
  var step = 0.0
  /// Where the present segment of the field ends.
  var segmentEnd = 0.0
  var segment = 0
  var saved = 0
  var previousError = 1e-4
  var afterRejection = false
  var isActive = false
  /// The first stage must be evaluated: a new sample, or f has jumped.
  var needsFirstStage = false
  var needsStepLength = false
  var nonFiniteTries = 0
  var stiffSteps = 0
  var calmSteps = 0
  var stepsTaken = 0
  /// Whether this step ends its segment.
  var landsOnEnd = false
}

/// Why a run of our own kernel ended early: which sample, where, and its last good state.
enum RungeKuttaFailure: Error {
  case nonFinite(component: Int, sample: Int, depth: Double, state: [Double])
  case tooManySteps(Int, isStiff: Bool, depth: Double, state: [Double])
  case stepUnderflow(sample: Int, depth: Double, state: [Double])
  case stiff(depth: Double, state: [Double])
  case event(IntegrationError)
}
