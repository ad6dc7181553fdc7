import DepthNumerics
import DepthStopping
import Testing

@testable import DepthNetworks

/// Recorded layers are what the heads read: head times features plus bias are the recorded logits.
@Suite struct LayerRecorderTests {
  @Test(arguments: 0..<5) func headsOnLayersGiveTheLogits(index: Int) throws {
    let architecture = [
      TestNetworks.vector(TestNetworks.tanh), TestNetworks.vector(TestNetworks.preNorm, shared: true),
      TestNetworks.staged, TestNetworks.sequence(causal: true), TestNetworks.sequence(causal: false),
    ][index]
    let network = ResidualNetwork(architecture: architecture, seed: 5)
    let (n, classes) = (70, architecture.classCount)
    var stream = RandomStream(seed: 2, stream: 0)
    let dataset = Dataset(
      name: "noise", inputs: stream.normals(n * architecture.inputCount).map { Float($0) },
      labels: (0..<n).map { $0 % classes }, inputShape: .vector(architecture.inputCount), classCount: classes,
      sha256: "")
    let samples = Array(stride(from: 1, to: n, by: 2))
    let layers = try LayerRecorder(network: network, threads: 2).record(dataset, samples: samples)
    let paths = try PathRecorder(network: network).record(
      dataset, split: [StoppingPaths.Split](repeating: .test, count: n))
    #expect(layers.labels == samples.map { dataset.labels[$0] })
    #expect(
      LayerRecorder(network: network).bytes(samples: samples.count)
        == 8 * layers.exits.reduce(0) { $0 + $1.features.count })
    for (k, exit) in layers.exits.enumerated() {
      let d = exit.featureCount
      for (row, sample) in samples.enumerated() {
        for c in 0..<classes {
          let product = (0..<d).reduce(0) { $0 + exit.headWeights[c * d + $1] * exit.features[row * d + $1] }
          let bias = network.parameters[architecture.layout.headBiases[k] + c]
          let logit = paths.logits[(sample * architecture.exits + k) * classes + c]
          #expect(abs(product + bias - logit) < 1e-12)
        }
      }
    }
  }
}
