import DepthNumerics
import DepthRuns
import DepthStopping
import Testing

@testable import DepthNetworks

@Suite struct SkippingInferenceTests {
  /// A network, a data set that it partly knows, and its recorded paths.
  struct Recorded: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let network: ResidualNetwork
    let dataset: Dataset
    let fit: StoppingPaths
    let test: StoppingPaths

    var requests: [Int] { Array(fit.sampleCount..<dataset.sampleCount) }

    init(_ name: String, _ network: ResidualNetwork, _ dataset: Dataset, fit count: Int) throws {
      let paths = try PathRecorder(network: network).record(dataset, split: [])
      (testDescription, self.network, self.dataset) = (name, network, dataset)
      fit = paths.selecting(Array(0..<count))
      test = paths.selecting(Array(count..<dataset.sampleCount))
    }

    /// Random weights and inputs; labels are mostly what the last exit says, so that depth pays and rules differ.
    init(_ name: String, _ architecture: NetworkArchitecture, fit: Int = 120, test: Int = 150) throws {
      let network = TestNetworks.network(architecture)
      var stream = RandomStream(seed: 21)
      let n = fit + test
      let inputs = stream.normals(n * architecture.inputCount).map { Float($0) }
      func dataset(_ labels: [Int]) -> Dataset {
        Dataset(
          name: name, inputs: inputs, labels: labels, inputShape: .vector(architecture.inputCount),
          classCount: architecture.classCount, sha256: "")
      }
      let paths = try PathRecorder(network: network).record(
        dataset([Int](repeating: 0, count: n)), split: [])
      let draws = stream.uniforms(n)
      let labels = (0..<n).map { sample in
        let said = paths.predictedClass(sample, paths.blockCount) ?? 0
        return draws[sample] < 0.9 ? said : (said + 1) % architecture.classCount
      }
      try self.init(name, network, dataset(labels), fit: fit)
    }

