import DepthNumerics
import DepthRuns

/// The steps of one training in one precision.
///
/// A batch is cut into chunks of fixed size, gradients are summed in the order of the chunks: no result depends on the number of
/// threads.
final class TrainingLoop<Scalar: MatrixScalar> {
  let architecture: NetworkArchitecture
  let configuration: TrainingConfiguration
  let data: TrainingData
  let threads: Int
  let optimizer: Optimizer<Scalar>
  private let workers: [ChunkWorker<Scalar>]
  private let chunk: Int
  private let steps: Int
  private var loss: TrainingLoss

  /// - Parameter steps: of the whole training, for its schedules.
  init(
    _ architecture: NetworkArchitecture, _ configuration: TrainingConfiguration, _ data: TrainingData,
    batchSize: Int, steps: Int, threads: Int
  ) throws {
    (self.architecture, self.configuration, self.data) = (architecture, configuration, data)
    (self.steps, self.threads) = (steps, threads)
    optimizer = Optimizer(configuration, layout: architecture.layout)
    let chunk = Self.chunk(batchSize)
    self.chunk = chunk
    workers = (0..<((batchSize + chunk - 1) / chunk)).map { _ in
      ChunkWorker(architecture: architecture, capacity: chunk)
    }
    loss = TrainingLoss(
      exitWeights: configuration.exitWeights.weights(exits: architecture.exits),
      distillation: configuration.distillation,
      regularizer: try DepthRegularizers.named(
        configuration.depthRegularizer, runningCost: configuration.runningCost), regularizationWeight: 0)
  }

  /// Samples that one thread works on at a time: small batches are shared out too, large ones in larger products.
  static func chunk(_ batchSize: Int) -> Int { batchSize >= 128 ? 64 : 32 }

  /// One batch; returns its mean total loss, of an answer.
  ///
  /// - Throws: `TrainingDiverged`.
  func step(_ members: [Int], epoch: Int) throws -> Double {
    let step = optimizer.step
    let ramp = configuration.regularizationWarmUp * Double(steps)
    loss.regularizationWeight = configuration.regularizationWeight * min(1, Double(step + 1) / max(1, ramp))
    let used = (members.count + chunk - 1) / chunk
    let (workers, chunk, data, configuration, loss) = (workers, chunk, data, configuration, loss)
    let parameters = SendablePointer(optimizer.parameters)
    let scale = 1 / Double(members.count * architecture.answersPerSample)
    Parallel.forEach(used, threads: threads) { index in
      let part = members[(index * chunk)..<min(members.count, (index + 1) * chunk)]
      workers[index].load(
        part, of: data, noise: configuration.inputNoise, seed: configuration.seed, epoch: epoch)
      workers[index].run(parameters.pointer!, loss: loss, scale: scale)
    }
    let total = workers[..<used].reduce(0) { $0 + $1.loss }
    let gradient = workers[0].workspace.gradient.baseAddress!
    let norm = optimizer.collect(
      workers[1..<used].map { UnsafePointer($0.workspace.gradient.baseAddress) }, into: gradient, threads: threads)
    guard total.isFinite, norm.isFinite else {
      throw TrainingDiverged(epoch: epoch + 1, step: step, place: divergence(workers[..<used]))
    }
    let share = configuration.schedule.share(
      step: step, of: steps, warmUp: max(1, Int(configuration.warmUp * Double(steps))))
    optimizer.update(
      gradient, learningRate: configuration.learningRate * share,
      gradientScale: norm > configuration.gradientClip ? configuration.gradientClip / norm : 1, threads: threads)
    return total
  }

  private func divergence(_ workers: ArraySlice<ChunkWorker<Scalar>>) -> TrainingDiverged.Place {
    let exits = workers.compactMap { $0.workspace.firstNonFiniteExit(count: $0.count) }
    if let exit = exits.min() { return .state(afterBlock: exit - 1) }
    let layout = architecture.layout
    // backpropagation meets the last block first
    for block in layout.blocks.indices.reversed() {
      let size = architecture.stages[layout.stageOfBlock[block]].block.block.parameterCount
      if Scalar.Kernels.firstNonFiniteRow(
        1, size, workers[workers.startIndex].workspace.gradient.baseAddress! + layout.blocks[block]) >= 0
      {
        return .gradient(ofBlock: block)
      }
    }
    return .gradientElsewhere
  }

  func restore(_ state: TrainingState) {
    for i in 0..<optimizer.count {
      optimizer.parameters[i] = Scalar(state.parameters[i])
      optimizer.first[i] = Scalar(state.first[i])
    }
    for i in state.second.indices { optimizer.second[i] = Scalar(state.second[i]) }
    optimizer.step = state.step
  }

  func save(into state: inout TrainingState) {
    for i in 0..<optimizer.count {
      state.parameters[i] = Double(optimizer.parameters[i])
      state.first[i] = Double(optimizer.first[i])
    }
    for i in state.second.indices { state.second[i] = Double(optimizer.second[i]) }
    state.step = optimizer.step
  }
}
