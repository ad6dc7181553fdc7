import DepthRuns

/// Sizes L of residual networks, of which the small ones may leave the finite numbers: what is kept, what is dropped, and how
/// far the sizes are doubled until enough stay.
///
/// An Euler scheme is unstable for steps above about 2 over the size of the flow's fastest rate, so a stiff or long flow has no
/// small networks at all.
public struct NetworkLadder: Equatable, Sendable {
  /// Ascending.
  public let blocks: [Int]
  /// How many networks are wanted; the largest is doubled until so many are finite.
  public let least: Int
  /// L beyond which nothing is doubled; sizes that were asked for may lie above.
  public let largest: Int

  /// Networks of more blocks than this are expensive: two of them are enough.
  static let expensive = 1 << 20

  /// - Throws: `InputError.usage` for fewer than two sizes, or sizes that do not ascend.
  public init(_ blocks: [Int], least: Int = 2, largest: Int = 0) throws {
    guard blocks.count >= 2, blocks[0] > 0, zip(blocks, blocks.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw InputError.value(
        blocks.map(String.init).joined(separator: ","), of: "blocks", allowed: "two or more ascending positive integers"
      )
    }
    (self.blocks, self.least, self.largest) = (blocks, max(2, least), largest)
  }

  /// What `network` gives for each size at which it and all larger ones stay finite, and the sizes at which it does not: a
  /// network smaller than an unstable one that is finite is so by chance.
  ///
  /// - Throws: `UnstableNetworks` when fewer than two are finite; whatever else `network` throws.
  func climb<Result>(_ network: (Int) throws -> Result?) throws -> (
    found: [(blocks: Int, result: Result)], overflowed: [Int]
  ) {
    var found: [(blocks: Int, result: Result)] = []
    var (overflowed, count) = ([Int](), blocks[0])
    for next in blocks { try take(next) }
    count = blocks[blocks.count - 1]
    while found.count < (count < Self.expensive ? least : 2), count <= largest / 2 {
      count *= 2
      try take(count)
    }
    guard found.count >= 2 else {
      throw UnstableNetworks(least: blocks[0], largest: count, finite: found.map(\.blocks))
    }
    return (found, overflowed)

    func take(_ count: Int) throws {
      if let result = try network(count) { return found.append((count, result)) }
      overflowed.append(count)
      found = []
    }
  }
}

/// Residual networks of a flow leave the finite numbers at all sizes tried but one or none: there is nothing to compare.
public struct UnstableNetworks: Error, CustomStringConvertible, Equatable, Sendable {
  /// The sizes tried.
  public let least: Int
  public let largest: Int
  /// Sizes at which they stay finite.
  public let finite: [Int]

  public var description: String {
    let but = finite.isEmpty ? "" : " (but at L = \(finite.map(String.init).joined(separator: ", ")))"
    return
      "residual networks of \(least) to \(largest) blocks leave the finite numbers\(but): their steps are too long for the field's fastest rate; try a shorter horizon or more blocks"
  }
}
