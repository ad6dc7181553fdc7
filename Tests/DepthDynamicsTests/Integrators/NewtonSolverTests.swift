import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// Implicit methods with dense, banded and matrix-free linear solvers.
@Suite struct NewtonSolverTests {
  /// `u_t = u_xx` on n inner points of (0, 1), zero at the ends: tridiagonal, stiff as 4 (n + 1)^2.
  struct Heat: VectorField {
    let dimension: Int

    func evaluate(depth: Double, state u: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      apply(u, result)
    }

    func applyJacobian(
      depth: Double, state: UnsafePointer<Double>, vector: UnsafePointer<Double>,
      into result: UnsafeMutablePointer<Double>
    ) {
      apply(vector, result)
    }

    private func apply(_ u: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>) {
      let (n, scale) = (dimension, Double((dimension + 1) * (dimension + 1)))
      for i in 0..<n {
        let (left, right) = (i == 0 ? 0 : u[i - 1], i == n - 1 ? 0 : u[i + 1])
        result[i] = scale * (left - 2 * u[i] + right)
      }
    }

    /// The k-th eigenvector, which decays by `exp(-rate t)`.
    func mode(_ k: Int) -> (vector: [Double], rate: Double) {
      let spacing = 1 / Double(dimension + 1)
      let half = sin(Double(k) * .pi * spacing / 2)
      return (
        (1...dimension).map { sin(Double(k) * .pi * Double($0) * spacing) }, 4 * half * half / (spacing * spacing)
      )
    }
  }

  private static func methods(_ tolerances: Tolerances, _ solver: NewtonSolver) -> [any Integrator] {
    [
      CVODE(.bdf, tolerances: tolerances, iteration: .newton(solver)),
      CVODE(.adams, tolerances: tolerances, iteration: .newton(solver)),
      ARKStep(tolerances: tolerances, solver: solver),
    ]
  }

  @Test(arguments: [NewtonSolver.dense, .banded(lower: 1, upper: 1), .banded(lower: 2, upper: 3), .krylov])
  func heatDecaysAtItsRates(solver: NewtonSolver) throws {
    let field = Heat(dimension: 30)
    let (slow, fast) = (field.mode(1), field.mode(7))
    let start = zip(slow.vector, fast.vector).map { $0 + 0.3 * $1 }
    let problem = try InitialValueProblem(field: field, initialState: start, end: 0.5)
    let tolerances = try Tolerances(relative: 1e-7, absolute: 1e-9)
    for method in Self.methods(tolerances, solver) {
      let trajectory = try method.integrate(problem)
      let (a, b) = (exp(-0.5 * slow.rate), 0.3 * exp(-0.5 * fast.rate))
      let error = (0..<30).map { abs(trajectory.finalState[$0] - a * slow.vector[$0] - b * fast.vector[$0]) }.max()!
      #expect(error < 1e-6, "\(method.name): \(error)")
      // stability holds an explicit method to steps of 3.3 / (4 * 31^2), 580 of them, and Adams' formulas of order 3 and more
      let steps = trajectory.statistics.steps
      #expect(steps < 400 || method.name.hasPrefix("cvode-adams"), "\(method.name): \(steps)")
      #expect((trajectory.statistics.jacobianEvaluations > 0) == (solver != .krylov))
    }
  }

  @Test func aFullBandIsTheDenseMatrix() throws {
    let core = TanhResidualCore(dimension: 5, width: 7, dependsOnDepth: true)
    let field = TanhResidualField(
      core: core, parameters: (0..<core.parameterCount).map { 0.8 * sin(1.7 * Double($0)) })
    let problem = try InitialValueProblem(field: field, initialState: [0.3, -0.2, 0.5, 0.1, -0.4], end: 2)
    let tolerances = try Tolerances(relative: 1e-9, absolute: 1e-11)
    for (dense, banded) in zip(
      Self.methods(tolerances, .dense), Self.methods(tolerances, .banded(lower: 4, upper: 4)))
    {
      let (a, b) = (try dense.integrate(problem), try banded.integrate(problem))
      #expect(a.statistics.steps == b.statistics.steps, "\(dense.name)")
      #expect(zip(a.finalState, b.finalState).allSatisfy { abs($0 - $1) < 1e-12 }, "\(dense.name)")
    }
  }

