import Foundation

/// More elementary functions: those by an ordinary differential equation of their own, and those by an integral.
extension GradedSeries {
  /// y of value `value` with `E y = slope E a`: `m y_m = sum_j j a_j slope_{m-j}`.
  func antiderivative(of slope: GradedSeries, value: Double) -> GradedSeries {
    precondition(algebra === slope.algebra, "a slope of another algebra")
    let algebra = algebra
    return GradedSeries(in: algebra) { y in
      y[0] = value
      coefficients.withUnsafeBufferPointer { a in
        slope.coefficients.withUnsafeBufferPointer { s in
          for m in stride(from: 1, through: algebra.order, by: 1) {
            for j in 1...m {
              algebra.addProduct(j, a.baseAddress!, m - j, s.baseAddress!, scale: Double(j) / Double(m), into: y)
            }
          }
        }
      }
    }
  }

  public var tangent: GradedSeries {
    let value = tan(coefficients[0])
    let algebra = algebra
    // w = 1 + y^2
    return recurrence(first: value, companion: 1 + value * value) { m, y, w in
      for i in 0...m { algebra.addProduct(i, y, m - i, y, scale: 1, into: w) }
    }.0
  }

  /// Hyperbolic sine and cosine at once.
  public var hyperbolicSineAndCosine: (sine: GradedSeries, cosine: GradedSeries) {
    let algebra = algebra
    return coefficients.withUnsafeBufferPointer { a in
      let (sine, cosine) = recurrence(first: sinh(coefficients[0]), companion: cosh(coefficients[0])) { m, y, w in
        for j in 1...m {
          algebra.addProduct(j, a.baseAddress!, m - j, y, scale: Double(j) / Double(m), into: w)
        }
      }
      return (sine, cosine)
    }
  }

  /// `1 / (1 + e^-a)`.
  public var sigmoid: GradedSeries {
    let value = Self.sigmoid(coefficients[0])
    let algebra = algebra
    // w = y - y^2
    return recurrence(first: value, companion: value * Self.sigmoid(-coefficients[0])) { m, y, w in
      for k in algebra.offsets[m]..<algebra.offsets[m + 1] { w[k] += y[k] }
      for i in 0...m { algebra.addProduct(i, y, m - i, y, scale: -1, into: w) }
    }.0
  }

  private static func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

  /// `log(1 + e^a)`.
  public var softplus: GradedSeries {
    let x = coefficients[0]
    return antiderivative(of: sigmoid, value: Swift.max(x, 0) + log1p(exp(-abs(x))))
  }

  /// Of a value inside (-1, 1).
  public var arcSine: GradedSeries { antiderivative(of: arcSlope, value: asin(coefficients[0])) }

  /// Of a value inside (-1, 1).
  public var arcCosine: GradedSeries { antiderivative(of: -arcSlope, value: acos(coefficients[0])) }

  /// `(1 - a^2)^(-1/2)`.
  private var arcSlope: GradedSeries { ((1 - self) * (self + 1)).power(-0.5) }

  public var arcTangent: GradedSeries {
    let one = GradedSeries(1, in: algebra)
    return antiderivative(of: one / (self * self + 1), value: atan(coefficients[0]))
  }

  /// The angle of the point (x, y), by `E angle = (x E y - y E x) / (x^2 + y^2)`.
  public static func angle(y: GradedSeries, x: GradedSeries) -> GradedSeries {
    let square = x * x + y * y
    return y.antiderivative(of: x / square, value: atan2(y.value, x.value))
      + x.antiderivative(of: -(y / square), value: 0)
  }

  public var errorFunction: GradedSeries {
    let slope = (2 / Double.pi.squareRoot()) * (-(self * self)).exponential
    return antiderivative(of: slope, value: erf(coefficients[0]))
  }

  /// `a^b` of a positive value.
  public func power(_ exponent: GradedSeries) -> GradedSeries {
    (exponent * logarithm).exponential(value: pow(value, exponent.value))
  }

  /// `a^n` by repeated squaring: of any value.
  public func wholePower(_ exponent: Int) -> GradedSeries {
    precondition(exponent >= 0, "exponent \(exponent)")
    var (result, square, rest) = (GradedSeries(1, in: algebra), self, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result * square }
      rest >>= 1
      if rest > 0 { square = square * square }
    }
    return result
  }
}
