import DepthNumerics
import DepthRuns
import DepthStopping
import Testing

@testable import DepthNetworks

@Suite struct TokenHaltingTests {
  /// A transformer on tokens of five kinds that answers at the last `answers` of `tokens`.
  static func network(
    tokens: Int = 6, answers: Int = 6, blocks: Int = 4, causal: Bool = true, seed: UInt64 = 8
  ) -> ResidualNetwork {
    let block = TransformerBlock(tokens: tokens, tokenDimension: 8, heads: 2, width: 7, isCausal: causal)
    let pooling =
      answers == tokens && tokens > 1
      ? nil : MapKind.lastToken(LastToken(tokens: tokens, tokenDimension: 8, answers: answers))
    return TestNetworks.network(
      NetworkArchitecture(
        stages: [
          NetworkArchitecture.Stage(
            entry: .tokens(TokenEmbedding(tokens: tokens, vocabulary: 5, tokenDimension: 8)),
            block: .transformer(block), blocks: blocks, pooling: pooling)
        ], classCount: 3, depthHorizon: 2, answersPerSample: answers), seed: seed)
  }

  static func dataset(_ network: ResidualNetwork, samples: Int = 40, seed: UInt64 = 2) -> Dataset {
    let (tokens, answers) = (network.architecture.inputCount, network.architecture.answersPerSample)
    var stream = RandomStream(seed: seed)
    return Dataset(
      name: "toy", inputs: (0..<(samples * tokens)).map { _ in Float(stream.integer(below: 5)) },
      labels: (0..<(samples * answers)).map { _ in stream.integer(below: 3) },
      inputShape: .tokens(length: tokens, vocabulary: 5), classCount: 3, sha256: "", answersPerSample: answers)
  }

  static func recorded(_ network: ResidualNetwork, _ data: Dataset) throws -> StoppingPaths {
    try PathRecorder(network: network).record(data, split: [.test].cycled(data.sampleCount))
  }

  /// Between two of the recorded values, three quarters of which are below: some tokens halt at every exit.
  static func threshold(_ paths: StoppingPaths, _ name: String) throws -> Double {
    let feature = try paths.featureIndex(name)
    let values = (0..<paths.sampleCount).flatMap { sample in
      (0..<paths.blockCount).map { paths.feature(sample, $0, feature) }
    }.sorted()
    let place = values.count * 3 / 4
    return (values[place] + values[place + 1]) / 2
  }

  static func depths(_ data: Dataset, blocks: Int, seed: UInt64 = 5) -> [Int] {
    var stream = RandomStream(seed: seed)
    return data.labels.map { _ in stream.integer(below: blocks + 1) }
  }

  static func logits(_ paths: StoppingPaths, _ answer: Int, _ exit: Int) -> [Double] {
    let start = (answer * paths.exitCount + exit) * paths.classCount
    return Array(paths.logits[start..<(start + paths.classCount)])
  }

  /// The definition: every block of the whole state, the updates of halted tokens thrown away. Logits of each answer at its exit.
  static func definition(_ network: ResidualNetwork, _ data: Dataset, _ depths: [Int]) -> [Double] {
    let (architecture, layout) = (network.architecture, network.architecture.layout)
    let (answers, d, tokens) = (architecture.answersPerSample, layout.headFeatures[0], architecture.inputCount)
    let field = network.field(ofStage: 0)
    var result = [Double](repeating: 0, count: depths.count * architecture.classCount)
    for sample in 0..<data.sampleCount {
      var state = network.embed(data.input(sample).map { Double($0) })
      let tau = (0..<tokens).map { token -> Int in
        let answer = token - (tokens - answers)
        return answer < 0 ? architecture.blocks : depths[sample * answers + answer]
      }
      for exit in 0...architecture.blocks {
        for answer in 0..<answers where tau[tokens - answers + answer] == exit {
          let row = state[((tokens - answers + answer) * d)..<((tokens - answers + answer + 1) * d)]
          for c in 0..<architecture.classCount {
            let weights = network.parameters[(layout.heads[exit] + c * d)..<(layout.heads[exit] + (c + 1) * d)]
            let bias = network.parameters[layout.headBiases[exit] + c]
            result[(sample * answers + answer) * architecture.classCount + c] =
              bias + zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
          }
        }
        guard exit < architecture.blocks else { break }
        let update = field.blocks[exit](depth: 0, state: state)
        for token in 0..<tokens where tau[token] > exit {
          for i in (token * d)..<((token + 1) * d) { state[i] += architecture.blockSize * update[i] }
        }
      }
    }
    return result
  }

