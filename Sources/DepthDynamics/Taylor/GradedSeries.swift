/// An element of a graded algebra: a truncated power series, a jet, or a number with nilpotent parts.
///
/// Arithmetic is exact up to the algebra's order. O(terms of a product) for a product, O(coefficients) for a sum.
public struct GradedSeries: Sendable {
  public let algebra: GradedAlgebra
  /// Degree after degree.
  public internal(set) var coefficients: [Double]

  /// A number.
  public init(_ value: Double, in algebra: GradedAlgebra) {
    self.algebra = algebra
    coefficients = [Double](repeating: 0, count: algebra.count)
    coefficients[0] = value
  }

  init(coefficients: [Double], in algebra: GradedAlgebra) {
    precondition(
      coefficients.count == algebra.count, "\(coefficients.count) coefficients, the algebra has \(algebra.count)")
    self.algebra = algebra
    self.coefficients = coefficients
  }

  /// The part of degree 0.
  public var value: Double { coefficients[0] }

  /// `constant + sum_i weights[i] series[i]`; weights are `stride` apart.
  static func combination(
    _ weights: UnsafePointer<Double>, stride: Int = 1, _ series: [GradedSeries], constant: Double,
    in algebra: GradedAlgebra
  ) -> GradedSeries {
    var sum = GradedSeries(constant, in: algebra)
    sum.coefficients.withUnsafeMutableBufferPointer { target in
      for (i, one) in series.enumerated() {
        let weight = weights[i * stride]
        one.coefficients.withUnsafeBufferPointer { source in
          for k in target.indices { target[k] += weight * source[k] }
        }
      }
    }
    return sum
  }
}

extension GradedSeries {
  public static func + (a: GradedSeries, b: GradedSeries) -> GradedSeries { a.combined(b) { $0 + $1 } }
  public static func - (a: GradedSeries, b: GradedSeries) -> GradedSeries { a.combined(b) { $0 - $1 } }
  public static prefix func - (a: GradedSeries) -> GradedSeries { -1 * a }

  public static func * (factor: Double, a: GradedSeries) -> GradedSeries {
    GradedSeries(coefficients: a.coefficients.map { factor * $0 }, in: a.algebra)
  }

  public static func + (a: GradedSeries, number: Double) -> GradedSeries {
    var sum = a
    sum.coefficients[0] += number
    return sum
  }

  public static func - (number: Double, a: GradedSeries) -> GradedSeries { -a + number }

  public static func * (a: GradedSeries, b: GradedSeries) -> GradedSeries {
    precondition(a.algebra === b.algebra, "a product of elements of two algebras")
    let algebra = a.algebra
    return GradedSeries(in: algebra) { result in
      a.coefficients.withUnsafeBufferPointer { x in
        b.coefficients.withUnsafeBufferPointer { y in
          for i in 0...algebra.order {
            for j in 0...(algebra.order - i) {
              algebra.addProduct(i, x.baseAddress!, j, y.baseAddress!, scale: 1, into: result)
            }
          }
        }
      }
    }
  }

  /// An element filled by `body`, which finds zeros.
  init(in algebra: GradedAlgebra, _ body: (UnsafeMutablePointer<Double>) -> Void) {
    self.algebra = algebra
    coefficients = [Double](unsafeUninitializedCapacity: algebra.count) { buffer, count in
      buffer.initialize(repeating: 0)
      body(buffer.baseAddress!)
      count = algebra.count
    }
  }

  private func combined(_ other: GradedSeries, _ operation: (Double, Double) -> Double) -> GradedSeries {
    precondition(algebra === other.algebra, "a sum of elements of two algebras")
    return GradedSeries(coefficients: zip(coefficients, other.coefficients).map(operation), in: algebra)
  }
}
