import DepthRuns

extension InitialValueProblem {
  /// `points` equally spaced depths, both ends included.
  ///
  /// - Throws: `InputError.usage` unless 2 to 10,000,000.
  public func depths(points: Int) throws -> [Double] {
    guard points >= 2, points <= 10_000_000 else {
      throw InputError.value(points, of: "points", allowed: "2 to 10000000")
    }
    return (0..<points).map { $0 == points - 1 ? end : start + (end - start) * Double($0) / Double(points - 1) }
  }
}
