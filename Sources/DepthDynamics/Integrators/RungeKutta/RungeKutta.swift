import DepthNumerics
import DepthRuns

/// Our own adaptive Runge-Kutta methods: no vector objects, stages in the cache, eight samples in SIMD lanes.
///
/// `dormand-prince` is of order 5(4), dense output of order 4; `dop853` of order 8(5,3), dense output of order 7. PI step-size
/// control on the root mean square of the weighted error, per sample or per chunk of eight. The right tool for batches and for
/// small systems, where a library's call costs more than the step; not for stiff fields, which are noticed
/// (`statistics.stiffSteps`). Memory: at most (s + 15) n doubles a thread, n = 8 d. Results do not depend on the number of threads.
/// Source: Hairer, Norsett and Wanner, "Solving Ordinary Differential Equations I" (1993), II.4-6 and II.10.
public struct RungeKutta: Integrator {
  public let pair: EmbeddedPair
  public let tolerances: Tolerances
  public var control: StepControl
  public let threads: Int
  public let maximumSteps: Int
  /// The share of a tolerance that the local error is held to: over many steps errors add up (measured on `spiral`: to some
  /// eighty times the tolerance, with a tenth to ten times).
  static let localShare = 0.1

  /// Ends with a failure as soon as stiffness is noticed, for a caller that has a better method for it.
  var stopsWhenStiff = false
  /// Steps to take in place of error control: a network's blocks, order tests, differences with frozen steps.
  var prescribed: PrescribedSteps?

  public init(
    _ pair: EmbeddedPair = .dormandPrince, tolerances: Tolerances, control: StepControl = .perChunk, threads: Int = 1,
    maximumSteps: Int = 1_000_000
  ) {
    precondition(threads > 0, "\(threads) threads")
    self.pair = pair
    self.tolerances = tolerances
    self.control = control
    self.threads = threads
    self.maximumSteps = maximumSteps
  }

  public var name: String { pair.name }

  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    guard events.isEmpty else { return try locate(events, problem, saving: depths) }
    let batch = try integrate(InitialValueBatch(problem), saving: depths)
    return Trajectory(
      dimension: batch.dimension, depths: depths, states: batch.states, statistics: batch.statistics)
  }

  /// Samples of one batch: chunks of eight, and fewer than three one by one.
  ///
  /// Statistics are sums over the samples, each counting the steps of its chunk and the evaluations of its own lane while it was
  /// under way; what lanes without a sample repeat is not counted.
  /// - Throws: `IntegrationError` of the first chunk that fails, with its sample and what the whole attempt has cost.
  public func integrate<Field: VectorField>(
    _ batch: InitialValueBatch<Field>, saving depths: [Double]
  ) throws -> TrajectoryBatch {
    try validate(depths, start: batch.start, end: batch.end)
    try tolerances.validate(dimension: batch.field.dimension)
    let (d, count) = (batch.field.dimension, batch.count)
    let plan = plan(batch, saving: depths)
    let width = count < 3 ? 1 : Lanes.count
    let work = workItems(count, width: width)
    let functions = batch.field.functions
    // room for one number even where nothing is asked for: an empty array may have no address
    var states = [Double](repeating: 0, count: max(1, depths.count * count * d))
    let outcomes = states.withUnsafeMutableBufferPointer { output in
      let target = SendablePointer(output.baseAddress)
      return Parallel.map(work.count, threads: threads) { item -> LaneOutcome in
        let stepper = RungeKuttaStepper(functions, pair: pair, width: width)
        return batch.initialStates.withUnsafeBufferPointer { initial in
          let run = LaneRun(
            stepper, plan, initialStates: initial.baseAddress!, sampleCount: count, output: target.pointer!)
          return run.outcome(of: work[item])
        }
      }
    }
    let statistics = try LaneOutcome.statistics(outcomes, of: count)
    if depths.isEmpty { states = [] }
    return TrajectoryBatch(
      dimension: d, sampleCount: count, depths: depths, states: states, statistics: statistics)
  }

  func plan<Field: VectorField>(_ batch: InitialValueBatch<Field>, saving depths: [Double]) -> LaneRunPlan {
    let local = tolerances.scaled(by: Self.localShare)
    let (field, start, end) = (batch.field, batch.start, batch.end)
    let jumps = field.jumps(from: start, to: end)
    return LaneRunPlan(
      relative: local.relative,
      absolute: local.absolute.count == 1
        ? [Double](repeating: local.absolute[0], count: field.dimension) : local.absolute,
      start: start, segmentEnds: (prescribed?.met(jumps, from: start, to: end) ?? jumps) + [end],
      jumpAtEnd: field.jump(at: end) ?? prescribed?.jumpAtEnd(jumps, from: start, to: end),
      saved: depths, maximumSteps: maximumSteps, control: control, stopsWhenStiff: stopsWhenStiff,
      prescribed: prescribed)
  }

  /// Contiguous ranges of samples: a chunk each, or, with lanes that refill themselves, eight chunks.
  func workItems(_ count: Int, width: Int) -> [Range<Int>] {
    let size = width == 1 ? 1 : control == .perSample ? 8 * Lanes.count : Lanes.count
    return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }
}
