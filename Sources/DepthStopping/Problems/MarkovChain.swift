public import DepthRuns
import Foundation

/// A finite Markov chain in discrete depth: P, n x n, rows sum to one.
public struct MarkovChain: Equatable, Sendable {
  public let stateCount: Int
  /// Row-major.
  public let transition: [Double]
  /// The nonzero entries row by row: row x holds `columns` and `probabilities` from `rowStarts[x]` to `rowStarts[x + 1]`.
  private let rowStarts: [Int]
  private let columns: [Int]
  private let probabilities: [Double]

  /// - Throws: `InputError.data` naming the row that is no probability law (tolerance 1e-9) or a wrong shape.
  public init(transition: NumericArray) throws {
    try transition.require(shape: [nil, nil], name: "transition")
    let n = transition.shape[0]
    guard n > 0, transition.shape[1] == n else {
      throw InputError.data("array 'transition' has shape \(transition.shape); a square matrix is needed")
    }
    try transition.requireFinite(name: "transition")
    for row in 0..<n {
      let entries = transition.values[(row * n)..<((row + 1) * n)]
      if let negative = entries.first(where: { $0 < 0 }) {
        throw InputError.data("row \(row) of 'transition' holds \(negative); probabilities must be >= 0")
      }
      let sum = entries.reduce(0, +)
      guard abs(sum - 1) <= 1e-9 else {
        throw InputError.data("row \(row) of 'transition' sums to \(sum); each row must sum to 1")
      }
    }
    // rounding in the sums would act as a small chance of vanishing: rows are made to sum to one
    stateCount = n
    var normalised = transition.values
    var (starts, columns, probabilities) = ([0], [Int](), [Double]())
    for row in 0..<n {
      let sum = normalised[(row * n)..<((row + 1) * n)].reduce(0, +)
      for column in 0..<n where normalised[row * n + column] != 0 {
        normalised[row * n + column] /= sum
        columns.append(column)
        probabilities.append(normalised[row * n + column])
      }
      starts.append(columns.count)
    }
    self.transition = normalised
    (rowStarts, self.columns, self.probabilities) = (starts, columns, probabilities)
  }

  /// Most entries of a row that are not zero.
  var widestRow: Int { zip(rowStarts, rowStarts.dropFirst()).map { $1 - $0 }.max() ?? 0 }

  /// `(P v)(x)`.
  func expectation(_ values: [Double], from state: Int) -> Double {
    var sum = 0.0
    for entry in rowStarts[state]..<rowStarts[state + 1] { sum += probabilities[entry] * values[columns[entry]] }
    return sum
  }

  /// `result = P v`, O(entries that are not zero).
  func expectations(_ values: [Double], into result: inout [Double]) {
    precondition(values.count == stateCount && result.count == stateCount, "values of other than \(stateCount) states")
    rowStarts.withUnsafeBufferPointer { starts in
      columns.withUnsafeBufferPointer { columns in
        probabilities.withUnsafeBufferPointer { probabilities in
          values.withUnsafeBufferPointer { values in
            for state in 0..<stateCount {
              var sum = 0.0
              for entry in starts[state]..<starts[state + 1] { sum += probabilities[entry] * values[columns[entry]] }
              result[state] = sum
            }
          }
        }
      }
    }
  }
}
