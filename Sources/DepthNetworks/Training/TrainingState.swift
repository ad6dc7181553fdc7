import DepthRuns
import Foundation

/// Everything that the next epoch depends on.
struct TrainingState {
  var network: ResidualNetwork
  var optimiser: AdamW
  var epoch = 0
  /// Mean total loss of each finished epoch.
  var losses: [Double] = []

  init(network: ResidualNetwork, optimiser: AdamW) {
    self.network = network
    self.optimiser = optimiser
  }

  /// Reads a checkpoint.
  ///
  /// - Throws: `InputError.data` for a damaged file or one of another configuration or data set.
  init(contentsOf url: URL, shape: ResidualNetworkShape, weightDecay: Double, identity: String) throws {
    let arrays = try ArrayArchive.read(url)
    func array(_ name: String, _ count: Int) throws -> [Double] {
      guard let array = arrays[name] else { throw InputError.data("\(url.path) has no array '\(name)'") }
      try array.require(shape: [count], name: name)
      try array.requireFinite(name: name)
      return array.values
    }
    guard try array("identity", 64) == Self.numbers(identity) else {
      throw InputError.data(
        "\(url.path) belongs to another configuration or data set; remove it or choose another folder")
    }
    let count = shape.parameterCount
    network = ResidualNetwork(shape: shape, parameters: try array("parameters", count))
    optimiser = AdamW(count: count, weightDecay: weightDecay)
    optimiser.first = try array("first_moment", count)
    optimiser.second = try array("second_moment", count)
    let counters = try array("counters", 2)
    guard let epoch = Int(exactly: counters[0]), let step = Int(exactly: counters[1]), epoch >= 0, step >= 0 else {
      throw InputError.data("\(url.path): array 'counters' holds \(counters); two counts are needed")
    }
    self.epoch = epoch
    optimiser.step = step
    losses = epoch > 0 ? try array("losses", epoch) : []
  }

  func write(to url: URL, identity: String) throws {
    var arrays = [
      "identity": NumericArray(Self.numbers(identity)), "parameters": NumericArray(network.parameters),
      "first_moment": NumericArray(optimiser.first), "second_moment": NumericArray(optimiser.second),
      "counters": NumericArray([Double(epoch), Double(optimiser.step)]),
    ]
    if !losses.isEmpty { arrays["losses"] = NumericArray(losses) }
    try ArrayArchive.write(arrays, to: url)
  }

  /// The 64 hexadecimal digits of a hash as numbers, so that an archive of arrays can hold them.
  private static func numbers(_ identity: String) -> [Double] { identity.utf8.map(Double.init) }
}
