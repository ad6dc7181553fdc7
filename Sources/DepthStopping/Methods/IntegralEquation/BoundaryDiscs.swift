import DepthNumerics
import Foundation

/// The series p of a put's boundary, `ln(B/X) = p(s)`, on discs of the complex s-plane.
///
/// Taylor polynomials of order 10 about real centres that crowd towards both ends of [0, 1] as the Chebyshev nodes do; what they
/// leave out, and what rounding does to their coefficients, is bounded by the sums of the moduli of the rest on five radii.
/// O(n^2) per centre once, O(1) per disc.
struct BoundaryDiscs {
  /// p and p' on a disc.
  struct Jet {
    let value: ComplexDisc
    let slope: ComplexDisc

    static let unbounded = Jet(value: ComplexDisc(0, radius: .infinity), slope: ComplexDisc(0, radius: .infinity))
  }

  /// A centre's Taylor coefficients and the sums of what is left out.
  private struct Center {
    let place: Double
    /// The unit of the radii.
    let unit: Double
    let start: Int
  }

  private static let order = 10
  private static let radii = [0.13, 0.2, 0.3, 0.42, 0.6]
  private static let ratio = 1.25
  private static let nearest = 0.008
  /// Per centre: order + 1 coefficients, then for each radius the rests of p, p', p'' and the rounding of p, p'.
  private var table: [Double] = []
  private var centers: [Center] = []
  /// Centres below 1/2 come first, from 1/2 down; then those above, from 1/2 up to 1.
  private let lowCount: Int
  /// `|p(s)|` by Clenshaw's recurrence differs from the series by no more, s itself exact.
  let evaluationError: Double
  /// `sup |p'|` on [0, 1].
  let steepest: Double

  /// - Parameter least: the smallest s at which discs will be asked for.
  init(_ boundary: PutBoundary, least: Double) {
    let c = boundary.coefficients
    let n = c.count - 1
    lowCount = Int((log(0.5 / least) / log(Self.ratio)).rounded(.up)) + 2
    let highCount = Int((log(0.5 / Self.nearest) / log(Self.ratio)).rounded(.up)) + 2
    // Clenshaw: a rounding in step k reaches the sum times U_k <= k + 1, the partial sums are at most sum (j - k + 1) |c_j|
    var (error, steepest) = (0.0, 0.0)
    for k in 0...n {
      let weight = Double(k + 3)
      error += weight * weight * weight * abs(c[k]) / 6
      steepest += 2 * Double(k * k) * abs(c[k])
    }
    evaluationError = 8 * 0x1p-53 * error
    self.steepest = steepest
    for i in 0..<lowCount {
      let place = 0.5 * pow(Self.ratio, -Double(i))
      append(c, at: place, unit: place)
    }
    for i in 0..<highCount {
      let distance = i == highCount - 1 ? 0 : 0.5 * pow(Self.ratio, -Double(i))
      append(c, at: 1 - distance, unit: max(distance, 4 * Self.nearest))
    }
  }

  private mutating func append(_ c: [Double], at place: Double, unit: Double) {
    let n = c.count - 1
    var (before, now) = ([Double](repeating: 0, count: n + 2), [Double](repeating: 0, count: n + 2))
    var (sums, moduli) = (before, before)
    let x = 2 * place - 1
    before[0] = 1
    (now[0], now[1]) = (x, 2)
    (sums[0], moduli[0]) = (c[0], abs(c[0]))
    for k in 1...n {
      for m in 0...k {
        sums[m] += c[k] * now[m]
        moduli[m] += abs(c[k] * now[m])
      }
      guard k < n else { break }
      for m in stride(from: k + 1, through: 0, by: -1) {
        let next = 2 * x * now[m] + (m > 0 ? 4 * now[m - 1] : 0) - before[m]
        before[m] = next
      }
      swap(&before, &now)
    }
    centers.append(Center(place: place, unit: unit, start: table.count))
    table += sums.prefix(Self.order + 1)
    let rounding = 0x1p-50 * Double(n)
    for radius in Self.radii {
      let d = radius * unit * (1 + 1e-12)
      var (rest, slope, bend, noise, slopeNoise) = (0.0, 0.0, 0.0, 0.0, 0.0)
      // Horner from the highest order
      for m in stride(from: n, through: 0, by: -1) {
        noise = noise * d + moduli[m]
        if m >= 1 { slopeNoise = slopeNoise * d + Double(m) * moduli[m] }
        guard m > Self.order else { continue }
        let size = abs(sums[m]) + rounding * moduli[m]
        rest = rest * d + size
        slope = slope * d + Double(m) * size
        bend = bend * d + Double(m * (m - 1)) * size
      }
      let power = pow(d, Double(Self.order - 1))
      table += [
        rest * power * d * d * 1.001, slope * power * d * 1.001, bend * power * 1.001, rounding * noise,
        rounding * slopeNoise,
      ]
    }
  }

  /// p and p' on a disc; unbounded where no centre is near enough.
  func jet(_ z: ComplexDisc) -> Jet {
    guard z.real > 0, z.radius.isFinite else { return .unbounded }
    let logRatio = log(Self.ratio)
    let index: Int
    if z.real <= 0.5 {
      index = Int((log(0.5 / z.real) / logRatio).rounded())
      guard index < lowCount else { return .unbounded }
    } else {
      let distance = max(1 - z.real, Self.nearest / 4)
      index = lowCount + min(max(0, Int((log(0.5 / distance) / logRatio).rounded())), centers.count - 1 - lowCount)
    }
    let center = centers[index]
    let (x, y) = (z.real - center.place, z.imaginary)
    let distance = ((x * x + y * y).squareRoot() + z.radius) * (1 + 0x1p-48)
    guard let level = Self.radii.firstIndex(where: { distance <= $0 * center.unit }) else { return .unbounded }
    return table.withUnsafeBufferPointer { table in
      let b = table.baseAddress! + center.start
      let rests = b + Self.order + 1 + 5 * level
      var (u, v, du, dv, bend) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for m in stride(from: Self.order, through: 0, by: -1) {
        (du, dv) = (du * x - dv * y + u, du * y + dv * x + v)
        (u, v) = (u * x - v * y + b[m], u * y + v * x)
        if m >= 2 { bend = bend * distance + Double(m * (m - 1)) * abs(b[m]) }
      }
      bend += rests[2]
      let r = z.radius
      let steep = (du * du + dv * dv).squareRoot()
      let radius = r * (steep + rests[1]) + 0.5 * r * r * bend
      return Jet(
        value: ComplexDisc(u, v, radius: radius * (1 + 0x1p-40) + rests[0] + rests[3]),
        slope: ComplexDisc(du, dv, radius: r * bend * (1 + 0x1p-40) + rests[1] + rests[4]))
    }
  }
}
