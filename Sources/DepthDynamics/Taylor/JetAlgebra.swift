import DepthRuns

/// Jets in d variables: Taylor coefficients about a point, of total degree up to an order, with partial derivatives.
///
/// `C(order + d, d)` coefficients, `C(order + 2 d, 2 d)` terms a product.
public struct JetAlgebra: Sendable {
  public let dimension: Int
  public let algebra: GradedAlgebra
  /// Coefficients are those of powers of `(x - point) / scale`.
  public let scale: Double
  /// For each variable: coefficient `source` times `factor` goes to coefficient `target` of the partial derivative.
  private let derivatives: [[(source: Int, target: Int, factor: Double)]]

  /// Terms a product may have: some milliseconds' work, some megabytes' table.
  public static let largestTermCount = 60_000.0

  /// The highest order (at most `wanted`) whose products have at most so many terms; 0 where not even gradients fit.
  public static func largestOrder(dimension d: Int, wanted: Int, terms limit: Double = largestTermCount) -> Int {
    (0...max(0, wanted)).last { order in
      // C(order + 2 d, 2 d)
      let terms = (0..<min(order, 2 * d)).reduce(1.0) {
        $0 * Double(order + 2 * d - $1) / Double($1 + 1)
      }
      return terms <= limit
    } ?? 0
  }

  /// - Throws: `InputError.usage` when the product table would grow beyond `largestTermCount`.
  public init(dimension: Int, order: Int, scale: Double = 1) throws {
    precondition(
      dimension > 0 && order >= 0 && scale > 0, "jets in \(dimension) variables of order \(order), scale \(scale)")
    let largest = Self.largestOrder(dimension: dimension, wanted: order)
    guard largest >= order else {
      throw InputError.value(
        order, of: "the order of jets in dimension \(dimension)", allowed: "up to \(largest)")
    }
    self.dimension = dimension
    self.scale = scale
    let monomials = (0...order).flatMap { Self.exponents(of: $0, variables: dimension) }
    algebra = GradedAlgebra.table(elements: monomials, degree: { $0.reduce(0, +) }, order: order) { a, b in
      zip(a, b).map { $0 + $1 }
    }
    let index = Dictionary(uniqueKeysWithValues: monomials.enumerated().map { ($1, $0) })
    derivatives = (0..<dimension).map { variable in
      monomials.enumerated().compactMap { source, monomial in
        guard monomial[variable] > 0 else { return nil }
        var lower = monomial
        lower[variable] -= 1
        return index[lower].map { (source, $0, Double(monomial[variable]) / scale) }
      }
    }
  }

  /// All exponents of total degree `degree`.
  private static func exponents(of degree: Int, variables: Int) -> [[Int]] {
    guard variables > 1 else { return [[degree]] }
    return (0...degree).flatMap { first in
      exponents(of: degree - first, variables: variables - 1).map { [first] + $0 }
    }
  }

  /// The coordinates at `point`: `x_i + scale (the i-th variable)`.
  public func coordinates(at point: [Double]) -> [GradedSeries] {
    precondition(point.count == dimension, "\(point.count) coordinates for \(dimension) variables")
    return point.indices.map { i in
      var coordinate = GradedSeries(point[i], in: algebra)
      // the derivative by x_i of the wanted monomial is the constant
      if let unit = derivatives[i].first(where: { $0.target == 0 }) { coordinate.coefficients[unit.source] = scale }
      return coordinate
    }
  }

  /// The partial derivative by one variable; its part of the highest degree is lost and comes out zero.
  public func derivative(of jet: GradedSeries, by variable: Int) -> GradedSeries {
    GradedSeries(in: algebra) { result in
      for entry in derivatives[variable] { result[entry.target] += entry.factor * jet.coefficients[entry.source] }
    }
  }

  /// The transport operator `(D phi)(x) = grad phi(x) . f(x)` on a jet phi, f given by its own jets.
  public func transport(_ jet: GradedSeries, along field: [GradedSeries]) -> GradedSeries {
    var sum = GradedSeries(0, in: algebra)
    for variable in 0..<dimension { sum = sum + derivative(of: jet, by: variable) * field[variable] }
    return sum
  }

  /// The gradient at the point: the coefficients of degree 1 over the scale, in the order of the variables.
  public func gradient(of jet: GradedSeries) -> [Double] {
    (0..<dimension).map { i in
      derivatives[i].first { $0.target == 0 }.map { jet.coefficients[$0.source] / scale } ?? 0
    }
  }
}