  @Test func bandsThatDoNotFitAreRefused() throws {
    let problem = try InitialValueProblem(field: Heat(dimension: 3), initialState: [1, 1, 1], end: 1)
    for solver in [NewtonSolver.banded(lower: 3, upper: 0), .banded(lower: 0, upper: -1)] {
      for method in Self.methods(try Tolerances(), solver) {
        #expect(throws: InputError.self) { try method.integrate(problem) }
      }
    }
  }

  @Test func implicitRungeKuttaHasItsOrder() throws {
    let ends = (1...6).map { 0.5 * Double($0) }
    let errors = try [20, 40, 80].map { count in
      let squares = try ends.map { end in
        let problem = try InitialValueProblem(field: OrderTests.DepthDependent(), initialState: [1, 1], end: end)
        var method = ARKStep(tolerances: try Tolerances(relative: 1e-12, absolute: 1e-13))
        method.fixedStep = 1 / Double(count)
        let error = OrderTests.exactError(try method.integrate(problem).finalState, at: end)
        return error * error
      }
      return (squares.reduce(0, +) / Double(ends.count)).squareRoot()
    }
    #expect(abs(log2(errors[0] / errors[2]) / 2 - 5) < 0.1, "\(errors)")
  }

  @Test func stiffChemistryMeetsItsReference() throws {
    // Hairer and Wanner II, the problem ROBER of their test set, at t = 0.4 and 40: five digits are printed by many codes
    let problem = try InitialValueProblem(field: RobertsonField(), initialState: [1, 0, 0], end: 40)
    let tolerances = try Tolerances(relative: 1e-7, absoluteByComponent: [1e-8, 1e-13, 1e-8])
    for method in Self.methods(tolerances, .dense) where !method.name.hasPrefix("cvode-adams") {
      let trajectory = try method.integrate(problem, saving: [0.4, 40], events: [])
      let expected = [[9.851721e-1, 3.386395e-5, 1.479402e-2], [7.158271e-1, 9.185535e-6, 2.841637e-1]]
      for (index, row) in expected.enumerated() {
        let state = trajectory.state(index)
        for i in 0..<3 { #expect(abs(state[i] / row[i] - 1) < 1e-5, "\(method.name) \(state)") }
      }
    }
  }

  @Test func componentsHaveTheirOwnTolerance() throws {
    // the second component is a million times smaller: only its own tolerance sees it
    struct Scaled: VectorField {
      var dimension: Int { 2 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = -state[0]
        result[1] = 1e-6 * cos(20 * depth)
      }
    }
    let problem = try InitialValueProblem(field: Scaled(), initialState: [1, 0], end: 3)
    let exact = 1e-6 * sin(60) / 20
    let each = try Tolerances(relative: 1e-6, absoluteByComponent: [1e-6, 1e-12])
    let methods: [any Integrator] = [
      CVODE(.adams, tolerances: each), CVODE(.bdf, tolerances: each), ERKStep(tolerances: each),
      ARKStep(tolerances: each),
    ]
    for method in methods {
      let error = abs(try method.integrate(problem).finalState[1] - exact)
      #expect(error < 20e-12, "\(method.name): \(error)")
    }
    let one = try Tolerances(relative: 1e-6, absolute: 1e-6)
    #expect(try abs(CVODE(.adams, tolerances: one).integrate(problem).finalState[1] - exact) > 1e-10)
    let three = try Tolerances(absoluteByComponent: [1e-6, 1e-12, 1e-6])
    #expect(throws: InputError.self) { try CVODE(.adams, tolerances: three).integrate(problem) }
    #expect(throws: InputError.self) { try ERKStep(tolerances: three).integrate(problem) }
    #expect(throws: InputError.self) { try Tolerances(absoluteByComponent: []) }
    #expect(throws: InputError.self) { try Tolerances(absoluteByComponent: [1e-6, 0]) }
  }
}
