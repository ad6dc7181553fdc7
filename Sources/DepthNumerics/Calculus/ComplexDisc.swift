import Foundation

/// A disc in the complex plane that contains all values of an expression over the discs that went into it.
///
/// Every operation adds its own rounding to the radius, so that bounds read off the result are proven. Functions by the mean
/// value: the radius times the largest modulus of the derivative on the disc. O(1) each, no allocation.
/// Source: Gargantini and Henrici, Numer. Math. 18 (1972) 305 (circular arithmetic).
public struct ComplexDisc: Equatable, Sendable {
  public let real: Double
  public let imaginary: Double
  public let radius: Double

  /// More than the rounding of any operation here, relative to the sizes it meets.
  @usableFromInline static let rounding = 0x1p-48

  @inlinable
  public init(_ real: Double, _ imaginary: Double = 0, radius: Double = 0) {
    self.real = real
    self.imaginary = imaginary
    self.radius = radius
  }

  /// The disc over a real interval.
  @inlinable
  public init(from low: Double, to high: Double) {
    self.init(0.5 * (low + high), radius: 0.5 * (high - low) * 1.0001 + 4e-16 * abs(high))
  }

  /// Of the centre, from above.
  @inlinable public var size: Double { (real * real + imaginary * imaginary).squareRoot() * (1 + 0x1p-50) }
  /// Largest and (not below 0) least modulus.
  @inlinable public var most: Double { (size + radius) * (1 + 0x1p-50) }
  @inlinable public var least: Double { max(0, size * (1 - 0x1p-48) - radius) }
  @inlinable public var realMost: Double { real + radius }
  @inlinable public var realLeast: Double { real - radius }
  @inlinable public var imaginaryMost: Double { abs(imaginary) + radius }

  @inlinable
  static func widened(_ real: Double, _ imaginary: Double, _ radius: Double, _ scale: Double) -> ComplexDisc {
    ComplexDisc(real, imaginary, radius: radius * (1 + rounding) + rounding * scale)
  }

  @inlinable
  public static func + (a: ComplexDisc, b: ComplexDisc) -> ComplexDisc {
    let (x, y) = (a.real + b.real, a.imaginary + b.imaginary)
    return widened(x, y, a.radius + b.radius, 0x1p-3 * (abs(x) + abs(y)))
  }

  @inlinable
  public static func - (a: ComplexDisc, b: ComplexDisc) -> ComplexDisc {
    a + ComplexDisc(-b.real, -b.imaginary, radius: b.radius)
  }

  @inlinable
  public static func + (a: ComplexDisc, b: Double) -> ComplexDisc { a + ComplexDisc(b) }

  @inlinable
  public static func * (a: ComplexDisc, b: ComplexDisc) -> ComplexDisc {
    let (sizeA, sizeB) = (a.size, b.size)
    return widened(
      a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real,
      sizeA * b.radius + sizeB * a.radius + a.radius * b.radius, sizeA * sizeB)
  }

  @inlinable
  public static func * (a: ComplexDisc, b: Double) -> ComplexDisc {
    widened(a.real * b, a.imaginary * b, a.radius * abs(b), a.size * abs(b))
  }

  /// 1/z; infinite where the disc touches 0.
  @inlinable public var reciprocal: ComplexDisc {
    let square = real * real + imaginary * imaginary
    let (size, least) = (square.squareRoot(), least)
    guard least > 0 else { return ComplexDisc(0, radius: .infinity) }
    return Self.widened(real / square, -imaginary / square, radius / (size * least), 1 / size)
  }

  /// The root with positive real part; infinite where the disc meets the negative axis or 0.
  @inlinable public var squareRoot: ComplexDisc {
    let (size, least) = (self.size, least)
    guard least > 0, real > 0 || abs(imaginary) > radius else { return ComplexDisc(0, radius: .infinity) }
    // the larger part first, the other from their product: no cancellation
    let larger = (0.5 * (size + abs(real))).squareRoot()
    let smaller = 0.5 * abs(imaginary) / larger
    let (x, y) = real >= 0 ? (larger, smaller) : (smaller, larger)
    // |sqrt a - sqrt b| <= |a - b| / (|sqrt a| + |sqrt b|) while both lie in the right half-plane
    return Self.widened(
      x, imaginary < 0 ? -y : y, radius / (size.squareRoot() + least.squareRoot()), size.squareRoot() * 8)
  }

  @inlinable public var exponential: ComplexDisc {
    let size = Foundation.exp(real)
    return Self.widened(size * cos(imaginary), size * sin(imaginary), size * expm1(radius), size * (1 + abs(imaginary)))
  }

  /// e^z - 1, precise near 0.
  public var exponentialMinusOne: ComplexDisc {
    let (rise, half) = (expm1(real), sin(0.5 * imaginary))
    let x = rise * cos(imaginary) - 2 * half * half
    let y = (1 + rise) * sin(imaginary)
    return Self.widened(x, y, (1 + rise) * expm1(radius), abs(rise) + abs(y) + 2 * half * half)
  }

  public var sine: ComplexDisc {
    let (x, y) = (sin(real) * cosh(imaginary), cos(real) * sinh(imaginary))
    return Self.widened(x, y, radius * cosh(imaginaryMost), cosh(imaginary))
  }

  public var cosine: ComplexDisc {
    let (x, y) = (cos(real) * cosh(imaginary), -sin(real) * sinh(imaginary))
    return Self.widened(x, y, radius * cosh(imaginaryMost), cosh(imaginary))
  }

  public var hyperbolicSine: ComplexDisc {
    let (x, y) = (sinh(real) * cos(imaginary), cosh(real) * sin(imaginary))
    return Self.widened(x, y, radius * cosh(abs(real) + radius), cosh(real))
  }

  /// ln(1 + z), precise near 0; infinite where the disc meets (-infinity, -1].
  public var logarithmOfOnePlus: ComplexDisc {
    let least = ComplexDisc(1 + real, imaginary, radius: radius).least
    guard least > 0, 1 + real > 0 || abs(imaginary) > radius else { return ComplexDisc(0, radius: .infinity) }
    let x = 0.5 * log1p(real * (2 + real) + imaginary * imaginary)
    let y = atan2(imaginary, 1 + real)
    return Self.widened(x, y, radius / least, 8 * (size + abs(x) + abs(y)))
  }

  /// arsinh z; infinite where the disc meets the cuts from i and -i to infinity, or `(1 + z^2)^(-1/2)` has no bound on it.
  public var inverseHyperbolicSine: ComplexDisc {
    let square = ComplexDisc(real, imaginary) * ComplexDisc(real, imaginary) + 1
    let gap = square.least - radius * (2 * size + radius)
    guard gap > 0, radius.isFinite, abs(real) > radius || imaginaryMost < 1 else {
      return ComplexDisc(0, radius: .infinity)
    }
    // odd: no cancellation for Re z >= 0
    let z = real < 0 ? ComplexDisc(-real, -imaginary) : ComplexDisc(real, imaginary)
    let sum = z + (z * z + 1).squareRoot
    let (x, y) = (log(sum.size), atan2(sum.imaginary, sum.real))
    let sign = real < 0 ? -1.0 : 1
    return Self.widened(sign * x, sign * y, radius / gap.squareRoot() + sum.radius, 8 * (1 + abs(x) + abs(y)))
  }
}
