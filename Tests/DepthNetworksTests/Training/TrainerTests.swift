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

  private static func trainer(threads: Int = 1) throws -> Trainer {
    let data = try DatasetCatalogue.load("digits")
    return try Trainer(configuration: quick, dataset: data, samples: Array(0..<300), threads: threads)
  }

  @Test func theNumberOfThreadsDoesNotMatter() throws {
    #expect(try Self.trainer(threads: 1).train() == Self.trainer(threads: 2).train())
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

  @Test func divergenceIsNamed() throws {
    var wild = Self.quick
    wild.learningRate = 1e300
    let trainer = try Self.trainer()
    #expect(throws: TrainingDiverged.self) {
      try Trainer(configuration: wild, dataset: trainer.dataset, samples: trainer.samples, threads: 1).train()
    }
    // one step that overflows is seen by the recorder, never taken for a loss of zero
    (wild.batchSize, wild.epochs) = (1000, 1)
    let network = try Trainer(
      configuration: wild, dataset: trainer.dataset, samples: trainer.samples, threads: 1
    ).train().network
    #expect(throws: NonFiniteNetwork.self) {
      try PathRecorder(network: network).record(
        trainer.dataset, split: StratifiedSplit.parts(of: trainer.dataset.labels, seed: 0))
    }
  }

  @Test func trainingLowersTheLossAndTheNetworkIsEulerOnItsField() throws {
    var configuration = Self.quick
    configuration.epochs = 15
    let trainer = try Trainer(
      configuration: configuration, dataset: DatasetCatalogue.load("digits"), samples: Array(0..<300), threads: 2)
    let trained = try trainer.train()
    let (network, losses) = (trained.network, trained.losses)
    #expect(losses.count == 15)
    #expect(losses.last! < 0.7 * losses.first!)
    let data = trainer.dataset
    let paths = try PathRecorder(network: network).record(
      data, split: StratifiedSplit.parts(of: data.labels, seed: 0))
    for sample in [0, 700, 1796] {
      let input = data.input(sample).map { Double($0) }
      let field = network.field
      let problem = try InitialValueProblem(field: field, initialState: network.embed(input), end: field.horizon)
      let state = try Euler(blocks: network.shape.blocks).integrate(problem).finalState
      let norm = BLAS.norm(state.count, state)
      #expect(abs(norm - paths.feature(sample, 4, 5)) < 1e-12 * norm)
    }
    #expect(paths.features.allSatisfy(\.isFinite) && paths.stoppingLoss.allSatisfy { $0 >= 0 })
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    try ArrayArchive.write(network.archive, to: url)
    #expect(try ResidualNetwork(contentsOf: url) == network)
    try Data("PK nonsense".utf8).write(to: url)
    #expect(throws: InputError.self) { try ResidualNetwork(contentsOf: url) }
  }

  @Test func configurationsOutOfRangeAreRefused() {
    let breaks: [(inout TrainingConfiguration) -> Void] = [
      { $0.blocks = 0 }, { $0.runningCost = -1 }, { $0.learningRate = .nan }, { $0.depthRegularizer = "soft-stopp" },
      { $0.batchSize = 0 }, { $0.depthHorizon = 0 },
    ]
    for change in breaks {
      var configuration = TrainingConfiguration()
      change(&configuration)
      #expect(throws: InputError.self) { try configuration.validated() }
    }
  }
}
