import Testing

@testable import DepthDynamics

@Suite struct StiffnessProbeTests {
  private static func explicit(_ relative: Double) throws -> [any Integrator] {
    let tolerances = try Tolerances(relative: relative, absolute: relative / 100)
    return [CVODE(.adams, tolerances: tolerances)] + ERKStep.Pair.allCases.map { ERKStep($0, tolerances: tolerances) }
  }

  @Test(arguments: [1e-4, 1e-6, 1e-8])
  func stiffFieldsAreNoticed(tolerance: Double) throws {
    let problem = try InitialValueProblem(field: VanDerPolField(mu: 1000), initialState: [2, 0], end: 2)
    for method in try Self.explicit(tolerance) {
      let statistics = try method.integrate(problem).statistics
      #expect(statistics.isStiff, "\(method.name): \(statistics.steps) steps")
    }
    let bdf = CVODE(.bdf, tolerances: try Tolerances(relative: tolerance, absolute: tolerance / 100))
    #expect(try !bdf.integrate(problem).statistics.isStiff)
  }

  @Test(arguments: [1e-4, 1e-8, 1e-12])
  func smoothFieldsAreNot(tolerance: Double) throws {
    let spiral = try InitialValueProblem(field: SpiralField(), initialState: [2, 0], end: 25)
    let lorenz = try InitialValueProblem(field: LorenzField(), initialState: [1, 1, 1], end: 20)
    for method in try Self.explicit(tolerance) {
      #expect(try !method.integrate(spiral).statistics.isStiff, "\(method.name)")
      #expect(try !method.integrate(lorenz).statistics.isStiff, "\(method.name)")
    }
  }
}
