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
  /// Ends of the steps to take in place of error control: for order tests and for differences with frozen steps.
  var prescribedDepths: [Double]?

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
      dimension: batch.dimension, depths: depths, states: batch.states, occurrences: [], event: nil,
      statistics: batch.statistics)
  }

  /// Samples of one batch: chunks of eight, and fewer than three one by one.
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
      return Parallel.map(work.count, threads: threads) { item -> Result<Trajectory.Statistics, RungeKuttaFailure> in
        let stepper = RungeKuttaStepper(functions, pair: pair, width: width)
        return batch.initialStates.withUnsafeBufferPointer { initial in
          let run = LaneRun(
            stepper, plan, initialStates: initial.baseAddress!, sampleCount: count, output: target.pointer!)
          do throws(RungeKuttaFailure) {
            try run.run(work[item])
            return .success(run.statistics)
          } catch {
            return .failure(error)
          }
        }
      }
    }
    var statistics = Trajectory.Statistics()
    for outcome in outcomes {
      switch outcome {
      case .success(let part): statistics = statistics + part
      case .failure(let failure): throw integrationError(failure)
      }
    }
    if depths.isEmpty { states = [] }
    return TrajectoryBatch(
      dimension: d, sampleCount: count, depths: depths, states: states, statistics: statistics)
  }

  func plan<Field: VectorField>(_ batch: InitialValueBatch<Field>, saving depths: [Double]) -> LaneRunPlan {
    let local = tolerances.scaled(by: Self.localShare)
    let d = batch.field.dimension
    let jumps = batch.field.discontinuities.filter { $0 > batch.start && $0 < batch.end }
    let prescribed = prescribedDepths.map { Self.aligned($0, with: jumps, start: batch.start) }
    return LaneRunPlan(
      relative: local.relative,
      absolute: local.absolute.count == 1 ? [Double](repeating: local.absolute[0], count: d) : local.absolute,
      start: batch.start, segmentEnds: (prescribed?.jumps ?? jumps) + [batch.end], saved: depths,
      maximumSteps: maximumSteps, control: control, stopsWhenStiff: stopsWhenStiff,
      prescribedDepths: prescribed?.depths)
  }

  /// Step ends that are a jump of f but for rounding are set to it, and there a new piece begins; jumps inside a step are
  /// passed over, as a network with other blocks would.
  private static func aligned(
    _ depths: [Double], with jumps: [Double], start: Double
  ) -> (depths: [Double], jumps: [Double]) {
    var (aligned, met, next, left) = (depths, [Double](), 0, start)
    // the last step ends where the interval does, whatever jumps there
    for (i, depth) in depths.dropLast().enumerated() {
      let rounding = 1e-9 * (depth - left)
      while next < jumps.count, jumps[next] < depth - rounding { next += 1 }
      if next < jumps.count, jumps[next] <= depth + rounding {
        aligned[i] = jumps[next]
        met.append(jumps[next])
      }
      left = depth
    }
    return (aligned, met)
  }

  /// Contiguous ranges of samples: a chunk each, or, with lanes that refill themselves, eight chunks.
  func workItems(_ count: Int, width: Int) -> [Range<Int>] {
    let size = width == 1 ? 1 : control == .perSample ? 8 * Lanes.count : Lanes.count
    return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }

  /// The same failure in the words that all integrators use.
  func integrationError(_ failure: RungeKuttaFailure) -> IntegrationError {
    switch failure {
    case .nonFinite(let component, _, let depth, let state):
      IntegrationError(reason: .nonFiniteField(component: component), depth: depth, state: state)
    case .tooManySteps(let limit, let isStiff, let depth, let state):
      IntegrationError(reason: .tooManySteps(limit: limit, isStiff: isStiff), depth: depth, state: state)
    case .stepUnderflow(_, let depth, let state):
      IntegrationError(reason: .stepUnderflow, depth: depth, state: state)
    case .event(let error): error
    case .stiff(let depth, let state): IntegrationError(reason: .stiffField, depth: depth, state: state)
    }
  }
}
