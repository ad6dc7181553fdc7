import DepthRuns
import Foundation

/// Costs typed as "0.1,0.2" or as "0.01:1:60", lower:upper:count, evenly spaced in the logarithm.
///
/// - Throws: `InputError.usage` for anything else, and for costs that are not positive.
func parseCosts(_ text: String, of flag: String) throws -> [Double] {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
  guard text.contains(":") else { return try parseNumbers(text, of: flag) }
  guard parts.count == 3, let low = parts[0], let high = parts[1], let count = parts[2].flatMap({ Int(exactly: $0) }),
    low > 0, high > low, high.isFinite, (2...100_000).contains(count)
  else {
    throw InputError.value(
      "'\(text)'", of: flag, allowed: "c1,c2,... or lower:upper:count with 0 < lower < upper, 2 to 100000")
  }
  return (0..<count).map { low * pow(high / low, Double($0) / Double(count - 1)) }
}
