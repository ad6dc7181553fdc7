/// Column names that records bring, numbered in the order of their first appearance.
///
/// Records of one sweep nearly always bring the same names in the same order: each is held against its place in the record
/// before, and looked up where it differs.
struct SweepNames {
  private(set) var names: [String] = []
  /// Whether a record holds a text there: then the column is of texts.
  private(set) var holdsText: [Bool] = []
  private var places: [String: Int] = [:]
  private var bytes: [[UInt8]] = []
  /// The name of the k-th member of the record before.
  private var sequence: [Int] = []

  /// The number of the k-th name of a record; a new name gets the next number.
  mutating func place(of name: UnsafeBufferPointer<UInt8>, member k: Int) -> Int {
    if k < sequence.count, bytes[sequence[k]].elementsEqual(name) { return sequence[k] }
    let text = SweepLine.name(name)
    let place = places[text] ?? added(text, Array(name))
    if k < sequence.count { sequence[k] = place } else { sequence.append(place) }
    return place
  }

  private mutating func added(_ text: String, _ name: [UInt8]) -> Int {
    places[text] = names.count
    names.append(text)
    bytes.append(name)
    holdsText.append(false)
    return names.count - 1
  }

  mutating func noteText(_ place: Int) { if !holdsText[place] { holdsText[place] = true } }

  /// Places in natural order of their names, `x.2` before `x.10`.
  var natural: [Int] { names.indices.sorted { Self.isBefore(names[$0], names[$1]) } }

  private static func isBefore(_ a: String, _ b: String) -> Bool {
    let (left, right) = (a.split(separator: "."), b.split(separator: "."))
    for (x, y) in zip(left, right) where x != y {
      if let x = Int(x), let y = Int(y) { return x < y }
      return x < y
    }
    return left.count < right.count
  }
}

extension SweepLine {
  /// A member's name; escapes are rare.
  static func name(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
    let quoted = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
    return JSONScanner.value(quoted)?.stringValue ?? String(decoding: bytes, as: UTF8.self)
  }
}
