import DepthNumerics
import Foundation
import Testing

/// Discs contain what they claim to, for points drawn from them.
@Suite struct ComplexDiscTests {
  private func point(_ disc: ComplexDisc, _ stream: inout RandomStream) -> ComplexDisc {
    let u = stream.uniforms(2)
    let (radius, angle) = (disc.radius * u[0].squareRoot(), 2 * .pi * u[1])
    return ComplexDisc(disc.real + radius * cos(angle), disc.imaginary + radius * sin(angle))
  }

  private func contains(_ disc: ComplexDisc, _ z: ComplexDisc) -> Bool {
    let (x, y) = (z.real - disc.real, z.imaginary - disc.imaginary)
    return (x * x + y * y).squareRoot() <= disc.radius + z.radius
  }

  @Test func operationsContainTheirValues() {
    var stream = RandomStream(seed: 3)
    let unary: [(ComplexDisc) -> ComplexDisc] = [
      { $0.reciprocal }, { $0.squareRoot }, { $0.exponential }, { $0.exponentialMinusOne }, { $0.sine }, { $0.cosine },
      { $0.hyperbolicSine }, { $0.logarithmOfOnePlus }, { $0.inverseHyperbolicSine },
    ]
    for _ in 0..<2000 {
      let u = stream.uniforms(6)
      let a = ComplexDisc(4 * u[0] - 1, u[1] - 0.5, radius: 0.3 * u[2])
      let b = ComplexDisc(4 * u[3] - 2, u[4] - 0.5, radius: 0.3 * u[5])
      let (z, w) = (point(a, &stream), point(b, &stream))
      #expect(contains(a + b, z + w) && contains(a - b, z - w) && contains(a * b, z * w) && contains(a * 3, z * 3))
      for (index, f) in unary.enumerated() { #expect(contains(f(a), f(z)), "function \(index) of \(a) at \(z)") }
    }
  }

  @Test func inversesUndoEachOther() {
    for z in [ComplexDisc(0.3, 0.2), ComplexDisc(1e-9, 1e-10), ComplexDisc(-3, 0.4), ComplexDisc(2, 0)] {
      let pairs = [
        (z.inverseHyperbolicSine.hyperbolicSine, z), (z.exponentialMinusOne.logarithmOfOnePlus, z),
        (z.reciprocal.reciprocal, z),
      ]
      for (result, expected) in pairs { #expect(contains(result, expected) && result.radius < 1e-11) }
    }
    let root = ComplexDisc(4, 0).squareRoot
    #expect(abs(root.real - 2) < 1e-14 && root.imaginary == 0 && root.radius < 1e-12)
    #expect(ComplexDisc(0.1, radius: 0.2).reciprocal.radius == .infinity)
    #expect(ComplexDisc(-1, radius: 0.2).squareRoot.radius == .infinity)
  }
}
