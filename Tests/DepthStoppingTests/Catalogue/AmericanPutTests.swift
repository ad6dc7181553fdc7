import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct AmericanPutTests {
  private func reference(_ settings: [(String, Double)]) throws -> ReferenceSolution {
    let entry = try ProblemCatalogue.entry("american-put")
    return try entry.reference(entry.resolve(settings))
  }

  // K lam/(lam - 1), (K - B)(S/B)^lam with 20 digits
  @Test func perpetualClosedForm() throws {
    let first = try reference([("r", 0.05), ("sigma", 0.2), ("T", .infinity)])
    #expect(abs(first.boundary[0] - 71.428571428571428571) < 1e-12)
    for (state, value) in [(90.0, 16.032660374595039214), (110, 9.7080086261882309526), (150, 4.4707843170868430048)] {
      #expect(abs(first.value([state])! - value) < 1e-12)
    }
    let second = try reference([("K", 1), ("r", 0.1), ("sigma", 0.3), ("T", .infinity)])
    #expect(abs(second.boundary[0] - 0.68965517241379310345) < 1e-15)
    #expect(abs(second.value([1])! - 0.13590922970404869265) < 1e-15)
  }

  @Test(arguments: [(0.05, 0.08, 0.2), (0.08, 0.05, 0.2), (0.3, 0.3, 0.05), (0.001, 1, 2)])
  func perpetualExponentSolvesItsQuadratic(rate: Double, dividend: Double, volatility: Double) {
    let equation = PutEquation(rate: rate, dividend: dividend, volatility: volatility)
    let l = -equation.perpetualExponent
    let terms = [volatility * volatility * l * (l - 1) / 2, (rate - dividend) * l, -rate]
    #expect(abs(terms.reduce(0, +)) < 1e-14 * terms.map(abs).max()!)
    #expect(equation.perpetualBoundary < equation.limit)
  }

  @Test func refusalsAreByName() throws {
    let entry = try ProblemCatalogue.entry("american-put")
    #expect(throws: InputError.self) { try entry.resolve([("r", -0.01)]) }
    #expect(throws: InputError.self) { try entry.resolve([("q", -0.01)]) }
    #expect(throws: InputError.self) { try entry.resolve([("T", 0)]) }
    #expect(throws: InputError.self) { try entry.resolve([("T", .nan)]) }
    #expect(throws: InputError.self) { try entry.resolve([("K", .infinity)]) }
    let endless = try entry.resolve([("r", 0), ("T", .infinity)])
    let error = #expect(throws: InputError.self) { try entry.problem(endless) }
    #expect(error?.description.contains("no optimal depth") == true)
    let perpetual = try entry.problem(entry.resolve([("T", .infinity)]))
    #expect(perpetual.horizon == nil)
    #expect(IntegralEquation().objection(to: perpetual)?.contains("finite horizon") == true)
    #expect(throws: StoppingError.self) { try reference([("T", 1)]) }
    #expect(perpetual.parameters["maturity"] == .string("inf"))
  }
}

/// The put without a horizon by smooth fit against its closed form.
@Suite struct PerpetualPutTests {
  @Test func smoothFitIsProvenOnRandomInstances() throws {
    let entry = try ProblemCatalogue.entry("american-put")
    var stream = RandomStream(seed: 61)
    var (certified, widths): (Int, [Double]) = (0, [])
    for index in 0..<200 {
      let u = stream.uniforms(4)
      let (strike, rate, sigma) = (pow(100, u[0]), 0.01 * pow(10, u[1]), 0.1 + 0.3 * u[2])
      let dividend = [0, rate * u[3], rate, rate * (1 + 2 * u[3])][index % 4]
      let settings = [("K", strike), ("r", rate), ("q", dividend), ("sigma", sigma), ("T", .infinity)]
      let values = try entry.resolve(settings)
      let reference = try entry.reference(values)
      let states = [0.9, 1, 1.001, 1.1, 1.5, 3].map { [reference.boundary[0] * $0] } + [[strike]]
      let solution = try SmoothFit().solve(entry.problem(values), at: states)
      if solution.values.allSatisfy({ $0.boundKind == .certified }) { certified += 1 }
      for value in solution.values {
        let exact = reference.value(value.at)!
        #expect(
          abs(value.value - exact) <= value.errorBound + 4e-16 * strike,
          "\(settings) at \(value.at): off by \(value.value - exact), bound \(value.errorBound)")
        widths.append(value.errorBound / strike)
      }
      let found = solution.boundary.points.map { $0.at[0] }
      #expect(found.count == 1 && abs(found[0] - reference.boundary[0]) <= solution.boundary.errorBound)
    }
    widths.sort()
    #expect(certified >= 190, "certified \(certified) of 200")
    #expect(widths[widths.count / 2] < 1e-11 && widths.last! < 1e-8, "\(widths.suffix(3))")
  }
}
