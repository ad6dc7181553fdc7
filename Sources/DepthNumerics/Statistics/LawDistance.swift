/// Distances between two probability laws on 0...L.
public enum LawDistance {
  /// `max_k |P(tau <= k) - Q(tau <= k)|`.
  public static func kolmogorovSmirnov(_ p: [Double], _ q: [Double]) -> Double {
    fold(p, q) { max($0, abs($1)) }
  }

  /// `sum_k |P(tau <= k) - Q(tau <= k)|`, in blocks.
  public static func wasserstein(_ p: [Double], _ q: [Double]) -> Double { fold(p, q) { $0 + abs($1) } }

  /// The empirical law of depths in 0...L.
  public static func empirical(_ depths: [Int], blocks: Int) -> [Double] {
    var law = [Double](repeating: 0, count: blocks + 1)
    for depth in depths { law[depth] += 1 / Double(depths.count) }
    return law
  }

  private static func fold(_ p: [Double], _ q: [Double], _ combine: (Double, Double) -> Double) -> Double {
    precondition(p.count == q.count, "laws on \(p.count) and \(q.count) points")
    var gap = 0.0
    var result = 0.0
    for (a, b) in zip(p, q) {
      gap += a - b
      result = combine(result, gap)
    }
    return result
  }
}
