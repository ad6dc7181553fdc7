import DepthNumerics
import DepthRuns

/// Discretise, then optimise: the exact gradient of the computed loss, by a reverse sweep over the accepted steps.
///
/// A chunk of samples goes forward and straight back, so that only one chunk's steps are remembered a thread: (t, h) and the
/// state of each step, stages recomputed; past `memory` bytes, binomial checkpoints. The step lengths are held fixed: the
/// derivative of the step-size control is left out, as it must be for a gradient that converges with the tolerance.
/// Cost: about four evaluations of f per stage and sample. Results do not depend on the number of threads. Statistics are
/// sums over the samples, as of `RungeKutta`; evaluations are those of f, forward and recomputed.
/// Source: Griewank and Walther, "Evaluating Derivatives" (2008); Hager, Numer. Math. 87 (2000).
public struct DiscreteAdjoint: AdjointMethod {
  public let method: RungeKutta
  /// Bytes for states that a thread may remember.
  public let memory: Int

  /// - Parameter method: step control per chunk is used, whatever it says.
  public init(_ method: RungeKutta, memory: Int = 1 << 28) {
    self.method = method
    self.memory = memory
  }

  public var name: String { "discrete" }

  public func gradient<Field: DifferentiableField>(
    of loss: TerminalLoss, _ batch: InitialValueBatch<Field>
  ) throws -> LossGradient {
    try method.tolerances.validate(dimension: batch.field.dimension)
    let width = batch.count < 3 ? 1 : Lanes.count
    let chunks = stride(from: 0, to: batch.count, by: width).map { $0..<min(batch.count, $0 + width) }
    // a fixed number of groups, each with a gradient of its own: sums have one order on any number of threads
    let groupCount = min(chunks.count, 64)
    let functions = (field: batch.field.functions, pullbacks: batch.field.pullbacks)
    let plan = plan(batch)
    var initialGradient = [Double](repeating: 0, count: batch.initialStates.count)
    let outcomes = initialGradient.withUnsafeMutableBufferPointer { buffer in
      let target = SendablePointer(buffer.baseAddress)
      return Parallel.map(groupCount, threads: method.threads) { group -> GradientPart in
        let range = (group * chunks.count / groupCount)..<((group + 1) * chunks.count / groupCount)
        let worker = DiscreteGradientWorker(
          functions.field, functions.pullbacks, method, width: width,
          capacity: max(2, memory / (8 * width * functions.field.dimension)), plan: plan)
        for chunk in chunks[range] where worker.part.failure == nil {
          worker.run(chunk, loss, batch.initialStates, count: batch.count, initialGradient: target.pointer!)
        }
        return worker.part
      }
    }
    var sum = GradientPart(parameterCount: functions.pullbacks.parameterCount)
    for part in outcomes { sum.add(part) }
    if let failure = sum.failure {
      throw failure.ofSample(batch.count == 1 ? nil : failure.sample).afterSpending(sum.statistics)
    }
    return LossGradient(
      loss: sum.loss, parameters: sum.parameters, initialStates: initialGradient, statistics: sum.statistics)
  }

  private func plan<Field: DifferentiableField>(_ batch: InitialValueBatch<Field>) -> LaneRunPlan {
    var chunked = method
    chunked.control = .perChunk
    return chunked.plan(batch, saving: [])
  }
}

/// What a group of chunks adds to the whole, or why it could not.
struct GradientPart: Sendable {
  var failure: IntegrationError?
  var loss = 0.0
  var parameters: [Double]
  var statistics = Trajectory.Statistics()

  init(parameterCount: Int) { parameters = [Double](repeating: 0, count: parameterCount) }

  mutating func add(_ other: GradientPart) {
    failure = failure ?? other.failure
    loss += other.loss
    for i in parameters.indices { parameters[i] += other.parameters[i] }
    statistics = statistics + other.statistics
  }
}

/// Forward and back, one chunk after the other, on memory that is kept.
private final class DiscreteGradientWorker {
  private let stepper: RungeKuttaStepper
  private let sweep: ReverseSweep
  private let tape: StepTape
  private let plan: LaneRunPlan
  private let width: Int
  private let dimension: Int
  private(set) var part: GradientPart

  init(
    _ functions: FieldFunctions, _ pullbacks: PullbackFunctions, _ method: RungeKutta, width: Int, capacity: Int,
    plan: LaneRunPlan
  ) {
    stepper = RungeKuttaStepper(functions, pair: method.pair, width: width)
    sweep = ReverseSweep(pullbacks, dimension: functions.dimension, pair: method.pair, width: width)
    tape = StepTape(blockSize: width * functions.dimension, capacity: capacity)
    self.plan = plan
    self.width = width
    dimension = functions.dimension
    part = GradientPart(parameterCount: pullbacks.parameterCount)
  }

  func run(
    _ samples: Range<Int>, _ loss: TerminalLoss, _ initialStates: [Double], count: Int,
    initialGradient: UnsafeMutablePointer<Double>
  ) {
    tape.clear()
    forward(samples, initialStates, count)
    guard part.failure == nil else { return }
    takeLoss(samples, loss, scale: 1 / Double(count))
    let before = sweep.evaluations
    part.parameters.withUnsafeMutableBufferPointer { gradient in
      tape.reverse(sweep, parameterGradient: gradient.baseAddress)
    }
    part.statistics.evaluations += (sweep.evaluations - before) * samples.count
    for (lane, sample) in samples.enumerated() {
      Lanes.copy(
        sweep.lambda, lane: lane, width: width, dimension: dimension, into: initialGradient + sample * dimension)
    }
  }

  private func forward(_ samples: Range<Int>, _ states: [Double], _ count: Int) {
    let outcome = states.withUnsafeBufferPointer { initial in
      // nothing is saved on the way, so the output is never written
      let run = LaneRun(
        stepper, plan, initialStates: initial.baseAddress!, sampleCount: count, output: sweep.lambda)
      run.observe = { [stepper, tape] (_) throws(IntegrationError) -> Double? in
        tape.record(
          TapeStep(depth: stepper.depths[0], length: stepper.steps[0], limit: stepper.limits[0]), start: stepper.state)
        return nil
      }
      return run.outcome(of: samples)
    }
    part.statistics = part.statistics + outcome.statistics
    part.failure = outcome.failure
  }

  /// The loss of the final states, and their cotangents into `lambda`; idle lanes have none.
  private func takeLoss(_ samples: Range<Int>, _ loss: TerminalLoss, scale: Double) {
    sweep.lambda.update(repeating: 0, count: width * dimension)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * dimension) { buffer in
      let (state, gradient) = (buffer.baseAddress!, buffer.baseAddress! + dimension)
      for (lane, sample) in samples.enumerated() {
        Lanes.copy(stepper.state, lane: lane, width: width, dimension: dimension, into: state)
        part.loss += scale * loss.value(sample, state)
        loss.gradient(sample, state, gradient)
        for i in 0..<dimension { sweep.lambda[i * width + lane] = scale * gradient[i] }
      }
    }
  }
}
