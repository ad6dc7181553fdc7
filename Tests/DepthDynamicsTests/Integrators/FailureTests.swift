import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// Integrations that cannot succeed say so at once, and say where and why.
@Suite struct FailureTests {
  /// A field from a closure, which counts its evaluations; used by one thread.
  final class Counted: VectorField, @unchecked Sendable {
    let dimension: Int
    private let function: (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    private(set) var count = 0

    init(
      _ dimension: Int, _ function: @escaping (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) {
      self.dimension = dimension
      self.function = function
    }

    func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      count += 1
      function(depth, state, result)
    }
  }

  private static func methods(_ relative: Double) throws -> [any Integrator] {
    let tolerances = try Tolerances(relative: relative, absolute: relative / 100)
    return [
      CVODE(.adams, tolerances: tolerances), CVODE(.bdf, tolerances: tolerances), ARKStep(tolerances: tolerances),
      CVODE(.bdf, tolerances: tolerances, iteration: .newton(.krylov)),
    ] + ERKStep.Pair.allCases.map { ERKStep($0, tolerances: tolerances) }
  }

  @Test(arguments: [1e-4, 1e-8, 1e-12])
  func fieldsThatEndAreNamedAtOnce(tolerance: Double) throws {
    let fields: [@Sendable (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void] = [
      // NaN from a depth on, after calm and after a pole, where it depends on the step whether one sees it
      { t, _, f in (f[0], f[1]) = (1, t < 0.5 ? 1 : .nan) },
      { t, _, f in (f[0], f[1]) = (1, t < 0.5 ? 1 / (0.5 - t) : .nan) },
      // h = (1 - t)^2 ends where its root does
      { _, h, f in (f[0], f[1]) = (1, -2 * h[1].squareRoot()) },
    ]
    for (index, function) in fields.enumerated() {
      for method in try Self.methods(tolerance) {
        let field = Counted(2, function)
        let problem = try InitialValueProblem(field: field, initialState: [0, 1], end: 10)
        let error = #expect(throws: IntegrationError.self, "\(method.name) \(index)") { try method.integrate(problem) }
        // a pole may be crept up to
        let isNamed = error?.reason == .nonFiniteField(component: 1) || (index == 1 && error?.reason == .stepUnderflow)
        #expect(isNamed, "\(method.name) \(index): \(String(describing: error))")
        #expect(error.map { $0.depth <= [0.5, 0.5, 1.01][index] && $0.depth > 0.3 } == true, "\(method.name) \(index)")
        #expect(error.map { $0.state.allSatisfy(\.isFinite) } == true)
        // the first component is the depth: the state is that of the depth, not of a step that failed
        #expect(error.map { abs($0.state[0] - $0.depth) < 1e-10 } == true, "\(method.name) \(index)")
        #expect(field.count < 500_000, "\(method.name) \(index): \(field.count)")
      }
    }
  }

  @Test(arguments: [1e-4, 1e-8, 1e-12])
  func blowUpEndsCleanly(tolerance: Double) throws {
    // y' = y^2 blows up at depth 1, in the second component
    for method in try Self.methods(tolerance) {
      let field = Counted(2) { _, h, f in (f[0], f[1]) = (-h[0], h[1] * h[1]) }
      let problem = try InitialValueProblem(field: field, initialState: [1, 1], end: 2)
      let error = try #require(
        #expect(throws: IntegrationError.self, "\(method.name)") { try method.integrate(problem) })
      #expect(abs(error.depth - 1) < 10 * max(tolerance, 1e-6), "\(method.name): \(error)")
      let isNamed = error.component == 1 || error.reason == .nonFiniteField(component: 1)
      #expect(isNamed || error.reason == .noConvergence, "\(method.name): \(error)")
      #expect(error.state[1] > 1e3 && field.count < 500_000, "\(method.name): \(field.count), \(error)")
    }
  }

  @Test func tooManyStepsAreCounted() throws {
    let tolerances = try Tolerances(relative: 1e-8, absolute: 1e-10)
    let problem = try InitialValueProblem(field: SpiralField(), initialState: [2, 0], end: 25)
    let methods: [any Integrator] = [
      CVODE(.adams, tolerances: tolerances, maximumSteps: 10), CVODE(.bdf, tolerances: tolerances, maximumSteps: 10),
      ERKStep(tolerances: tolerances, maximumSteps: 10), ARKStep(tolerances: tolerances, maximumSteps: 10),
    ]
    for method in methods {
      let error = #expect(throws: IntegrationError.self) { try method.integrate(problem) }
      #expect(error?.reason == .tooManySteps(limit: 10, isStiff: false), "\(method.name)")
      #expect(error?.component != nil && (error?.depth ?? 0) > 0)
    }
    let stiff = try InitialValueProblem(field: VanDerPolField(mu: 1000), initialState: [2, 0], end: 100)
    for method in [ERKStep(tolerances: tolerances, maximumSteps: 1000) as any Integrator] {
      let error = #expect(throws: IntegrationError.self) { try method.integrate(stiff) }
      #expect(error?.reason == .tooManySteps(limit: 1000, isStiff: true), "\(method.name)")
      #expect(error?.description.contains("cvode-bdf") == true)
    }
  }

  @Test func stepsOntoWhatIsNotFiniteAreTriedShorter() throws {
    // y follows cos t and is not defined further than 0.2 from it: trial steps of loose tolerances land there
    for method in try Self.methods(1e-2) {
      let field = Counted(1) { t, h, f in f[0] = abs(h[0] - cos(t)) < 0.2 ? -100 * (h[0] - cos(t)) : .nan }
      let problem = try InitialValueProblem(field: field, initialState: [1.15], end: 3)
      let end = try method.integrate(problem).finalState[0]
      // the slow manifold is y = cos t + sin t / 100 up to 1e-4
      #expect(abs(end - cos(3) - sin(3) / 100) < 0.1, "\(method.name): \(end)")
    }
  }

  @Test func messagesSayWhereAndWhatToTry() {
    let error = IntegrationError(reason: .stepUnderflow, depth: 0.5, state: [3, 4], component: 1)
    for part in ["0.5", "norm 5.0", "component 1", "try"] { #expect(error.description.contains(part)) }
  }

  /// Past the edge of the field's domain no pair may go on with what stands in for a NaN.
  @Test(arguments: ERKStep.Pair.allCases)
  func undefinedFieldsAreNoAnswer(pair: ERKStep.Pair) throws {
    for drift in ["-1 + 0*log(x)", "log(x) - 2"] {
      let problem = try InitialValueProblem(field: CustomField(drift: [drift]), initialState: [1], end: 5)
      for tolerance in [1e-3, 1e-6, 1e-10] {
        let method = ERKStep(pair, tolerances: try Tolerances(relative: tolerance, absolute: tolerance))
        let error = #expect(throws: IntegrationError.self) { try method.integrate(problem) }
        #expect(abs(error?.state.first ?? 9) < 1, "\(pair.rawValue) \(drift) \(tolerance): \(error?.state ?? [])")
      }
    }
  }
}
