import DepthRuns

/// A count on the command line: "10000" or "1e4".
enum WholeNumber {
  /// - Throws: `InputError.usage` for text that is no integer of 64 bits.
  static func parse(_ text: String) throws -> Int {
    guard let value = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }) else {
      throw InputError.usage("allowed: integers, as 10000 or 1e4")
    }
    return value
  }
}
