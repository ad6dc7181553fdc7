import DepthDynamics
import DepthNumerics
import DepthRuns
import Testing

@testable import DepthNetworks

@Suite struct ConvolutionalNetworkTests {
  static func architecture(
    blocks: Int, convolves: Bool = false, order: ConvolutionalBlock.Order = .preActivation
  )
    -> NetworkArchitecture
  {
    let first = ImageShape(channels: 16, height: 6, width: 5)
    func stage(_ entry: MapKind, _ shape: ImageShape) -> NetworkArchitecture.Stage {
      NetworkArchitecture.Stage(
        entry: entry, block: .convolution(ConvolutionalBlock(shape: shape, order: order)), blocks: blocks,
        pooling: .pixelMean(PixelMean(shape: shape)))
    }
    return NetworkArchitecture(
      stages: [
        stage(.imageStem(ImageStem(inputChannels: 2, shape: first)), first),
        stage(.stageTransition(StageTransition(source: first, convolves: convolves)), first.next),
      ], classCount: 3, depthHorizon: Double(blocks))
  }

  /// Parameters of every part of the network, sampled, against differences of the whole loss.
  @Test(arguments: [false, true]) func theWholeGradientMatchesDifferences(convolves: Bool) {
    let architecture = Self.architecture(blocks: 1, convolves: convolves)
    let network = TestNetworks.network(architecture)
    var stream = RandomStream(seed: 14)
    let inputs = stream.normals(2 * architecture.inputCount)
    let workspace = NetworkWorkspace<Double>(architecture: architecture, capacity: 2)
    let loss = TrainingLoss(
      exitWeights: [0.2, 0.3, 0.5], distillation: 0, regularizer: SoftStop(runningCost: 0.1), regularizationWeight: 0.7)
    func value(_ parameters: [Double]) -> Double {
      workspace.gradient.update(repeating: 0)
      workspace.forward(parameters, inputs: inputs, labels: [0, 2], count: 2)
      return workspace.backward(parameters, inputs: inputs, labels: [0, 2], count: 2, loss: loss, scale: 1)
    }
    var parameters = network.parameters
    _ = value(parameters)
    let gradient = Array(workspace.gradient)
    let scale = max(1, gradient.map(abs).max() ?? 0)
    for _ in 0..<250 {
      let i = stream.integer(below: parameters.count)
      let held = parameters[i]
      parameters[i] = held + 1e-6
      let up = value(parameters)
      parameters[i] = held - 1e-6
      let difference = (up - value(parameters)) / 2e-6
      parameters[i] = held
      #expect(abs(gradient[i] - difference) <= 1e-6 * scale, "parameter \(i)")
    }
  }

  /// In double precision the network's states are those of Euler on each stage's own field: the same bits.
  @Test(arguments: ConvolutionalBlock.Order.allCases) func theForwardPassIsEulerBitForBit(
    order: ConvolutionalBlock.Order
  ) throws {
    try TestNetworks.requireEuler(Self.architecture(blocks: 2, order: order))
  }

  @Test func residualCNNIsResNet20() throws {
    var configuration = TrainingConfiguration()
    (configuration.network, configuration.blocks) = (.residualCNN, 9)
    let inputs = InputShape.image(channels: 1, height: 28, width: 28)
    let architecture = try NetworkKind.residualCNN.architecture(configuration, inputs: inputs, classCount: 10)
    #expect(architecture.exits == 10 && architecture.stages.map(\.blocks) == [3, 3, 3])
    #expect(architecture.stages.map(\.featureCount) == [16, 32, 64])
    #expect(try NetworkArchitecture(json: architecture.json) == architecture)
    // 61.4 million operations in ResNet-20's convolutions; the stages' first convolutions read all channels here
    let convolutions = architecture.stages.reduce(0) {
      $0 + Double(36 * $1.blocks * $1.featureCount) * Double($1.stateCount)
    }
    #expect(convolutions == 65_028_096)
    configuration.blocks = 2
    let small = try NetworkKind.residualCNN.architecture(configuration, inputs: inputs, classCount: 10)
    #expect(small.stages.map(\.blocks) == [1, 1])
    #expect(throws: InputError.self) {
      try NetworkKind.residualCNN.architecture(configuration, inputs: .vector(784), classCount: 10)
    }
  }

  @Test func architecturesFromFilesAreChecked() throws {
    let good = Self.architecture(blocks: 1, convolves: true, order: .postActivation)
    #expect(try NetworkArchitecture(json: good.json) == good)
    let shape: [String: JSONValue] = ["channels": 16, "height": 4, "width": 4]
    for (key, value) in [
      ("channels", 24), ("channels", 0), ("height", 0), ("groups", 3), ("groups", 0), ("height", 1 << 19),
    ]
      as [(String, Int)]
    {
      var block = shape.merging(["kind": "convolution", "order": "pre-activation", "groups": 2]) { $1 }
      block[key] = .integer(value)
      #expect(throws: InputError.self) { try BlockKind(json: .object(block)) }
    }
    #expect(throws: InputError.self) {
      try BlockKind(json: .object(shape.merging(["kind": "convolution", "order": "both", "groups": 2]) { $1 }))
    }
    #expect(throws: InputError.self) { try MapKind(json: .object(shape.merging(["kind": "image-stem"]) { $1 })) }
  }
}
