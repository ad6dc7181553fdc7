import DepthNumerics
import Foundation
import Testing

/// Held against extended precision: the exact result of every operation lies inside, and the interval is not much wider than that.
@Suite struct OutwardIntervalTests {
  private static func draw(_ stream: inout RandomStream) -> Double {
    let u = stream.uniforms(2)
    return (u[0] < 0.5 ? -1 : 1) * pow(10, 12 * u[1] - 6)
  }

  private static func holds(_ interval: OutwardInterval, _ exact: Float80, _ what: String) {
    #expect(Float80(interval.lower) <= exact && exact <= Float80(interval.upper), "\(what): \(interval), \(exact)")
  }

  @Test func pointsStayInside() {
    var stream = RandomStream(seed: 5)
    for _ in 0..<20_000 {
      let (x, y) = (Self.draw(&stream), Self.draw(&stream))
      let (a, b) = (OutwardInterval(x), OutwardInterval(y))
      let (p, q) = (Float80(x), Float80(y))
      Self.holds(a + b, p + q, "\(x) + \(y)")
      Self.holds(a - b, p - q, "\(x) - \(y)")
      Self.holds(a * b, p * q, "\(x) \(y)")
      Self.holds(a.square, p * p, "\(x)^2")
      Self.holds(a.cosine(), Foundation.cos(p), "cos \(x)")
      Self.holds(a.sine(), Foundation.sin(p), "sin \(x)")
      #expect(a.cosine().width <= 8 * Double.ulpOfOne)
      if abs(x) < 300 {
        Self.holds(a.exponential(), Foundation.exp(p), "exp \(x)")
        #expect(a.exponential().width <= 8 * exp(x).ulp)
      }
    }
  }

  @Test func intervalsHoldTheImagesOfTheirPoints() {
    var stream = RandomStream(seed: 6)
    for _ in 0..<3000 {
      let u = stream.uniforms(5)
      let (low, width) = (20 * u[0] - 10, 8 * u[1] * u[1])
      let interval = OutwardInterval(lower: low, upper: low + width)
      let other = OutwardInterval(lower: 4 * u[2] - 2, upper: 4 * u[2] - 2 + u[3])
      for share in [0, 0.1, 0.37, 0.5, 0.8, 1] {
        let x = min(low + share * width, interval.upper)
        let y = min(other.lower + share * other.width, other.upper)
        #expect(interval.cosine().contains(cos(x)) && interval.sine().contains(sin(x)))
        #expect(interval.exponential().contains(exp(x)) && interval.square.contains(x * x))
        #expect((interval * other).contains(x * y) && (interval - other).contains(x - y))
      }
    }
    #expect(OutwardInterval(lower: 3, upper: 3.5).cosine().lower == -1)
    #expect(OutwardInterval(lower: 6, upper: 6.5).cosine().upper == 1)
    #expect(OutwardInterval(lower: 1, upper: 2).sine().upper == 1)
    #expect(OutwardInterval(lower: 0.1, upper: 1.5).cosine().upper < 1)
    #expect((OutwardInterval(0) * .wholeLine) == .wholeLine)
  }
}
