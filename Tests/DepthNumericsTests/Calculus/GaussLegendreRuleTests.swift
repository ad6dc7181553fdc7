import DepthNumerics
import Foundation
import Testing

@Suite struct GaussLegendreRuleTests {
  // Abramowitz and Stegun, table 25.4
  @Test func fiveNodesMatchTheTable() {
    let rule = GaussLegendreRule(count: 5)
    for (x, exact) in zip(
      rule.nodes, [-0.906179845938664, -0.538469310105683, 0, 0.538469310105683, 0.906179845938664])
    {
      #expect(abs(x - exact) < 1e-15)
    }
    for (w, exact) in zip(rule.weights, [0.236926885056189, 0.478628670499366, 0.568888888888889]) {
      #expect(abs(w - exact) < 1e-15)
    }
  }

  @Test(arguments: [1, 2, 7, 24, 64, 151])
  func polynomialsOfTwiceTheDegreeAreExact(count: Int) {
    let rule = GaussLegendreRule(count: count)
    #expect(zip(rule.nodes, rule.nodes.dropFirst()).allSatisfy { $0 < $1 })
    let power = 2 * count - 2
    let integral = rule.integrate(from: -1, to: 1) { pow($0, Double(power)) }
    #expect(abs(integral - 2 / Double(power + 1)) < 1e-13)
    #expect(abs(rule.weights.reduce(0, +) - 2) < 1e-14 * Double(count))
  }

  @Test func interpolationConvergesGeometrically() {
    let errors = [8, 16, 24].map { count -> Double in
      let rule = GaussLegendreRule(count: count)
      let values = rule.nodes.map { exp(sin(3 * $0)) }
      var row = values
      return stride(from: -1.0, through: 1, by: 0.01).map { x in
        let direct = rule.interpolate(values, at: x)
        rule.interpolationRow(at: x, into: &row)
        #expect(abs(zip(row, values).reduce(0) { $0 + $1.0 * $1.1 } - direct) < 1e-13)
        return abs(direct - exp(sin(3 * x)))
      }.max()!
    }
    #expect(errors[1] < 1e-2 * errors[0] && errors[2] < 1e-2 * errors[1])
    let rule = GaussLegendreRule(count: 9)
    #expect(rule.interpolate(rule.nodes.map { $0 * $0 }, at: rule.nodes[3]) == rule.nodes[3] * rule.nodes[3])
  }
}
