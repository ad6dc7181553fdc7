import Foundation

/// Points drawn for `[sample]`: at random, or as a Latin hypercube.
///
/// The numbers are digests of (seed, key, row), so that they depend on neither a library nor on other keys: adding one
/// leaves the values of the rest. A Latin hypercube has one point in each of `count` equal shares of every key's range.
enum SweepSample {
  enum Method: String, CaseIterable {
    case random
    case latinHypercube = "latin-hypercube"
  }

  /// What a key's values are drawn from.
  enum Source {
    case range(SweepRange)
    case choices([JSONValue])

    func value(at share: Double) -> JSONValue {
      switch self {
      case .range(let range): range.sampled(at: share)
      case .choices(let values): values[min(values.count - 1, Int(share * Double(values.count)))]
      }
    }
  }

  static func axis(_ method: Method, count: Int, sources: [(key: String, source: Source)], seed: UInt64) -> SweepAxis {
    let columns = sources.map { key, source in
      let shares = (0..<count).map { uniform(seed, key, "value", $0) }
      guard method == .latinHypercube else { return shares.map { source.value(at: $0) } }
      // a permutation of the shares: the order of digests, which do not tie
      let order = (0..<count).map { (uniform(seed, key, "order", $0), $0) }.sorted { $0 < $1 }
      var cells = [Int](repeating: 0, count: count)
      for (cell, entry) in order.enumerated() { cells[entry.1] = cell }
      return zip(cells, shares).map { source.value(at: min((Double($0) + $1) / Double(count), (1.0).nextDown)) }
    }
    return SweepAxis(
      keys: sources.map(\.key), rows: (0..<count).map { row in columns.map { $0[row] } })
  }

  /// Uniform in [0, 1), of 53 bits.
  private static func uniform(_ seed: UInt64, _ key: String, _ what: String, _ row: Int) -> Double {
    let text: JSONValue = ["sample", .string(String(seed)), .string(key), .string(what), .integer(row)]
    return Double(SweepHash(text.canonical).seed) * 0x1p-53
  }
}
