import DepthNumerics
import Foundation
import Testing

@Suite struct DecayFitTests {
  private static let depths = (0...200).map { Double($0) * 0.1 }

  private static func compare(_ law: (Double) -> Double) throws -> DecayComparison {
    try #require(DecayComparison(at: depths, depths.map(law), resolution: 1e-12))
  }

  @Test func eachLawIsRecoveredFromItsOwnValues() throws {
    let geometric = try Self.compare { 3 * exp(-0.7 * $0) }
    #expect(geometric.best.law == .geometric && abs(geometric.best.decay - 0.7) < 1e-13)
    #expect(abs(geometric.best.scale - 3) < 1e-12 && geometric.best.worstDeviation < 1e-13)
    #expect(abs(geometric.fits[2].exponent - 1) < 1e-4)  // stretched contains it
    #expect(!geometric.isUndecided)

    let power = try Self.compare { 2 * pow(1 + $0, -1.5) }
    #expect(power.best.law == .power && abs(power.best.decay - 1.5) < 1e-12 && abs(power.best.scale - 2) < 1e-12)
    #expect(power.weights[1] > 0.999 && !power.isUndecided)

    for q in [0.4, 0.8, 1.7] {
      let stretched = try Self.compare { 5 * exp(-pow($0 / 2.5, q)) }
      #expect(stretched.best.law == .stretched && abs(stretched.best.exponent - q) < 1e-6, "\(q)")
      #expect(abs(try #require(stretched.best.depthScale) - 2.5) < 1e-5 && abs(stretched.best.scale - 5) < 1e-5)
    }
  }

  @Test func noiseLeavesTheRightLawAndItsRate() throws {
    var stream = RandomStream(seed: 3)
    let noise = stream.normals(Self.depths.count)
    let values = zip(Self.depths, noise).map { exp(-0.3 * $0 + 0.05 * $1) }
    let fits = try #require(DecayComparison(at: Self.depths, values, resolution: 0))
    // slope's standard error: 0.05 / sqrt(sum (t - mean)^2) = 0.0006
    #expect(abs(fits.fits[0].decay - 0.3) < 0.0025)
    // stretched holds the geometric law, so it is within a few units of AIC; power is far away
    #expect(fits.weights[1] < 1e-6 && abs(fits.fits[0].akaike - fits.fits[2].akaike) < 10)
  }

  @Test func localRatesAreMinusTheLogarithmicDerivative() throws {
    for fit in try Self.compare({ exp(-pow($0, 0.6)) / (1 + 0.1 * $0) }).fits {
      for t in [0.5, 3, 11] {
        let step = 1e-5
        let difference = -(log(fit.value(at: t + step)) - log(fit.value(at: t - step))) / (2 * step)
        #expect(abs(fit.localRate(at: t) - difference) < 1e-8, "\(fit.law)")
      }
    }
  }

  @Test func growthHasANegativeRateAndNoDepthScale() throws {
    let growth = try Self.compare { exp(0.2 * $0) }
    #expect(abs(growth.fits[0].decay + 0.2) < 1e-13 && growth.fits[0].depthScale == nil)
  }

  @Test func perBlockValuesKeepTheirGeometricRatio() throws {
    let fits = try #require(DecayFit.best((0..<9).map { 2 * pow(0.6, Double($0)) }))
    #expect(fits.best.law == .geometric && abs(fits.best.rate - 0.6) < 1e-13 && abs(fits.best.scale - 2) < 1e-12)
    #expect(DecayFit.best([1, 0, -1, 2]) == nil)
    #expect(DecayFit.fit(.geometric, at: [1, 1, 1], [1, 2, 3]) == nil)
    #expect(DecayComparison(at: [0, 1, 2], [3, 2, 1], resolution: 0) == nil)
  }

  @Test func theMinimumIsTheDeepestOfSeveral() {
    let x = ScalarMinimum.golden(lower: -4, upper: 4) { cos(3 * $0) + 0.1 * ($0 - 1) * ($0 - 1) }
    // near pi/3: -3 sin 3x + 0.2 (x - 1) = 0
    #expect(abs(-3 * sin(3 * x) + 0.2 * (x - 1)) < 1e-6 && abs(x - Double.pi / 3) < 0.02)
  }
}
