/// One line of a journal, looked at where it lies: what every reader wants, and spans of the rest.
///
/// Many times faster than `SweepRecord(line:)`, which makes values of all of it.
struct SweepLine {
  let bytes: UnsafeBufferPointer<UInt8>
  private(set) var task = 0
  private(set) var identity = SweepIdentity(high: 0, low: 0)
  private(set) var status = SweepRecord.Status.failed
  private(set) var attempt = 0
  private(set) var hasArrays = false
  /// Objects.
  private(set) var swept: JSONWalker.Span?
  private(set) var columns: JSONWalker.Span?
  /// Single values.
  private(set) var replicate: JSONWalker.Span?
  private(set) var seed: JSONWalker.Span?
  private(set) var reason: JSONWalker.Span?
  private(set) var seconds: JSONWalker.Span?
  private(set) var statusText: JSONWalker.Span?
  /// Members that a record needs, among those that are kept as values.
  private var readable = 0

  /// nil where the line is no record.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    var walker = JSONWalker(bytes)
    let end = walker.members { name, value in note(bytes.part(name), value) }
    guard end == bytes.count, readable == 4, swept != nil, seed != nil, seconds != nil else { return nil }
  }

  private mutating func note(_ name: UnsafeBufferPointer<UInt8>, _ span: JSONWalker.Span) {
    if name.equals("task") {
      keep(Self.integer(bytes.part(span))) { $0.task = $1 }
    } else if name.equals("identity") {
      keep(SweepIdentity(hexadecimal: bytes.part(span).dropFirst().dropLast())) { $0.identity = $1 }
    } else if name.equals("status") {
      keep(Self.status(bytes.part(span))) { $0.status = $1 }
      statusText = span
    } else if name.equals("attempt") {
      keep(Self.integer(bytes.part(span))) { $0.attempt = $1 }
    } else if name.equals("arrays") {
      hasArrays = bytes.part(span).equals("true")
    } else if name.equals("swept") {
      swept = bytes[span.lowerBound] == UInt8(ascii: "{") ? span : nil
    } else if name.equals("columns") {
      columns = bytes[span.lowerBound] == UInt8(ascii: "{") ? span : nil
    } else if name.equals("replicate") {
      replicate = span
    } else if name.equals("seed") {
      seed = span
    } else if name.equals("reason") {
      reason = span
    } else if name.equals("seconds") {
      seconds = span
    }
  }

  private mutating func keep<Value>(_ value: Value?, _ set: (inout SweepLine, Value) -> Void) {
    guard let value else { return }
    set(&self, value)
    readable += 1
  }

  private static func status(_ text: UnsafeBufferPointer<UInt8>) -> SweepRecord.Status? {
    if text.equals("\"converged\"") { return .converged }
    if text.equals("\"unconverged\"") { return .unconverged }
    return text.equals("\"failed\"") ? .failed : nil
  }

  /// Digits alone; nil for anything else and beyond 18 digits.
  private static func integer(_ digits: UnsafeBufferPointer<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 18 else { return nil }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return value
  }

  /// Hands the members of `swept` or `columns` to `body`: names and values.
  func members(of object: JSONWalker.Span?, _ body: (UnsafeBufferPointer<UInt8>, JSONWalker.Span) -> Void) {
    guard let object else { return }
    var walker = JSONWalker(bytes, at: object.lowerBound)
    _ = walker.members { body(bytes.part($0), $1) }
  }

  func isText(_ span: JSONWalker.Span) -> Bool { bytes[span.lowerBound] == UInt8(ascii: "\"") }

  /// Whether the span holds digits; true, false, null and lists are texts to a table.
  func isNumber(_ span: JSONWalker.Span) -> Bool {
    let first = bytes[span.lowerBound]
    return first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
  }

  /// The text of a span; without its quotes where it has some.
  func text(_ span: JSONWalker.Span) -> String {
    let part = bytes.part(span)
    guard isText(span) else { return String(decoding: part, as: UTF8.self) }
    if part.contains(UInt8(ascii: "\\")) { return JSONScanner.value(part)?.stringValue ?? "" }
    return String(decoding: part.dropFirst().dropLast(), as: UTF8.self)
  }

  /// NaN where the span is no number.
  func number(_ span: JSONWalker.Span) -> Double { Double(String(decoding: bytes.part(span), as: UTF8.self)) ?? .nan }
}

extension SweepIdentity {
  /// From 32 hexadecimal digits, small letters; nil for anything else.
  init?(hexadecimal digits: some Collection<UInt8>) {
    guard digits.count == 32 else { return nil }
    var (high, low): (UInt64, UInt64) = (0, 0)
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      high = high << 4 | low >> 60
      low = low << 4 | UInt64(value)
    }
    self.init(high: high, low: low)
  }
}
