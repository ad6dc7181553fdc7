import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// American puts with known answers: 12 digits in V, 10 in B, by collocation at degrees 64 and 80 and by the equation of value
/// matching, confirmed by finite differences to 2e-9 of K.
enum PutReferences {
  struct Case: Sendable, CustomTestStringConvertible {
    let strike, rate, dividend, volatility, maturity: Double
    /// (S, V) at depth 0.
    let values: [(Double, Double)]
    /// (time to go, B).
    let boundary: [(Double, Double)]

    var testDescription: String { "K \(strike) r \(rate) q \(dividend) sigma \(volatility) T \(maturity)" }
    var settings: [(String, Double)] {
      [("K", strike), ("r", rate), ("q", dividend), ("sigma", volatility), ("T", maturity)]
    }
  }

  static func problem(_ settings: [(String, Double)]) throws -> StoppingProblem {
    let entry = try ProblemCatalogue.entry("american-put")
    return try entry.problem(entry.resolve(settings))
  }

  static let cases: [Case] = [
    Case(
      strike: 40, rate: 0.06, dividend: 0, volatility: 0.2, maturity: 1,
      values: [
        (36, 4.4866743567320), (38, 3.2571964984229), (40, 2.3195742485934), (42, 1.6211552812850),
        (44, 1.1129621217932),
      ],
      boundary: [
        (1, 32.91466321458), (0.75, 33.35809812194), (0.5, 33.98579371953), (0.25, 35.02503530547),
        (0.1, 36.25406321126), (0.05, 37.03904287239), (0.01, 38.37106098635),
      ]),
    Case(
      strike: 40, rate: 0.06, dividend: 0, volatility: 0.4, maturity: 2,
      values: [
        (36, 8.5141848772756), (38, 7.6749056780495), (40, 6.9234576099419), (42, 6.2502361521757),
        (44, 5.6467313272357),
      ],
      boundary: [
        (2, 21.91939406079), (1.5, 22.84016893338), (1, 24.20027137808), (0.5, 26.58848116161),
        (0.2, 29.61702008881), (0.1, 31.65958570769), (0.02, 35.30261466278),
      ]),
    Case(
      strike: 100, rate: 0.03, dividend: 0.07, volatility: 0.3, maturity: 0.5,
      values: [
        (100, 9.2506354168285)
      ],
      boundary: [
        (0.5, 37.66424527641), (0.375, 38.29180799707), (0.25, 39.06213693331),
        (
          0.125,
          40.11047259827
        ), (0.05, 41.08391980169), (0.025, 41.59027665910), (0.005, 42.28275002961),
      ]),
    Case(
      strike: 100, rate: 0.1, dividend: 0.05, volatility: 0.4, maturity: 3,
      values: [
        (100, 19.2867233047820)
      ],
      boundary: [
        (3, 54.16979784037), (2.25, 55.85521881636), (1.5, 58.54101642092), (0.75, 63.71489534668),
        (0.3, 70.94751585250), (0.15, 76.18181538212), (0.03, 86.13802265474),
      ]),
    Case(
      strike: 100, rate: 0.08, dividend: 0.12, volatility: 0.2, maturity: 3,
      values: [
        (80, 25.6577681655841)
      ],
      boundary: [
        (3, 54.45164269921), (2.25, 55.67031466390), (1.5, 57.42972183679), (0.75, 60.09247583203),
        (0.3, 62.39543646429), (0.15, 63.56576930657), (0.03, 65.23092200366),
      ]),
    Case(
      strike: 40, rate: 0.06, dividend: 0, volatility: 0.4, maturity: 1,
      values: [
        (38, 6.1545897737678)
      ],
      boundary: [
        (1, 24.20027137808), (0.75, 25.18950186951), (0.5, 26.58848116161), (0.25, 28.90755641052),
        (0.1, 31.65958570769), (0.05, 33.42172279674), (0.01, 36.41003770620),
      ]),
    Case(
      strike: 40, rate: 0.06, dividend: 0, volatility: 0.2, maturity: 2,
      values: [
        (40, 2.8899511603941)
      ],
      boundary: [
        (2, 31.89880550553), (1.5, 32.30714456243), (1, 32.91466321458), (0.5, 33.98579371953),
        (0.2, 35.34233313695), (0.1, 36.25406321126), (0.02, 37.87680756307),
      ]),
    Case(
      strike: 100, rate: 0.05, dividend: 0, volatility: 0.2, maturity: 1,
      values: [
        (100, 6.0903705909601)
      ],
      boundary: [
        (1, 80.87505696755), (0.75, 82.14573893129), (0.5, 83.91961509042), (0.25, 86.80517466720),
        (0.1, 90.15204459506), (0.05, 92.25848171586), (0.01, 95.78281133142),
      ]),
    Case(
      strike: 100, rate: 0.05, dividend: 0.02, volatility: 0.3, maturity: 0.5,
      values: [
        (110, 4.2424630565833)
      ],
      boundary: [
        (0.5, 71.45957315011), (0.375, 73.69161661031), (0.25, 76.70349146651),
        (
          0.125,
          81.38677290367
        ), (0.05, 86.53547985790), (0.025, 89.63480905459), (0.005, 94.57896500054),
      ]),
    Case(
      strike: 100, rate: 0.04, dividend: 0.04, volatility: 0.15, maturity: 10,
      values: [
        (100, 14.6306477019716)
      ],
      boundary: [
        (10, 62.82900614427), (7.5, 64.11102259780), (5, 66.20190238391), (2.5, 70.31417880915),
        (
          1,
          76.13529456604
        ), (0.5, 80.36671419118), (0.1, 88.44851366174),
      ]),
    Case(
      strike: 100, rate: 0.08, dividend: 0.04, volatility: 0.2, maturity: 3,
      values: [
        (100, 8.9439796380105)
      ],
      boundary: [
        (3, 75.83420301265), (2.25, 76.89357732245), (1.5, 78.53098558250), (0.75, 81.55065239454),
        (0.3, 85.54654361575), (0.15, 88.30940133925), (0.03, 93.33258736860),
      ]),
  ]
}
