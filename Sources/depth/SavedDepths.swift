import ArgumentParser
import DepthRuns

/// `--at-depth` and `--points`: the depths at which `integrate` and `simulate` give states.
struct SavedDepths: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "A depth at which to give the state (or moments); repeatable (default: the horizon).")
  var atDepth: [Double] = []
  @Option(
    name: .long, parsing: .unconditional, help: "So many equally spaced depths, both ends included.",
    transform: WholeNumber.parse) var points: Int?

  static let keys = ["at_depth", "points"]

  /// The depths of `--at-depth` alone, ascending; nil where none are given.
  func listed(_ file: OptionFile) throws -> [Double]? {
    let depths = try atDepth.isEmpty ? file.numbers("at_depth") ?? [] : atDepth
    return depths.isEmpty ? nil : depths.sorted()
  }

  func asksPoints(_ file: OptionFile) -> Bool { points != nil || file.isGiven("points") }

  /// Ascending; the horizon alone where nothing is asked.
  ///
  /// - Parameter width: numbers at each depth.
  /// - Throws: `InputError.usage` for both options at once, and for more numbers than memory holds.
  func depths(_ horizon: Double, width: Int, _ file: OptionFile) throws -> [Double] {
    let asked = try listed(file)
    guard let count = try pointCount(file) else {
      let depths = asked ?? [horizon]
      if let bad = depths.first(where: { !($0 >= 0 && $0 <= horizon) }) {
        throw InputError.value(bad, of: "at_depth", allowed: "0 to the horizon \(horizon)")
      }
      if let twice = zip(depths, depths.dropFirst()).first(where: { $0 == $1 }) {
        throw InputError.value(twice.0, of: "at_depth", allowed: "each depth once")
      }
      try MemoryGuard.require(
        depths.count, width, of: "\(depths.count) depths with \(width) numbers each", take: "take fewer depths")
      return depths
    }
    guard count >= 2 else { throw InputError.value(count, of: "points", allowed: "integers from 2") }
    try MemoryGuard.require(
      count, width + 1, of: "\(count) depths with \(width) numbers each", take: "take fewer points")
    return (0..<count).map { $0 == count - 1 ? horizon : horizon * Double($0) / Double(count - 1) }
  }

  /// What a record needs to ask for the same depths.
  func record(_ depths: [Double], _ file: OptionFile) throws -> [String: JSONValue] {
    try pointCount(file).map { ["points": .integer($0)] } ?? ["at_depth": JSONValue(depths)]
  }

  /// `--points`; a file's depths give way to it, and its points to `--at-depth`.
  private func pointCount(_ file: OptionFile) throws -> Int? {
    guard points == nil || atDepth.isEmpty else { throw InputError.usage("--points and --at-depth exclude each other") }
    if let points { return points }
    guard atDepth.isEmpty, let count = try file.integer("points") else { return nil }
    guard !file.isGiven("at_depth") else {
      throw InputError.data("\(file.path) has both 'points' and 'at_depth'; allowed: one of them")
    }
    return count
  }
}
