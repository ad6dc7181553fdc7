/// `K(c) = min{k : delta_j <= c for all j >= k}` for the gains recorded; nil when even the last exceeds c.
///
/// The same floating-point numbers are compared; ties count as <=. Beyond the last recorded block nothing is claimed.
public func horizonBound(gains: [Double], cost: Double) -> Int? { horizonBound(gains: gains) { _ in cost } }

/// The same with a cost for each block: `min{k : delta_j <= c_j for all j >= k}`.
public func horizonBound(gains: [Double], cost: (Int) -> Double) -> Int? {
  guard let last = gains.indices.last(where: { !(gains[$0] <= cost($0)) }) else { return 0 }
  return last == gains.count - 1 ? nil : last + 1
}
