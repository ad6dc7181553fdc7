/// SHA-256 of a canonical text, as sweeps use it: 53 bits are a seed, 128 bits an identity.
struct SweepHash {
  private let digest: [UInt8]

  init(_ text: [UInt8]) { digest = Digest.bytes(of: text) }

  /// The first 53 bits: every reader of a table holds them exactly.
  var seed: UInt64 { digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } >> 11 }

  var identity: SweepIdentity {
    func word(_ range: Range<Int>) -> UInt64 { digest[range].reduce(0) { $0 << 8 | UInt64($1) } }
    return SweepIdentity(high: word(0..<8), low: word(8..<16))
  }

  /// All 64 digits.
  var text: String { Digest.hexadecimal(digest) }
}

/// What a task is: the first 128 bits of H(configuration, seed, solver version).
public struct SweepIdentity: Hashable, Comparable, CustomStringConvertible, Sendable {
  let high: UInt64
  let low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// From what `description` writes; nil for other text.
  public init?(_ text: String) { self.init(hexadecimal: text.utf8) }

  /// 32 hexadecimal digits.
  public var description: String {
    [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  public static func < (a: SweepIdentity, b: SweepIdentity) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
