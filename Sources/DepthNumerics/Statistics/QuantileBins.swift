/// Bins of a variable between its quantiles; equal values always share a bin, so there may be fewer than asked for.
public struct QuantileBins: Equatable, Sendable {
  /// Inner edges, strictly ascending; bin i holds values from edge i - 1 up to but not including edge i.
  public let edges: [Double]

  public init(_ values: [Double], count: Int) {
    precondition(!values.isEmpty && count > 0, "\(count) bins of \(values.count) values")
    let sorted = values.sorted()
    var edges: [Double] = []
    for bin in 1..<count {
      let edge = Statistics.quantile(sorted: sorted, Double(bin) / Double(count))
      if edge > (edges.last ?? sorted[0]) { edges.append(edge) }
    }
    self.edges = edges
  }

  public var count: Int { edges.count + 1 }

  public func bin(of value: Double) -> Int { edges.count { $0 <= value } }
}
