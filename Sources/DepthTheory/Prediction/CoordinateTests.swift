import DepthNumerics
public import DepthRuns
import DepthStopping
import Foundation

/// Whether a coordinate behaves as its model says: memory beyond its own value, and increments that are normal.
///
/// All within the cells of the coordinate at exit k, linear in its numbers there (a cell has a width), pooled over k, on the fit part:
/// - Markov: correlation of the next value with the one before, given the value now; `sum_k n r_k^2` is chi-squared under the
///   hypothesis. The same of the loss with the value before: what makes a prediction optimistic;
/// - normality: skewness, excess kurtosis and Kolmogorov-Smirnov distance of the standardised increments; 0 for a diffusion seen at
///   block ends in a coordinate of constant noise.
/// O(L n log n). Only the first number of a coordinate is tested as the next value.
public struct CoordinateTests: Equatable, Sendable {
  /// Root mean square of `corr(z_{k+1}, z_{k-1} | z_k)`.
  public let memory: Double
  public let memoryProbability: Double
  /// Root mean square of `corr(loss_k, z_{k-1} | z_k)`.
  public let lossMemory: Double
  public let lossMemoryProbability: Double
  public let skewness: Double
  public let excessKurtosis: Double
  public let normalDistance: Double

  init(_ kernel: CoordinateKernel) {
    let (paths, values) = (kernel.paths, kernel.coordinate.fitted)
    let (n, blocks) = (paths.sampleCount, paths.blockCount)
    var (memory, lossMemory, standardised): ([Double], [Double], [Double]) = ([], [], [])
    for exit in 0..<max(0, blocks - 1) {
      let cells = CellPositions(kernel, exit)
      let steps = zip(values.column(exit + 1), values.column(exit)).map { $0 - $1 }
      standardised += cells.scaled(cells.centred(steps))
      guard exit > 0 else { continue }
      let before = cells.residual(values.column(exit - 1))
      memory.append(Self.correlation(cells.residual(values.column(exit + 1)), before))
      lossMemory.append(
        Self.correlation(cells.residual((0..<n).map { paths.losses[$0 * (blocks + 1) + exit] }), before))
    }
    (self.memory, memoryProbability) = Self.pooled(memory, n)
    (self.lossMemory, lossMemoryProbability) = Self.pooled(lossMemory, n)
    let moments = Self.moments(standardised)
    (skewness, excessKurtosis) = (moments.skewness, moments.kurtosis)
    normalDistance = Self.distanceToNormal(standardised)
  }

  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let (n, x, y) = (a.count, BLAS.norm(a.count, a), BLAS.norm(b.count, b))
    return x > 0 && y > 0 ? BLAS.dot(n, a, b) / (x * y) : 0
  }

  private static func pooled(_ correlations: [Double], _ n: Int) -> (size: Double, probability: Double) {
    guard !correlations.isEmpty else { return (0, 1) }
    let squares = correlations.reduce(0) { $0 + $1 * $1 }
    return (
      (squares / Double(correlations.count)).squareRoot(),
      ChiSquare.tail(squares * Double(n), degrees: correlations.count)
    )
  }

  private static func moments(_ values: [Double]) -> (skewness: Double, kurtosis: Double) {
    guard values.count > 3 else { return (0, 0) }
    let (n, mean) = (Double(values.count), Statistics.mean(values))
    var (second, third, fourth) = (0.0, 0.0, 0.0)
    for value in values {
      let d = value - mean
      let square = d * d
      second += square
      third += square * d
      fourth += square * square
    }
    let variance = second / n
    guard variance > 0 else { return (0, 0) }
    return (third / n / (variance * variance.squareRoot()), fourth / n / (variance * variance) - 3)
  }

  private static func distanceToNormal(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let n = Double(sorted.count)
    return sorted.enumerated().reduce(0) { largest, item in
      let law = NormalLaw.cdf(item.element)
      return max(largest, max(law - Double(item.offset) / n, Double(item.offset + 1) / n - law))
    }
  }

  public var json: JSONValue {
    [
      "markov": [
        "correlation": JSONValue(memory), "p_value": JSONValue(memoryProbability),
        "loss_correlation": JSONValue(lossMemory), "loss_p_value": JSONValue(lossMemoryProbability),
      ],
      "increments": [
        "skewness": JSONValue(skewness), "excess_kurtosis": JSONValue(excessKurtosis),
        "distance_to_normal": JSONValue(normalDistance),
      ],
    ]
  }
}

/// Where samples lie at an exit: their cell, and within it the coordinate's numbers, centred and made orthogonal.
private struct CellPositions {
  private let cells: [Int]
  private let count: Int
  private var numbers: [[Double]] = []

  init(_ kernel: CoordinateKernel, _ exit: Int) {
    let (paths, values) = (kernel.paths, kernel.coordinate.fitted)
    cells = (0..<paths.sampleCount).map { Int(paths.cells[exit * paths.sampleCount + $0]) }
    count = paths.counts[exit]
    for component in 0..<values.dimension { numbers.append(residual(values.column(exit, component))) }
  }

  func centred(_ values: [Double]) -> [Double] {
    let (sums, held) = sums(values)
    return zip(values, cells).map { $0 - sums[$1] / held[$1] }
  }

  /// What is left of values after a regression on the numbers in each cell.
  func residual(_ values: [Double]) -> [Double] {
    var rest = centred(values)
    for number in numbers {
      let products = sums(zip(rest, number).map { $0 * $1 }).sums
      let squares = sums(number.map { $0 * $0 }).sums
      rest = rest.indices.map { i in
        let square = squares[cells[i]]
        return square > 1e-300 ? rest[i] - number[i] * (products[cells[i]] / square) : rest[i]
      }
    }
    return rest
  }

  /// Centred values over the deviation of their cell; cells that do not vary, or hold fewer than three samples, are left out.
  func scaled(_ values: [Double]) -> [Double] {
    let (squares, held) = sums(values.map { $0 * $0 })
    return zip(values, cells).compactMap { value, cell in
      held[cell] > 2 && squares[cell] > 0 ? value / (squares[cell] / (held[cell] - 1)).squareRoot() : nil
    }
  }

  private func sums(_ values: [Double]) -> (sums: [Double], held: [Double]) {
    var (sums, held) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    for (value, cell) in zip(values, cells) {
      sums[cell] += value
      held[cell] += 1
    }
    return (sums, held)
  }
}
