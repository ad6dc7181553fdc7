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
  /// Where the step ends, exactly: the grid does not drift by the rounding of its steps.
  var stepEnd = 0.0
  /// Where the present segment of the field ends.
  var segmentEnd = 0.0
  var segment = 0
  var saved = 0
  var previousError = 1e-4
  var afterRejection = false
  var isActive = false
  /// Samples that it carries; padding is none.
  var sampleCount = 0
  /// The first stage must be evaluated: a new sample, or f has jumped.
  var needsFirstStage = false
  var needsStepLength = false
  /// Steps in a row that met numbers that are not finite, until one is accepted beyond the deepest of them.
  var nonFiniteTries = 0
  var nonFiniteDepth = -Double.infinity
  var stiffSteps = 0
  var calmSteps = 0
  var stepsTaken = 0
  /// Whether this step ends its segment.
  var landsOnEnd = false
}
