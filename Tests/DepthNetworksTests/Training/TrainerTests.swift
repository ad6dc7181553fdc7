import DepthDynamics
import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation
import Synchronization
import Testing

@testable import DepthNetworks

@Suite struct TrainerTests {
  private static var quick: TrainingConfiguration {
    var configuration = TrainingConfiguration()
    (configuration.blocks, configuration.stateDimension, configuration.width) = (4, 16, 16)
    (configuration.epochs, configuration.depthHorizon) = (4, 2)
    (configuration.inputNoise, configuration.regularizationWeight) = (0.05, 1)
    return configuration
  }

  private static func trainer(
    threads: Int = 1, _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> Trainer {
    let data = try DatasetCatalogue.load("digits")
    var configuration = quick
    change(&configuration)
    return try Trainer(configuration: configuration, dataset: data, samples: Array(0..<300), threads: threads)
  }

  @Test(arguments: OptimizerKind.allCases, TrainingConfiguration.Precision.allCases)
  func theNumberOfThreadsDoesNotMatter(optimizer: OptimizerKind, precision: TrainingConfiguration.Precision) throws {
    func result(_ threads: Int) throws -> Trainer.Result {
      try Self.trainer(threads: threads) {
        ($0.optimizer, $0.precision, $0.epochs) = (optimizer, precision, 2)
        $0.batchSize = 150
      }.train()
    }
    let one = try result(1)
    #expect(try one == result(2) && one == result(3))
  }

  @Test func precisionsAgree() throws {
    let results = try TrainingConfiguration.Precision.allCases.map { precision in
      try Self.trainer { ($0.precision, $0.network) = (precision, .tanhMLP) }.train()
    }
    #expect(zip(results[0].losses, results[1].losses).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  /// One step of AdamW and of SGD on known gradients, written out.
  @Test func updatesAreTheFormulas() {
    let architecture = TestNetworks.vector(TestNetworks.tanh)
    for kind in OptimizerKind.allCases {
      var configuration = TrainingConfiguration()
      (configuration.optimizer, configuration.weightDecay) = (kind, 0.1)
      let optimizer = Optimizer<Double>(configuration, layout: architecture.layout)
      var gradient = [Double](repeating: 0, count: architecture.parameterCount)
      // a weight of the first map, and its bias
      for (place, decays) in [(0, 1.0), (20, 0.0)] {
        (optimizer.parameters[place], gradient[place]) = (2, 0.5)
        (optimizer.first[place], optimizer.step) = (0, 0)
        if kind == .adamW { optimizer.second[place] = 0 }
        optimizer.update(&gradient, learningRate: 0.01, gradientScale: 0.5, threads: 1)
        let expected: Double
        if kind == .adamW {
          expected = 2 * (1 - 0.001 * decays) - 0.01 * 0.25 / (0.25 + 1e-8 / 0.001.squareRoot())
        } else {
          expected = 2 - 0.01 * (0.25 + 0.1 * 2 * decays)
        }
        #expect(abs(optimizer.parameters[place] - expected) < 1e-12)
      }
      var covered = 0
      for piece in optimizer.pieces {
        #expect(piece.range.lowerBound == covered)
        covered = piece.range.upperBound
      }
      #expect(covered == architecture.parameterCount)
    }
  }

  @Test func schedulesRiseAndFall() {
    for schedule in LearningRateSchedule.allCases {
      let shares = (0..<100).map { schedule.share(step: $0, of: 100, warmUp: 5) }
      #expect(shares.allSatisfy { $0 > 0 && $0 <= 1 } && shares[0] < 0.3 && shares.max()! > 0.99)
      #expect(schedule == .constant ? shares[99] == 1 : shares[99] < 0.01)
    }
  }

  @Test func resumingIsBitIdentical() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    let batches = Mutex(0)
    let trainer = try Self.trainer()
    let error = #expect(throws: TrainingInterrupted.self) {
      try trainer.train(
        checkpoint: url,
        shouldStop: {
          batches.withLock { count in
            count += 1
            return count > 12
          }
        })
    }
    #expect((1...3).contains(error?.epoch ?? 0))
    #expect(try trainer.train(checkpoint: url) == Self.trainer().train())
    var other = Self.quick
    other.learningRate = 1e-4
    #expect(throws: InputError.self) {
      try Trainer(configuration: other, dataset: trainer.dataset, samples: trainer.samples, threads: 1).train(
        checkpoint: url)
    }
  }

  /// What kill -9 leaves: a checkpoint of the last finished epoch, at every moment.
  @Test func everyEpochIsOnDiskWhenItIsReported() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    var found: [Double?] = []
    _ = try Self.trainer().train(
      checkpoint: url,
      progress: { _ in
        found.append((try? ArrayArchive.read(url))?["counters"]?.values[0])
      })
    #expect(found == [1, 2, 3, 4])
  }

  @Test func augmentationIsAppliedWhereAChunkIsLoaded() {
    let architecture = TestNetworks.vector(TestNetworks.tanh)
    let data = TrainingData(
      inputs: (0..<12).map { Float($0) }, labels: [0, 1], inputCount: 5, storedCount: 6,
      augmentation: { stored, sample, epoch, row in
        for j in 0..<5 { row[j] = stored[j + 1] + Float(100 * sample + 1000 * epoch) }
      })
    let worker = ChunkWorker<Double>(architecture: architecture, capacity: 2)
    worker.load([1, 0], of: data, noise: 0, seed: 0, epoch: 3)
    let loaded = Array(UnsafeBufferPointer(start: worker.inputs, count: 10))
    #expect(loaded == [3107, 3108, 3109, 3110, 3111, 3001, 3002, 3003, 3004, 3005])
    #expect(worker.labels[0] == 1 && worker.labels[1] == 0)
  }

  @Test func divergenceIsNamed() throws {
    let trainer = try Self.trainer { ($0.learningRate, $0.network, $0.precision) = (1e300, .tanhMLP, .double) }
    let error = #expect(throws: TrainingDiverged.self) { try trainer.train() }
    #expect(error?.epoch == 1 && (error?.step ?? 0) > 0)
    guard case .state? = error?.place else {
      Issue.record("\(String(describing: error))")
      return
    }
    // one step that overflows is seen by the recorder, never taken for a loss of zero
    let network = try Self.trainer {
      ($0.learningRate, $0.network, $0.precision) = (1e300, .tanhMLP, .double)
      ($0.batchSize, $0.epochs) = (1000, 1)
    }.train().network
    #expect(throws: NonFiniteNetwork.self) {
      try PathRecorder(network: network).record(
        trainer.dataset, split: StratifiedSplit.parts(of: trainer.dataset.labels, seed: 0))
    }
  }

  @Test func trainingLowersTheLossAndTheNetworkIsEulerOnItsField() throws {
    var configuration = Self.quick
    // from the first epoch on, so that losses compare
    (configuration.epochs, configuration.regularizationWarmUp) = (15, 0)
    let trainer = try Trainer(
      configuration: configuration, dataset: DatasetCatalogue.load("digits"), samples: Array(0..<300), threads: 2)
    let trained = try trainer.train()
    let (network, losses) = (trained.network, trained.losses)
    #expect(losses.count == 15)
    #expect(losses.last! < 0.7 * losses.first!)
    let data = trainer.dataset
    let split = StratifiedSplit.parts(of: data.labels, seed: 0)
    let paths = try PathRecorder(network: network).record(data, split: split)
    #expect(try PathRecorder(network: network, threads: 2).record(data, split: split) == paths)
    let difference = PrecisionCheck(network: network).largestDifference(data, from: paths)
    #expect(difference > 0 && difference < 1e-3)
    #expect(PrecisionCheck(network: network, threads: 2).largestDifference(data, from: paths) == difference)
    for sample in [0, 700, 1796] {
      let input = data.input(sample).map { Double($0) }
      let field = network.field()
      let problem = try InitialValueProblem(field: field, initialState: network.embed(input), end: field.horizon)
      let state = try Euler(blocks: network.architecture.blocks).integrate(problem).finalState
      let norm = BLAS.norm(state.count, state)
      #expect(abs(norm - paths.feature(sample, 4, 5)) < 1e-12 * norm)
    }
    #expect(paths.features.allSatisfy(\.isFinite) && paths.stoppingLoss.allSatisfy { $0 >= 0 })
  }

  /// Shift and mirror in training only; the window in both.
  @Test func imagesAreMovedInTrainingAndCentredInEvaluation() throws {
    let data = try DatasetCatalogue.load("digits")
    let augmentation = try Augmentation(shift: 1, flips: true, window: 6, of: data.inputShape)
    let trainer = try Self.trainer { ($0.shift, $0.flips, $0.crop) = (1, true, 6) }
    #expect(trainer.augmentation == augmentation && trainer.architecture.inputCount == 36)
    let worker = ChunkWorker<Double>(architecture: trainer.architecture, capacity: 2)
    func loaded(_ data: TrainingData) -> [Double] {
      worker.load([7, 9], of: data, noise: 0, seed: 5, epoch: 2)
      return Array(UnsafeBufferPointer(start: worker.inputs, count: 72))
    }
    let (training, evaluation) = (TrainingData(data, augmentation, seed: 5), TrainingData(data, augmentation))
    let centred = loaded(evaluation)
    #expect(centred[0] == Double(data.inputs[7 * 64 + 9]) && centred[71] == Double(data.inputs[9 * 64 + 54]))
    var expected = [Float](repeating: 0, count: 72)
    for (row, sample) in [7, 9].enumerated() {
      Array(data.input(sample)).withUnsafeBufferPointer { input in
        expected.withUnsafeMutableBufferPointer {
          augmentation.apply(
            input.baseAddress!, shape: data.inputShape, seed: 5, epoch: 2, sample: sample, of: data.sampleCount,
            into: $0.baseAddress! + 36 * row)
        }
      }
    }
    #expect(loaded(training) == expected.map { Double($0) })
  }

  private static func text(_ change: (inout TrainingConfiguration) -> Void) throws -> Trainer {
    let text = Data(String(repeating: "to be or not to be, ", count: 60).utf8)
    var file = TextFile()
    (file.length, file.stride) = (8, 1)
    let data = try file.parse(text, name: "text", place: "text")
    var configuration = quick
    (configuration.network, configuration.inputNoise, configuration.learningRate) = (.transformer, 0, 1e-2)
    change(&configuration)
    let train = try #require(data.split).indices.filter { data.split![$0] == .train }
    return try Trainer(configuration: configuration, dataset: data, samples: train, threads: 2)
  }

  /// Eight characters of a periodic text determine the next.
  @Test func aTransformerLearnsAPeriodicText() throws {
    let trainer = try Self.text { ($0.epochs, $0.regularizationWeight) = (6, 0) }
    let trained = try trainer.train()
    let split = try #require(trainer.dataset.split)
    let paths = try PathRecorder(network: trained.network).record(trainer.dataset, split: split)
    let test = paths.samples(of: .test)
    let right = test.filter { paths.isCorrect($0, paths.exitCount - 1) == true }
    #expect(right.count == test.count && test.count > 50)
  }

  @Test func transformersRefuseWhatTheyCannotRead() throws {
    let changes: [(inout TrainingConfiguration) -> Void] = [
      { $0.inputNoise = 0.1 }, { $0.stateDimension = 6 }, { $0.network = .residualMLP }, { $0.crop = 3 },
    ]
    for change in changes { #expect(throws: InputError.self) { try Self.text(change) } }
    #expect(throws: InputError.self) { try Self.trainer { $0.network = .transformer } }
  }

  @Test func configurationsOutOfRangeAreRefused() {
    let breaks: [(inout TrainingConfiguration) -> Void] = [
      { $0.blocks = 0 }, { $0.runningCost = -1 }, { $0.learningRate = .nan }, { $0.depthRegularizer = "soft-stopp" },
      { $0.batchSize = 0 }, { $0.depthHorizon = 0 }, { $0.momentum = 1 }, { $0.distillation = 1.5 },
      { $0.shift = -1 }, { $0.haltingBias = .infinity }, { $0.warmUp = -0.1 }, { $0.stateDimension = 1 },
    ]
    for change in breaks {
      var configuration = TrainingConfiguration()
      change(&configuration)
      #expect(throws: InputError.self) { try configuration.validated() }
    }
  }
}
