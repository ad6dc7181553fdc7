import DepthNumerics

/// Values of a coordinate of one or two numbers, per sample and exit below the last.
public struct CoordinateValues: Equatable, Sendable {
  public let sampleCount: Int
  /// L.
  public let blockCount: Int
  /// 1 or 2.
  public let dimension: Int
  /// n x L x dimension.
  let flat: [Double]

  init(sampleCount: Int, blockCount: Int, dimension: Int, flat: [Double]) {
    precondition(
      flat.count == sampleCount * blockCount * dimension,
      "\(flat.count) values of \(sampleCount) x \(blockCount) x \(dimension)")
    (self.sampleCount, self.blockCount, self.dimension, self.flat) = (sampleCount, blockCount, dimension, flat)
  }

  public func value(_ sample: Int, _ exit: Int, _ component: Int = 0) -> Double {
    flat[(sample * blockCount + exit) * dimension + component]
  }

  /// One component of all samples at an exit.
  public func column(_ exit: Int, _ component: Int = 0) -> [Double] {
    (0..<sampleCount).map { value($0, exit, component) }
  }
}

/// Cells of a coordinate at every exit below the last: bins between quantiles, those of a second number nested in those of the
/// first. Equal values share a cell.
public struct CoordinateCells: Equatable, Sendable {
  /// Inner edges of the first number per exit.
  public let edges: [[Double]]
  /// Per exit and bin of the first: inner edges of the second; empty for one number.
  public let nested: [[[Double]]]
  /// Per exit and bin of the first: its first cell; one more at the end, the number of cells.
  private let offsets: [[Int]]

  /// - Parameters:
  ///   - bins: of the first number and of the second within each; fewer where a cell would hold fewer than 15 samples.
  public init(_ values: CoordinateValues, bins: (first: Int, second: Int)) {
    let (n, blocks) = (values.sampleCount, values.blockCount)
    let second = values.dimension == 1 ? 1 : max(1, min(bins.second, n / 120))
    let first = max(1, min(bins.first, n / (15 * second)))
    var (edges, nested, offsets): ([[Double]], [[[Double]]], [[Int]]) = ([], [], [])
    for exit in 0..<blocks {
      let column = values.column(exit)
      let quantiles = QuantileBins(column, count: first)
      edges.append(quantiles.edges)
      guard values.dimension == 2 else {
        nested.append([])
        offsets.append(Array(0...quantiles.count))
        continue
      }
      let other = values.column(exit, 1)
      var members = [[Double]](repeating: [], count: quantiles.count)
      for sample in 0..<n { members[Self.bin(column[sample], quantiles.edges)].append(other[sample]) }
      let inner = members.map { own in own.isEmpty ? [] : QuantileBins(own, count: second).edges }
      nested.append(inner)
      offsets.append(inner.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count + 1) })
    }
    (self.edges, self.nested, self.offsets) = (edges, nested, offsets)
  }

  public var blockCount: Int { edges.count }

  /// Number of cells at an exit.
  public func count(_ exit: Int) -> Int { offsets[exit][offsets[exit].count - 1] }

  /// The cell of a coordinate at an exit; `y` is not read where there is one number.
  public func cell(_ exit: Int, _ x: Double, _ y: Double) -> Int {
    let bin = Self.bin(x, edges[exit])
    guard !nested[exit].isEmpty else { return bin }
    return offsets[exit][bin] + Self.bin(y, nested[exit][bin])
  }

  /// The cells of all samples, exit by exit: L x n.
  public func cells(_ values: CoordinateValues) -> [Int32] {
    let (n, blocks, d) = (values.sampleCount, values.blockCount, values.dimension)
    var result = [Int32](repeating: 0, count: n * blocks)
    values.flat.withUnsafeBufferPointer { flat in
      for exit in 0..<blocks {
        for sample in 0..<n {
          let place = (sample * blocks + exit) * d
          result[exit * n + sample] = Int32(cell(exit, flat[place], flat[place + d - 1]))
        }
      }
    }
    return result
  }

  /// How many edges are <= value.
  private static func bin(_ value: Double, _ edges: [Double]) -> Int {
    var (low, high) = (0, edges.count)
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Runs of stopping cells as intervals of the one number, half-open at the upper edge as the bins are; nil for two numbers.
  public func intervals(_ stops: [Bool], exit: Int) -> [StateInterval]? {
    guard nested[exit].isEmpty else { return nil }
    let inner = edges[exit]
    var result: [StateInterval] = []
    for bin in stops.indices where stops[bin] {
      let lower = bin == 0 ? -Double.infinity : inner[bin - 1]
      let upper = bin == inner.count ? Double.infinity : inner[bin].nextDown
      if let last = result.last, bin > 0, stops[bin - 1] {
        result[result.count - 1] = StateInterval(lower: last.lower, upper: upper)
      } else {
        result.append(StateInterval(lower: lower, upper: upper))
      }
    }
    return result
  }
}
