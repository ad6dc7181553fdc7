import DepthDynamics
import DepthNumerics
import Testing

@testable import DepthNetworks

/// Small networks of every kind, with weights that are not special.
enum TestNetworks {
  static let classes = 3

  static func vector(_ block: BlockKind, blocks: Int = 3, horizon: Double = 1.5, shared: Bool = false)
    -> NetworkArchitecture
  {
    NetworkArchitecture(
      stages: [
        NetworkArchitecture.Stage(
          entry: .linear(LinearMap(inputCount: 5, outputCount: block.block.stateCount)), block: block, blocks: blocks)
      ], classCount: classes, depthHorizon: horizon, sharesWeights: shared)
  }

  static let tanh = BlockKind.tanh(TanhBlock(stateCount: 4, width: 6))
  static let preNorm = BlockKind.preNorm(PreNormBlock(stateCount: 4, width: 6))
  static let smoothPreNorm = BlockKind.preNorm(PreNormBlock(stateCount: 4, width: 6, activation: .tanh))

  static let staged = NetworkArchitecture(
    stages: [
      NetworkArchitecture.Stage(entry: .linear(LinearMap(inputCount: 5, outputCount: 4)), block: tanh, blocks: 2),
      NetworkArchitecture.Stage(
        entry: .linear(LinearMap(inputCount: 4, outputCount: 3)),
        block: .preNorm(PreNormBlock(stateCount: 3, width: 5)), blocks: 2),
    ], classCount: classes, depthHorizon: 2)

  /// Four tokens of four entries from five numbers, and the last token's answer.
  static func sequence(causal: Bool) -> NetworkArchitecture {
    let block = TransformerBlock(tokens: 4, tokenDimension: 4, heads: 2, width: 5, isCausal: causal)
    return NetworkArchitecture(
      stages: [
        NetworkArchitecture.Stage(
          entry: .linear(LinearMap(inputCount: 5, outputCount: 16)), block: .transformer(block), blocks: 2,
          pooling: .lastToken(LastToken(tokens: 4, tokenDimension: 4)))
      ], classCount: classes, depthHorizon: 1)
  }

  /// The same answering at every token, or at the last two.
  static func answering(_ answers: Int) -> NetworkArchitecture {
    let block = TransformerBlock(tokens: 4, tokenDimension: 4, heads: 2, width: 5)
    return NetworkArchitecture(
      stages: [
        NetworkArchitecture.Stage(
          entry: .linear(LinearMap(inputCount: 5, outputCount: 16)), block: .transformer(block), blocks: 2,
          pooling: answers == 4 ? nil : .lastToken(LastToken(tokens: 4, tokenDimension: 4, answers: answers)))
      ], classCount: classes, depthHorizon: 1, answersPerSample: answers)
  }

  static let shown = NetworkArchitecture(
    stages: [
      NetworkArchitecture.Stage(entry: .linear(LinearMap(inputCount: 0, outputCount: 4)), block: preNorm, blocks: 3)
    ], shown: ShownInputs(steps: 2, count: 3), classCount: classes, depthHorizon: 3)

  static let all: [(name: String, architecture: NetworkArchitecture)] = [
    ("tanh", vector(tanh)), ("pre-norm", vector(preNorm)), ("smooth pre-norm", vector(smoothPreNorm)),
    ("shared", vector(preNorm, shared: true)), ("staged", staged), ("transformer", sequence(causal: false)),
    ("causal transformer", sequence(causal: true)), ("shown", shown), ("every token", answering(4)),
    ("two tokens", answering(2)),
  ]

  static func network(_ architecture: NetworkArchitecture, seed: UInt64 = 8) -> ResidualNetwork {
    var stream = RandomStream(seed: seed)
    let start = ResidualNetwork(architecture: architecture, seed: 1, haltingBias: -0.5)
    let draws = stream.normals(start.parameters.count)
    return ResidualNetwork(architecture: architecture, parameters: zip(start.parameters, draws).map { $0 + 0.2 * $1 })
  }

  /// The network's states are those of Euler on each stage's own field, for one sample in double precision: the same bits.
  static func requireEuler(_ architecture: NetworkArchitecture) throws {
    let network = network(architecture)
    var stream = RandomStream(seed: 11)
    let input = stream.normals(architecture.inputCount)
    let workspace = NetworkWorkspace<Double>(architecture: architecture, capacity: 1)
    workspace.forward(network.parameters, inputs: input, labels: [0], count: 1)
    var (state, exit) = (input, 0)
    for (index, stage) in architecture.stages.enumerated() {
      state = network.enter(stage: index, from: state)
      let field = network.field(ofStage: index)
      let problem = try InitialValueProblem(field: field, initialState: state, end: field.horizon)
      state = try Euler(blocks: stage.blocks).integrate(problem).finalState
      exit += stage.blocks
      #expect(state == Array(UnsafeBufferPointer(start: workspace.states[exit], count: stage.stateCount)))
    }
    #expect(exit == architecture.blocks)
  }
}