    func outcome<Scalar: MatrixScalar>(
      _ rules: [any OnlineRule], assigned: [Int]? = nil, batch: Int, threads: Int = 1, chunk: Int = 64,
      in precision: Scalar.Type = Double.self
    ) throws -> InferenceOutcome {
      try InferenceOutcome(
        SkippingInference<Scalar>(network, rules: rules, batchSize: batch, threads: threads, chunkSize: chunk),
        InferenceRequests(dataset, samples: requests), rules: assigned)
    }
  }

  static func architectures() -> [(name: String, architecture: NetworkArchitecture)] {
    TestNetworks.all.filter { $0.architecture.answersPerSample == 1 } + [
      ("convolutional", ConvolutionalNetworkTests.architecture(blocks: 2)),
      ("convolving transition", ConvolutionalNetworkTests.architecture(blocks: 2, convolves: true)),
    ]
  }

  static let names = RuleCatalogue.names.filter { $0 != "oracle" }
  private static let cost = 0.02

  /// Largest difference from the recorded logits at tau, relative to the largest of them.
  private static func distance(_ outcome: InferenceOutcome, _ paths: StoppingPaths) -> Double {
    let classes = paths.classCount
    var (largest, scale) = (0.0, 0.0)
    for (sample, tau) in outcome.stoppingDepths.enumerated() {
      for j in 0..<classes {
        let recorded = paths.logits[(sample * paths.exitCount + tau) * classes + j]
        largest = max(largest, abs(outcome.logits[sample * classes + j] - recorded))
        scale = max(scale, abs(recorded))
      }
    }
    return largest / scale
  }

  /// Every block kind, every rule: tau is that of the recorded paths, and the answers are the recorded logits at tau.
  @Test(arguments: architectures().map(\.name)) func skippingIsTheRecordedPathCutAtTau(name: String) throws {
    let architecture = try #require(Self.architectures().first { $0.name == name }).architecture
    let recorded = try Recorded(name, architecture)
    var kinds = Set<[Int]>()
    for rule in Self.names {
      let fitted = try RuleCatalogue.online(rule, on: recorded.fit, runningCosts: [Self.cost])
      let outcome = try recorded.outcome(fitted, batch: 40, chunk: 16)
      #expect(outcome.stoppingDepths == fitted[0].stoppingDepths(recorded.test), "\(rule)")
      #expect(Self.distance(outcome, recorded.test) <= 1e-12, "\(rule)")
      let depths = outcome.stoppingDepths
      for (sample, tau) in depths.enumerated() {
        #expect(abs(outcome.stoppingLoss[sample] - recorded.test.loss(sample, tau)) <= 1e-10)
        #expect((outcome.correct[sample] == 1) == recorded.test.isCorrect(sample, tau))
      }
      kinds.insert(depths)
    }
    // rules that all did the same would have tested little
    #expect(kinds.count >= 4 && kinds.contains { Set($0).count > 1 })
  }

  /// Digits, as a user has them: tau of every rule, in both precisions.
  @Test func aTrainedNetworkSkipsAsRecorded() throws {
    let data = try DatasetCatalogue.load("digits")
    var configuration = TrainingConfiguration()
    (configuration.blocks, configuration.stateDimension, configuration.width) = (4, 24, 24)
    (configuration.epochs, configuration.depthHorizon) = (4, 4)
    let trained = try Trainer(configuration: configuration, dataset: data, samples: Array(0..<600), threads: 1).train()
    let recorded = try Recorded("digits", trained.network, data, fit: 1100)
    for rule in Self.names {
      let fitted = try RuleCatalogue.online(rule, on: recorded.fit, runningCosts: [0.01])
      let offline = fitted[0].stoppingDepths(recorded.test)
      let double = try recorded.outcome(fitted, batch: 64)
      #expect(double.stoppingDepths == offline && Self.distance(double, recorded.test) <= 1e-12, "\(rule)")
      let single = try recorded.outcome(fitted, batch: 64, in: Float.self)
      let moved = zip(single.stoppingDepths, offline).filter { $0 != $1 }.count
      #expect(moved <= offline.count / 100, "\(rule): \(moved) of \(offline.count) halt elsewhere in single precision")
    }
  }

  @Test func batchesOfAnySizeAgree() throws {
    for name in ["pre-norm", "shown", "convolutional", "causal transformer"] {
      let architecture = try #require(Self.architectures().first { $0.name == name }).architecture
      let recorded = try Recorded(name, architecture)
      for rule in ["confidence", "gate", "patience", "backward-induction"] {
        let fitted = try RuleCatalogue.online(rule, on: recorded.fit, runningCosts: [Self.cost])
        let outcomes = try [1, 7, 64].map { try recorded.outcome(fitted, batch: $0) }
        for outcome in outcomes {
          #expect(outcome.stoppingDepths == outcomes[0].stoppingDepths, "\(name), \(rule)")
          #expect(Self.distance(outcome, recorded.test) <= 1e-12, "\(name), \(rule)")
        }
      }
    }
  }

  @Test func theNumberOfThreadsDoesNotMatter() throws {
    let recorded = try Recorded("staged", TestNetworks.staged)
    let rules = try RuleCatalogue.online("m-step-look-ahead", on: recorded.fit, runningCosts: [Self.cost, 0.2])
    let assigned = recorded.requests.map { $0 % 2 }
    let one = try recorded.outcome(rules, assigned: assigned, batch: 100, threads: 1, chunk: 16)
    for threads in 2...5 {
      #expect(try recorded.outcome(rules, assigned: assigned, batch: 100, threads: threads, chunk: 16) == one)
    }
  }

  /// Requests that bring costs of their own, mixed in one batch, are answered as if each cost had run alone.
  @Test func requestsBringTheirOwnCosts() throws {
    let costs = [0.002, 0.02, 0.3]
    for name in ["pre-norm", "shown", "staged"] {
      let architecture = try #require(Self.architectures().first { $0.name == name }).architecture
      let recorded = try Recorded(name, architecture)
      var stream = RandomStream(seed: 3)
      let assigned = recorded.requests.map { _ in stream.integer(below: costs.count) }
      var isVaried = false
      for rule in Self.names {
        let rules = try RuleCatalogue.online(rule, on: recorded.fit, runningCosts: costs)
        let mixed = try recorded.outcome(rules, assigned: assigned, batch: 30)
        #expect(Self.distance(mixed, recorded.test) <= 1e-12)
        let alone = try rules.map { try recorded.outcome([$0], batch: 30).stoppingDepths }
        #expect(mixed.stoppingDepths == assigned.enumerated().map { alone[$1][$0] }, "\(name), \(rule)")
        isVaried = isVaried || Set(alone).count > 1
      }
      #expect(isVaried)
    }
  }

  @Test func onlyWhatARuleReadsIsComputed() throws {
    let recorded = try Recorded("pre-norm", TestNetworks.vector(TestNetworks.preNorm))
    func reading(_ names: String...) throws -> ExitReading {
      let rules = try names.flatMap { try RuleCatalogue.online($0, on: recorded.fit, runningCosts: [Self.cost]) }
      return SkippingInference<Float>(recorded.network, rules: rules, batchSize: 2).reading
    }
    #expect(try reading("full-depth") == .last && reading("fixed-depth") == .last)
    #expect(try reading("gate") == .gates && reading("tuned-gate", "fixed-depth") == .gates)
    #expect(try reading("confidence") == .heads && reading("patience") == .heads)
    #expect(try reading("confidence", "gate") == .everything)
  }

  @Test func answersThatAreNotFiniteAreSaid() throws {
    let recorded = try Recorded("pre-norm", TestNetworks.vector(TestNetworks.preNorm), fit: 20, test: 3)
    let width = recorded.network.architecture.inputCount
    let huge = Dataset(
      name: "huge", inputs: [Float](repeating: 3e38, count: 4 * width), labels: [0, 1, 2, 0],
      inputShape: .vector(width), classCount: 3, sha256: "")
    let inference = SkippingInference<Float>(recorded.network, rules: [FixedDepth(1)], batchSize: 4)
    #expect(throws: NonFiniteAnswer.self) {
      try InferenceOutcome(inference, InferenceRequests(huge, samples: [0, 1, 2, 3]))
    }
  }

  @Test func speedIsMeasuredOnWholeBatches() throws {
    let recorded = try Recorded("pre-norm", TestNetworks.vector(TestNetworks.preNorm))
    let requests = InferenceRequests<Float>(recorded.dataset, samples: recorded.requests)
    let (full, skipping) = (
      SkippingInference<Float>(recorded.network, rules: [FullDepth()], batchSize: 32),
      SkippingInference<Float>(recorded.network, rules: [FixedDepth(1)], batchSize: 32)
    )
    let speed = InferenceSpeed(full: full, skipping: skipping, requests, turns: 4, seconds: 1)
    #expect(speed.batchSize == 32 && speed.requests == requests.count)
    #expect(speed.fullSecondsPerSample > 0 && speed.skippingSecondsPerSample > 0)
    #expect(speed.ratioRange.contains(speed.ratio))
  }
}
