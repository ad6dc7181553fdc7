import DepthNumerics
import DepthStopping

/// How far a network's logits in single precision, in which it was trained, are from those in double, in which theory computes.
struct PrecisionCheck {
  let network: ResidualNetwork
  var augmentation = Augmentation.none
  var threads = 1

  /// The largest difference over the test part's samples, exits and classes; `paths` hold the logits in double precision.
  func largestDifference(_ dataset: Dataset, from paths: StoppingPaths) -> Double {
    let data = TrainingData(dataset, augmentation)
    let answers = network.architecture.answersPerSample
    let samples = paths.samples(of: .test).filter { $0 % answers == 0 }.map { $0 / answers }
    let passes = ForwardPasses(
      architecture: network.architecture, parameters: network.parameters.map { Float($0) }, threads: threads)
    return passes.map(data, samples: samples) { difference($0, samples[$1], paths) }.max() ?? 0
  }

  private func difference(
    _ workspace: NetworkWorkspace<Float>, _ members: ArraySlice<Int>, _ paths: StoppingPaths
  ) -> Double {
    let (exits, classes) = (network.architecture.exits, network.architecture.classCount)
    let answers = network.architecture.answersPerSample
    var largest = 0.0
    for exit in 0..<exits {
      let rows = network.architecture.layout.headRows[exit]
      for i in 0..<(members.count * answers) {
        let sample = members[members.startIndex + i / answers] * answers + i % answers
        let row = workspace.logits[exit] + i * rows
        let exact = (sample * exits + exit) * classes
        for j in 0..<classes { largest = max(largest, abs(Double(row[j]) - paths.logits[exact + j])) }
      }
    }
    return largest
  }
}
