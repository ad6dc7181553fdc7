import Foundation

/// A dense array of doubles in C (row-major) order: what `.npy` files hold.
public struct NumericArray: Equatable, Sendable {
  public let shape: [Int]
  public let values: [Double]

  public init(shape: [Int], values: [Double]) {
    precondition(
      shape.reduce(1, *) == values.count, "shape \(shape) does not hold \(values.count) values")
    self.shape = shape
    self.values = values
  }

  public init(_ values: [Double]) { self.init(shape: [values.count], values: values) }

  /// Checks the shape; nil stands for any length.
  ///
  /// - Throws: `InputError.data` naming the array, its shape and the one wanted.
  public func require(shape wanted: [Int?], name: String) throws {
    let fits = shape.count == wanted.count && zip(shape, wanted).allSatisfy { $1 == nil || $0 == $1 }
    guard fits else {
      let text = wanted.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      throw InputError.data("array '\(name)' has shape \(shape), [\(text)] is needed")
    }
  }

  /// Checks that every value is finite and of a magnitude whose squares and sums stay finite; names the first that is not.
  public func requireFinite(name: String, largest: Double = 1e100) throws {
    guard let bad = values.firstIndex(where: { !(abs($0) <= largest) }) else { return }
    var index = bad
    var position: [Int] = []
    for length in shape.reversed() {
      position.insert(index % length, at: 0)
      index /= length
    }
    throw InputError.data(
      "array '\(name)' holds \(values[bad]) at \(position); finite numbers up to \(largest) in magnitude are needed")
  }
}