  static func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }

  @Test(arguments: [true, false], [6, 2, 1])
  func isItsDefinition(causal: Bool, answers: Int) throws {
    let network = Self.network(answers: answers, causal: causal)
    let data = Self.dataset(network)
    for seed in 0..<4 {
      let depths = Self.depths(data, blocks: 4, seed: UInt64(seed))
      let halted = try TokenHalting(network: network, rule: .depths(depths)).run(data)
      #expect(halted.depths == depths)
      #expect(Self.distance(halted.logits, Self.definition(network, data, depths)) < 1e-12)
    }
  }

  @Test(arguments: [6, 2])
  func withoutHaltingItIsTheOrdinaryForwardPass(answers: Int) throws {
    let network = Self.network(answers: answers)
    let data = Self.dataset(network)
    let paths = try Self.recorded(network, data)
    for rule in [TokenHaltingRule.depths([4].cycled(data.labels.count)), .confidence(1), .gate(1)] {
      let halted = try TokenHalting(network: network, rule: rule).run(data)
      #expect(halted.depths.allSatisfy { $0 == 4 })
      let expected = data.labels.indices.flatMap { Self.logits(paths, $0, 4) }
      #expect(Self.distance(halted.logits, expected) < 1e-12)
      #expect(Self.distance(halted.losses, data.labels.indices.map { paths.loss($0, 4) }) < 1e-12)
    }
  }

  @Test func haltingAtOnceIsExitZero() throws {
    let network = Self.network()
    let data = Self.dataset(network)
    let paths = try Self.recorded(network, data)
    for rule in [TokenHaltingRule.depths([0].cycled(data.labels.count)), .confidence(0), .gate(0)] {
      let halted = try TokenHalting(network: network, rule: rule).run(data)
      #expect(halted.depths.allSatisfy { $0 == 0 })
      #expect(Self.distance(halted.losses, data.labels.indices.map { paths.loss($0, 0) }) < 1e-12)
      #expect(data.labels.indices.allSatisfy { halted.predictions[$0] == paths.predictedClass($0, 0) })
    }
  }

  /// One head without queries and keys, so that a causal token takes the mean of what it sees: two tokens, d = 2, two blocks of size 1/2.
  /// LN gives (s, -s) for (a, b), a > b, s = x / sqrt(x^2 + 1e-5), x = (a - b) / 2; the value of a token is (-5, 1) times that.
  @Test func aSmallCaseByHand() throws {
    let block = TransformerBlock(tokens: 2, tokenDimension: 2, heads: 1, width: 1)
    let architecture = NetworkArchitecture(
      stages: [
        NetworkArchitecture.Stage(
          entry: .tokens(TokenEmbedding(tokens: 2, vocabulary: 2, tokenDimension: 2)), block: .transformer(block),
          blocks: 2)
      ], classCount: 2, depthHorizon: 1, sharesWeights: true, answersPerSample: 2)
    var parameters = [Double](repeating: 0, count: architecture.parameterCount)
    // E: token 0 is (1, 0), token 1 is (0, 2); P is zero
    (parameters[0], parameters[3]) = (1, 2)
    let base = architecture.layout.blocks[0]
    for i in 0..<2 { parameters[base + i] = 1 }
    let values = base + block.attentionWeights + 8
    (parameters[values], parameters[values + 3]) = (-5, 1)
    for i in 0..<2 { parameters[base + block.mixWeights + 3 * i] = 1 }
    for exit in 0..<3 { for i in 0..<2 { parameters[architecture.layout.heads[exit] + 3 * i] = 1 } }
    let network = ResidualNetwork(architecture: architecture, parameters: parameters)
    let data = Dataset(
      name: "hand", inputs: [0, 1], labels: [0, 1], inputShape: .tokens(length: 2, vocabulary: 2), classCount: 2,
      sha256: "", answersPerSample: 2)
    func s(_ x: Double) -> Double { x / (x * x + 1e-5).squareRoot() }
    func value(_ row: [Double]) -> [Double] { [-5 * s((row[0] - row[1]) / 2), -s((row[0] - row[1]) / 2)] }
    let (copied, start) = ([1.0, 0.0], [0.0, 2.0])
    func step(_ other: [Double], _ row: [Double]) -> [Double] {
      zip(row, zip(value(other), value(row))).map { $0 + 0.5 * ($1.0 + $1.1) / 2 }
    }
    let second = step(copied, step(copied, start))
    let halted = try TokenHalting(network: network, rule: .depths([0, 2])).run(data)
    #expect(Self.distance(halted.logits, copied + second) < 1e-13)
    // at full depth token 1 sees token 0 after a block
    let moved = zip(copied, value(copied)).map { $0 + 0.5 * $1 }
    let full = step(moved, step(copied, start))
    let whole = try TokenHalting(network: network, rule: .depths([2, 2])).run(data)
    #expect(Self.distance(Array(whole.logits[2...]), full) < 1e-13)
    // the block turns the sign of a - b in token 0
    #expect(Self.distance(second, full) > 1)
  }

  @Test(arguments: ["confidence", "gate"])
  func causalTokensDoNotDependOnLaterOnes(rule: String) throws {
    let network = Self.network()
    let data = Self.dataset(network)
    let threshold = try Self.threshold(
      Self.recorded(network, data), rule == "gate" ? "halting_probability" : "confidence")
    let halting = try TokenHalting(network: network, rule: .named(rule, threshold: threshold))
    let before = try halting.run(data)
    var inputs = data.inputs
    for sample in 0..<data.sampleCount {
      for token in 4..<6 { inputs[sample * 6 + token] = 4 - inputs[sample * 6 + token] }
    }
    let after = try halting.run(
      Dataset(
        name: "toy", inputs: inputs, labels: data.labels, inputShape: data.inputShape, classCount: 3, sha256: "",
        answersPerSample: 6))
    let early = data.labels.indices.filter { $0 % 6 < 4 }
    #expect(early.allSatisfy { before.depths[$0] == after.depths[$0] })
    #expect(early.allSatisfy { abs(before.losses[$0] - after.losses[$0]) < 1e-12 })
    #expect(before.depths != after.depths && Set(before.depths).count > 2)
  }

  /// Token 0 sees nobody: its threshold decision is that of its recorded path.
  @Test func theFirstTokenHaltsAsOnItsRecordedPath() throws {
    let network = Self.network()
    let data = Self.dataset(network)
    let paths = try Self.recorded(network, data)
    let feature = try paths.featureIndex("confidence")
    let threshold = try Self.threshold(paths, "confidence")
    let halted = try TokenHalting(network: network, rule: .confidence(threshold)).run(data)
    #expect(Set(halted.depths).count > 2)
    for answer in stride(from: 0, to: data.labels.count, by: 6) {
      let expected = (0..<4).first { paths.feature(answer, $0, feature) >= threshold } ?? 4
      #expect(halted.depths[answer] == expected)
    }
  }

  @Test func theNumberOfThreadsDoesNotMatter() throws {
    let network = Self.network()
    let data = Self.dataset(network, samples: 130)
    let one = try TokenHalting(network: network, rule: .confidence(0.6)).run(data)
    let three = try TokenHalting(network: network, rule: .confidence(0.6), threads: 3).run(data)
    #expect(one == three)
  }

  @Test func operationsAreThoseOfTheRowsThereAre() throws {
    let network = Self.network(blocks: 2)
    let data = Self.dataset(network, samples: 1)
    let architecture = network.architecture
    let full = 6 * architecture.exitOperations.totals(reading: .last)[2]
    let unhalted = try TokenHalting(network: network, rule: .depths([2].cycled(6))).run(data)
    #expect(abs(unhalted.operations[0] - full) < 1e-9 * full)
    // tokens 0-3 halt at exit 0; of the last two one goes one block, one two; all six stay seen
    let halted = try TokenHalting(network: network, rule: .depths([0, 0, 0, 0, 2, 1])).run(data)
    let (d, m, heads) = (8.0, 7.0, 6 * 2 * 8.0 * 3)
    func block(_ active: Double, _ seen: Double) -> Double {
      seen * (4 * d * d + 8 * d) + active * (4 * d * d + 4 * d * m + 10 * d) + 4 * active * seen * d
    }
    let entry = architecture.stages[0].entry.map.operations
    // causal: after the last token has halted nobody sees it
    #expect(abs(halted.operations[0] - (entry + block(2, 6) + block(1, 5) + heads)) < 1e-9)
    let atOnce = try TokenHalting(network: network, rule: .depths([0].cycled(6))).run(data)
    #expect(abs(atOnce.operations[0] - (entry + heads)) < 1e-9)
    // a rule reads more heads: 6 + 2 + 1 where tokens halt as above
    let confident = try TokenHalting(network: network, rule: .confidence(1)).run(data)
    #expect(abs(confident.operations[0] - (full + 2 * heads)) < 1e-9 * full)
    let gated = try TokenHalting(network: network, rule: .gate(1)).run(data)
    #expect(abs(gated.operations[0] - (full + 2 * heads / 3)) < 1e-9 * full)
  }

  @Test func nonsenseIsRefused() throws {
    let other = TestNetworks.network(TestNetworks.vector(TestNetworks.tanh))
    #expect(throws: InputError.self) { try TokenHalting(network: other, rule: .gate(0.5)) }
    let (network, short) = (Self.network(), Self.network(tokens: 5, answers: 5))
    let halting = try TokenHalting(network: network, rule: .gate(0.5))
    #expect(throws: InputError.self) { try halting.run(Self.dataset(short)) }
    for threshold in [-0.1, 1.1, .nan] {
      #expect(throws: InputError.self) { try TokenHaltingRule.named("gate", threshold: threshold) }
    }
    #expect(throws: InputError.self) { try TokenHaltingRule.named("oracle", threshold: 0.5) }
    var parameters = network.parameters
    parameters[network.architecture.layout.headBiases[1]] = .nan
    let broken = ResidualNetwork(architecture: network.architecture, parameters: parameters)
    let error = #expect(throws: NonFiniteNetwork.self) {
      try TokenHalting(network: broken, rule: .confidence(1)).run(Self.dataset(network))
    }
    #expect(error == NonFiniteNetwork(exit: 1, sample: 0))
  }
}

extension Array {
  func cycled(_ count: Int) -> [Element] { (0..<count).map { self[$0 % self.count] } }
}
