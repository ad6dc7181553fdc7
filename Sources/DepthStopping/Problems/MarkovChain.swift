public import DepthRuns
import Foundation

/// A finite Markov chain in discrete depth: P, n x n, rows sum to one.
public struct MarkovChain: Equatable, Sendable {
  public let stateCount: Int
  /// Row-major.
  public let transition: [Double]

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
    self.transition = (0..<n).flatMap { row -> [Double] in
      let entries = transition.values[(row * n)..<((row + 1) * n)]
      let sum = entries.reduce(0, +)
      return entries.map { $0 / sum }
    }
  }

  /// `(P v)(x)`.
  func expectation(_ values: [Double], from state: Int) -> Double {
    var sum = 0.0
    for next in 0..<stateCount {
      let probability = transition[state * stateCount + next]
      if probability != 0 { sum += probability * values[next] }
    }
    return sum
  }
}
