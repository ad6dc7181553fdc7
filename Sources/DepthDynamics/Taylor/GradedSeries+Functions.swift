import Foundation

/// Elementary functions of a series, degree by degree.
///
/// With the derivation `E` that multiplies the part of degree m by m, `y = g(a)` obeys `E y = g'(a) E a`, which gives the
/// part of degree m from those below: one or two products' work each. Where g is not analytic at the value of `a` (log and
/// powers at 0 and below, division by 0) the result is not finite, as with numbers.
/// Source: Griewank and Walther, "Evaluating Derivatives", ch. 13 (in one variable).
extension GradedSeries {
  /// `y_0 = first`, then `m y_m = scale (sum_j j a_j w_{m-j})` with w built along by `companion(m, y, w)`.
  func recurrence(
    first: Double, companion firstCompanion: Double, scale: Double = 1,
    _ companion: (Int, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) -> (GradedSeries, GradedSeries) {
    var w = GradedSeries(firstCompanion, in: algebra)
    let y = GradedSeries(in: algebra) { y in
      y[0] = first
      coefficients.withUnsafeBufferPointer { a in
        w.coefficients.withUnsafeMutableBufferPointer { w in
          for m in stride(from: 1, through: algebra.order, by: 1) {
            for j in 1...m {
              algebra.addProduct(
                j, a.baseAddress!, m - j, w.baseAddress!, scale: scale * Double(j) / Double(m), into: y)
            }
            companion(m, y, w.baseAddress!)
          }
        }
      }
    }
    return (y, w)
  }

  public var exponential: GradedSeries { exponential(value: exp(coefficients[0])) }

  /// `value e^(a - a_0)`.
  func exponential(value: Double) -> GradedSeries {
    let algebra = algebra
    return recurrence(first: value, companion: value) { m, y, w in
      for k in algebra.offsets[m]..<algebra.offsets[m + 1] { w[k] = y[k] }
    }.0
  }

  public var hyperbolicTangent: GradedSeries {
    let value = tanh(coefficients[0])
    let algebra = algebra
    // w = 1 - y^2
    return recurrence(first: value, companion: (1 - value) * (1 + value)) { m, y, w in
      for i in 0...m { algebra.addProduct(i, y, m - i, y, scale: -1, into: w) }
    }.0
  }

  /// Sine and cosine at once.
  public var sineAndCosine: (sine: GradedSeries, cosine: GradedSeries) {
    let algebra = algebra
    return coefficients.withUnsafeBufferPointer { a in
      let (sine, cosine) = recurrence(first: sin(coefficients[0]), companion: cos(coefficients[0])) { m, y, w in
        for j in 1...m {
          algebra.addProduct(j, a.baseAddress!, m - j, y, scale: -Double(j) / Double(m), into: w)
        }
      }
      return (sine, cosine)
    }
  }

  public static func / (a: GradedSeries, b: GradedSeries) -> GradedSeries {
    precondition(a.algebra === b.algebra, "a quotient of elements of two algebras")
    let algebra = a.algebra
    let inverse = 1 / b.coefficients[0]
    return GradedSeries(in: algebra) { c in
      b.coefficients.withUnsafeBufferPointer { b in
        for m in 0...algebra.order {
          for j in stride(from: 1, through: m, by: 1) {
            algebra.addProduct(j, b.baseAddress!, m - j, c, scale: -inverse, into: c)
          }
          for k in algebra.offsets[m]..<algebra.offsets[m + 1] { c[k] += inverse * a.coefficients[k] }
        }
      }
    }
  }

  public var logarithm: GradedSeries {
    let inverse = 1 / coefficients[0]
    return GradedSeries(in: algebra) { y in
      y[0] = log(coefficients[0])
      coefficients.withUnsafeBufferPointer { a in
        for m in stride(from: 1, through: algebra.order, by: 1) {
          for j in stride(from: 1, to: m, by: 1) {
            algebra.addProduct(j, y, m - j, a.baseAddress!, scale: -inverse * Double(j) / Double(m), into: y)
          }
          for k in algebra.offsets[m]..<algebra.offsets[m + 1] { y[k] += inverse * a[k] }
        }
      }
    }
  }

  /// `a^exponent` of a positive value.
  public func power(_ exponent: Double) -> GradedSeries {
    let inverse = 1 / coefficients[0]
    return GradedSeries(in: algebra) { y in
      y[0] = pow(coefficients[0], exponent)
      coefficients.withUnsafeBufferPointer { a in
        for m in stride(from: 1, through: algebra.order, by: 1) {
          for j in 1...m {
            // r j a_j y_{m-j} - (m-j) y_{m-j} a_j
            let scale = inverse * (exponent * Double(j) - Double(m - j)) / Double(m)
            algebra.addProduct(j, a.baseAddress!, m - j, y, scale: scale, into: y)
          }
        }
      }
    }
  }
}
