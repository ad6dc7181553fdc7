import Foundation

/// A polynomial of degree at most 5 on an interval: `s(x) = sum_k a_k ((x - center)/unit)^k`.
struct PolynomialPiece: Equatable, Sendable {
  static let mostDegree = 5

  let lower: Double
  let upper: Double
  let center: Double
  let unit: Double
  /// a_0 ... a_5; entries 6 and 7 are 0.
  let coefficients: SIMD8<Double>
  let degree: Int

  init(lower: Double, upper: Double, center: Double, unit: Double, coefficients: SIMD8<Double>) {
    self.lower = lower
    self.upper = upper
    self.center = center
    self.unit = unit
    self.coefficients = coefficients
    degree = (1...Self.mostDegree).last { coefficients[$0] != 0 } ?? 0
  }

  /// The polynomial that a function is on an interval; nil where it is none of degree at most 5.
  ///
  /// Interpolated at Chebyshev points by Newton's divided differences at the lowest degree that gives the function to 1e-12 of its
  /// terms at some thousand other places too, those of an endless interval up to a hundred `reach` away.
  /// - Parameter reach: the length that matters where an end is infinite.
  init?(_ f: (Double) -> Double, from lower: Double, to upper: Double, reach: Double) {
    let (low, high): (Double, Double) =
      switch (lower.isFinite, upper.isFinite) {
      case (true, true): (lower, upper)
      case (true, false): (lower, lower + 2 * reach)
      case (false, true): (upper - 2 * reach, upper)
      case (false, false): (-reach, reach)
      }
    let (center, unit) = (0.5 * (low + high), 0.5 * (high - low))
    // inside of the interval: its ends may be kinks
    let checks = (0..<13).map { center + 0.997 * unit * sin(Double($0) + 0.3) }
    let far = [3.0, 7].flatMap { [center - $0 * unit, center + $0 * unit] }.filter { lower < $0 && $0 < upper }
    // bumps and switches anywhere else
    let margin = 1e-9 * unit
    let dense = DomainSamples.dense(lower: lower, upper: upper).filter {
      lower + margin < $0 && $0 < upper - margin && abs($0 - center) < 100 * unit
    }
    for degree in 0...Self.mostDegree {
      let places = (0...degree).map { cos(.pi * (Double($0) + 0.5) / Double(degree + 1)) }
      let piece = PolynomialPiece(
        lower: lower, upper: upper, center: center, unit: unit,
        coefficients: Self.interpolated(places, places.map { f(center + unit * $0) }))
      let isRight = (checks + far + dense).allSatisfy { x in
        let value = f(x)
        return value.isFinite && abs(piece.value(x) - value) <= 1e-12 * piece.size(x)
      }
      if isRight {
        self = piece
        return
      }
    }
    return nil
  }

  /// Coefficients of powers from values at places, by divided differences and Horner's scheme.
  private static func interpolated(_ places: [Double], _ values: [Double]) -> SIMD8<Double> {
    var differences = values
    for order in places.indices.dropFirst() {
      for i in stride(from: places.count - 1, through: order, by: -1) {
        differences[i] = (differences[i] - differences[i - 1]) / (places[i] - places[i - order])
      }
    }
    var result = SIMD8<Double>()
    for i in places.indices.reversed() {
      // result = result (t - places[i]) + differences[i]
      for k in stride(from: 7, through: 1, by: -1) { result[k] = result[k - 1] - places[i] * result[k] }
      result[0] = differences[i] - places[i] * result[0]
    }
    // powers that only rounding made
    let largest = (0..<8).reduce(0) { max($0, abs(result[$1])) }
    for k in 0..<8 where abs(result[k]) < 4e-16 * largest { result[k] = 0 }
    return result
  }

  func value(_ x: Double) -> Double { jet(x, 1)[0] }

  /// `sum |a_k t^k|` and a little more, so that zero is held against something.
  private func size(_ x: Double) -> Double {
    let t = abs((x - center) / unit)
    var (sum, power, largest) = (0.0, 1.0, 0.0)
    for k in 0...Self.mostDegree {
      sum += abs(coefficients[k]) * power
      power *= t
      largest = max(largest, abs(coefficients[k]))
    }
    return sum + largest
  }

  /// `v^k s^(k)(m) / k!`, k = 0...7: the coefficients of `z -> s(m + v z)`.
  @inline(__always)
  func jet(_ m: Double, _ v: Double) -> SIMD8<Double> {
    let t = (m - center) / unit
    let ratio = v / unit
    var (a, power) = (coefficients, 1.0)
    // Taylor's shift by repeated synthetic division
    for k in 0...degree {
      var j = degree - 1
      while j >= k {
        a[j] += t * a[j + 1]
        j -= 1
      }
      a[k] *= power
      power *= ratio
    }
    return a
  }

  /// Where the sign changes inside, ascending.
  ///
  /// Between two neighbouring roots of the derivative there is at most one. What lies within 1e-7 of an end is the end's.
  var signChanges: [Double] {
    Self.roots(coefficients, degree, from: place(lower), to: place(upper))
      .filter { $0 - place(lower) > Self.edge && place(upper) - $0 > Self.edge }.map { center + unit * $0 }
  }

  private static let edge = 1e-7
  /// Just inside of the ends, in front of every root.
  var besideLower: Double { value(lower + Self.edge * unit) }
  var besideUpper: Double { value(upper - Self.edge * unit) }

  private func place(_ x: Double) -> Double { (x - center) / unit }

  private static func roots(_ a: SIMD8<Double>, _ degree: Int, from lower: Double, to upper: Double) -> [Double] {
    guard degree > 0 else { return [] }
    // Cauchy's bound
    let most = 1 + (0..<degree).reduce(0) { max($0, abs(a[$1] / a[degree])) }
    let (low, high) = (max(lower, -most), min(upper, most))
    guard low < high else { return [] }
    var slope = SIMD8<Double>()
    for k in 1...degree { slope[k - 1] = Double(k) * a[k] }
    func value(_ t: Double) -> Double { (0...degree).reversed().reduce(0) { $0 * t + a[$1] } }
    let places = [low] + roots(slope, degree - 1, from: low, to: high) + [high]
    return zip(places, places.dropFirst()).compactMap { start, end in
      var (start, end) = (start, end)
      let sign = value(start)
      guard sign != 0, sign * value(end) < 0 else { return nil }
      while true {
        let middle = 0.5 * (start + end)
        guard start < middle, middle < end else { return middle }
        if value(middle) * sign > 0 { start = middle } else { end = middle }
      }
    }
  }
}
