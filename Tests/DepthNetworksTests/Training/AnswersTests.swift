import DepthNumerics
import DepthStopping
import Foundation
import Testing

@testable import DepthNetworks

/// Networks that answer at several tokens of a sample.
@Suite struct AnswersTests {
  /// In a causal network the answer at token t is that of a network which reads the first t + 1 tokens and answers once.
  @Test func anAnswerIsTheLastTokensOfItsPrefix() throws {
    let network = TokenHaltingTests.network()
    let data = TokenHaltingTests.dataset(network, samples: 5)
    let paths = try TokenHaltingTests.recorded(network, data)
    #expect(paths.sampleCount == 30 && paths.groups == (0..<30).map { $0 / 6 } && paths.split.count == 30)
    for length in 1...6 {
      let short = TokenHaltingTests.network(tokens: length, answers: 1)
      // positions that the prefix does not have are left out
      let kept = (5 + length) * 8
      let parameters = Array(network.parameters[..<kept] + network.parameters[(11 * 8)...])
      let prefix = ResidualNetwork(architecture: short.architecture, parameters: parameters)
      let inputs = (0..<5).flatMap { data.inputs[($0 * 6)..<($0 * 6 + length)] }
      let single = Dataset(
        name: "prefix", inputs: inputs, labels: (0..<5).map { data.labels[$0 * 6 + length - 1] },
        inputShape: .tokens(length: length, vocabulary: 5), classCount: 3, sha256: "")
      let alone = try TokenHaltingTests.recorded(prefix, single)
      for sample in 0..<5 {
        let answer = sample * 6 + length - 1
        for exit in 0..<5 {
          #expect(abs(alone.loss(sample, exit) - paths.loss(answer, exit)) < 1e-12)
          let (a, b) = (
            TokenHaltingTests.logits(alone, sample, exit), TokenHaltingTests.logits(paths, answer, exit)
          )
          #expect(TokenHaltingTests.distance(a, b) < 1e-12)
        }
      }
    }
  }

  /// Norms of states and residuals are the answering token's own; two ways to read the last two tokens agree.
  @Test func featuresAreTheTokensOwn() throws {
    let (all, two) = (TokenHaltingTests.network(), TokenHaltingTests.network(answers: 2))
    let network = ResidualNetwork(architecture: two.architecture, parameters: all.parameters)
    let data = TokenHaltingTests.dataset(all, samples: 5)
    let last = Dataset(
      name: "two", inputs: data.inputs, labels: (0..<5).flatMap { data.labels[($0 * 6 + 4)..<($0 * 6 + 6)] },
      inputShape: data.inputShape, classCount: 3, sha256: "", answersPerSample: 2)
    let (whole, part) = (
      try TokenHaltingTests.recorded(all, data), try TokenHaltingTests.recorded(network, last)
    )
    let rows = (0..<5).flatMap { [$0 * 6 + 4, $0 * 6 + 5] }
    let chosen = whole.selecting(rows)
    #expect(chosen.stoppingLoss == part.stoppingLoss && chosen.residualNorm == part.residualNorm)
    #expect(chosen.features == part.features && chosen.groups == part.groups && chosen.labels == part.labels)
    let workspace = NetworkWorkspace<Double>(architecture: all.architecture, capacity: 1)
    let inputs = data.input(0).map { Double($0) }
    workspace.forward(all.parameters, inputs: inputs, labels: Array(data.labels[..<6]), count: 1)
    let (before, after) = (workspace.states[1], workspace.states[2])
    for token in 0..<6 {
      let squares = (0..<8).reduce(0.0) {
        let difference = after[token * 8 + $1] - before[token * 8 + $1]
        return $0 + difference * difference
      }
      #expect(abs(whole.residualNorm[token * 4 + 1] - squares.squareRoot() / 0.5) < 1e-12)
    }
  }

  @Test func trainingOnEveryTokenLearnsAndIsTheSameForAnyThreads() throws {
    var file = TextFile()
    (file.length, file.answersEveryToken) = (8, true)
    let text = String(repeating: "to be or not to be, that is the question. ", count: 60)
    let data = try file.parse(.init(text.utf8), name: "toy", place: "toy")
    var configuration = TrainingConfiguration()
    (configuration.network, configuration.blocks, configuration.depthHorizon) = (.transformer, 2, 2)
    (configuration.stateDimension, configuration.width, configuration.epochs) = (16, 16, 4)
    (configuration.inputNoise, configuration.batchSize, configuration.learningRate) = (0, 32, 1e-2)
    func result(_ threads: Int) throws -> Trainer.Result {
      try Trainer(configuration: configuration, dataset: data, samples: Array(0..<240), threads: threads).train()
    }
    let one = try result(1)
    #expect(try one == result(3))
    let paths = try TokenHaltingTests.recorded(one.network, data.selecting(Array(240..<260)))
    let loss = (0..<160).reduce(0.0) { $0 + paths.loss($1, 2) } / 160
    // the frequencies alone would give 2.6 nats
    #expect(loss < 1.6, "\(loss)")
  }
}
