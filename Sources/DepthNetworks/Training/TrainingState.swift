import DepthRuns
import Foundation

/// Everything that the next epoch depends on, in double precision: single-precision numbers are exact in it.
struct TrainingState: Equatable {
  var parameters: [Double]
  /// The optimiser's moments; the second is empty for SGD.
  var first: [Double]
  var second: [Double]
  /// Updates made.
  var step = 0
  var epoch = 0
  /// Mean total loss of each finished epoch.
  var losses: [Double] = []

  init(parameters: [Double], optimizer: OptimizerKind) {
    self.parameters = parameters
    first = [Double](repeating: 0, count: parameters.count)
    second = optimizer == .adamW ? first : []
  }

  /// Reads a checkpoint into a state of the same shape.
  ///
  /// - Throws: `InputError.data` for a damaged file or one of another configuration or data set.
  mutating func read(from url: URL, identity: String) throws {
    let arrays = try ArrayArchive.read(url)
    func array(_ name: String, _ count: Int) throws -> [Double] {
      guard count > 0 else { return [] }
      guard let array = arrays[name] else { throw InputError.data("\(url.path) has no array '\(name)'") }
      try array.require(shape: [count], name: name)
      try array.requireFinite(name: name)
      return array.values
    }
    guard try array("identity", 64) == Self.numbers(identity) else {
      throw InputError.data(
        "\(url.path) belongs to another configuration or data set; remove it or choose another folder")
    }
    parameters = try array("parameters", parameters.count)
    first = try array("first_moment", first.count)
    second = try array("second_moment", second.count)
    let counters = try array("counters", 2)
    guard let epoch = Int(exactly: counters[0]), let step = Int(exactly: counters[1]), epoch >= 0, step >= 0,
      epoch <= 100_000
    else { throw InputError.data("\(url.path): array 'counters' holds \(counters); two counts are needed") }
    (self.epoch, self.step) = (epoch, step)
    losses = try array("losses", epoch)
  }

  func write(to url: URL, identity: String) throws {
    var arrays = [
      "identity": NumericArray(Self.numbers(identity)), "parameters": NumericArray(parameters),
      "first_moment": NumericArray(first), "counters": NumericArray([Double(epoch), Double(step)]),
    ]
    if !second.isEmpty { arrays["second_moment"] = NumericArray(second) }
    if !losses.isEmpty { arrays["losses"] = NumericArray(losses) }
    try ArrayArchive.write(arrays, to: url)
  }

  /// The 64 hexadecimal digits of a hash as numbers, so that an archive of arrays can hold them.
  private static func numbers(_ identity: String) -> [Double] { identity.utf8.map(Double.init) }
}
