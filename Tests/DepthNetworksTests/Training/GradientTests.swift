import DepthNumerics
import Testing

@testable import DepthNetworks

/// The hand-written backward pass against central differences, for every architecture, regulariser and loss.
@Suite struct GradientTests {
  /// Of four samples.
  private static func labels(_ architecture: NetworkArchitecture) -> [Int] {
    (0..<(4 * architecture.answersPerSample)).map { [0, 2, 1, 1][$0 % 4] }
  }

  private static func requireGradient(_ architecture: NetworkArchitecture, _ loss: TrainingLoss, _ name: String) {
    var stream = RandomStream(seed: 4)
    let (inputs, labels) = (stream.normals(4 * architecture.inputCount), labels(architecture))
    var parameters = TestNetworks.network(architecture).parameters
    let workspace = NetworkWorkspace<Double>(architecture: architecture, capacity: 5)
    func value() -> Double {
      workspace.forward(parameters, inputs: inputs, labels: labels, count: 4)
      return workspace.backward(parameters, inputs: inputs, labels: labels, count: 4, loss: loss, scale: 0.5)
    }
    _ = value()
    let gradient = Array(workspace.gradient)
    workspace.keepsTeacher = true
    let scale = gradient.map(abs).max()!
    #expect(scale > 0)
    for i in parameters.indices {
      let held = parameters[i]
      parameters[i] = held + 1e-5
      let up = value()
      parameters[i] = held - 1e-5
      let down = value()
      parameters[i] = held
      let difference = (up - down) / 2e-5
      #expect(abs(gradient[i] - difference) <= 1e-6 * max(abs(difference), 1e-2 * scale), "\(name), parameter \(i)")
    }
  }

  private static func weights(_ exits: Int) -> [Double] { (0..<exits).map { 0.1 + 0.3 * Double(($0 * 7) % 4) } }

  @Test(arguments: DepthRegularizers.names)
  func everyParameterMatchesDifferences(name: String) throws {
    let regularizer = try DepthRegularizers.named(name, runningCost: 0.07)
    for (network, architecture) in TestNetworks.all {
      let loss = TrainingLoss(
        exitWeights: Self.weights(architecture.exits), distillation: 0, regularizer: regularizer,
        regularizationWeight: 0.8)
      Self.requireGradient(architecture, loss, "\(name), \(network)")
    }
  }

  @Test func distillationMatchesDifferences() {
    for (network, architecture) in TestNetworks.all {
      let loss = TrainingLoss(
        exitWeights: Self.weights(architecture.exits), distillation: 0.4, regularizer: SoftStop(runningCost: 0.1),
        regularizationWeight: 0.3)
      Self.requireGradient(architecture, loss, "distillation, \(network)")
    }
  }

  @Test func onlyRegularisersOfTheGatesMoveTheGates() throws {
    let architecture = TestNetworks.vector(TestNetworks.preNorm)
    let parameters = TestNetworks.network(architecture).parameters
    var stream = RandomStream(seed: 4)
    let inputs = stream.normals(20)
    for name in DepthRegularizers.names {
      let workspace = NetworkWorkspace<Double>(architecture: architecture, capacity: 4)
      workspace.forward(parameters, inputs: inputs, labels: Self.labels(architecture), count: 4)
      _ = workspace.backward(
        parameters, inputs: inputs, labels: Self.labels(architecture), count: 4,
        loss: TrainingLoss(
          exitWeights: Self.weights(4), distillation: 0,
          regularizer: try DepthRegularizers.named(name, runningCost: 0.07), regularizationWeight: 1), scale: 1)
      let moved = (0..<3).contains { workspace.gradient[architecture.layout.headBiases[$0] + 3] != 0 }
      #expect(moved == DepthRegularizers.trainsGates(name), "\(name)")
    }
  }

  /// Chunks of other sizes and the other precision compute the same.
  @Test func singlePrecisionIsNear() {
    for (name, architecture) in TestNetworks.all {
      var stream = RandomStream(seed: 4)
      let inputs = stream.normals(4 * architecture.inputCount)
      let parameters = TestNetworks.network(architecture).parameters
      let double = NetworkWorkspace<Double>(architecture: architecture, capacity: 4)
      let single = NetworkWorkspace<Float>(architecture: architecture, capacity: 9)
      let loss = TrainingLoss(
        exitWeights: Self.weights(architecture.exits), distillation: 0.2, regularizer: SoftStop(runningCost: 0.1),
        regularizationWeight: 0.5)
      double.forward(parameters, inputs: inputs, labels: Self.labels(architecture), count: 4)
      let value = double.backward(
        parameters, inputs: inputs, labels: Self.labels(architecture), count: 4, loss: loss, scale: 1)
      let rounded = (parameters.map { Float($0) }, inputs.map { Float($0) })
      single.forward(rounded.0, inputs: rounded.1, labels: Self.labels(architecture), count: 4)
      let other = single.backward(
        rounded.0, inputs: rounded.1, labels: Self.labels(architecture), count: 4, loss: loss, scale: 1)
      #expect(abs(value - other) < 1e-5 * abs(value), "\(name)")
      let scale = double.gradient.map(abs).max()!
      let error = zip(double.gradient, single.gradient).map { abs($0 - Double($1)) }.max()!
      #expect(error < 1e-4 * scale, "\(name): \(error / scale)")
    }
  }
}
