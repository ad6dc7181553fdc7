import DepthNumerics

/// How far a network's logits in single precision, in which it was trained, are from those in double, in which theory computes.
struct PrecisionCheck {
  let network: ResidualNetwork
  var augmentation = Augmentation.none

  /// The largest difference over the samples, exits and classes.
  func largestDifference(_ dataset: Dataset, samples: [Int]) -> Double {
    let data = TrainingData(dataset, augmentation)
    let chunk = PathRecorder.chunk
    let single = ChunkWorker<Float>(architecture: network.architecture, capacity: chunk)
    let double = ChunkWorker<Double>(architecture: network.architecture, capacity: chunk)
    let parameters = network.parameters.map { Float($0) }
    var largest = 0.0
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let members = samples[start..<min(samples.count, start + chunk)]
      single.load(members, of: data, noise: 0, seed: 0, epoch: 0)
      double.load(members, of: data, noise: 0, seed: 0, epoch: 0)
      single.workspace.forward(parameters, inputs: single.inputs, labels: single.labels, count: members.count)
      double.workspace.forward(network.parameters, inputs: double.inputs, labels: double.labels, count: members.count)
      for exit in 0..<network.architecture.exits {
        let rows = network.architecture.layout.headRows[exit]
        for i in 0..<(members.count * rows) where i % rows < network.architecture.classCount {
          largest = max(largest, abs(Double(single.workspace.logits[exit][i]) - double.workspace.logits[exit][i]))
        }
      }
    }
    return largest
  }
}
