import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct FieldNormEnvelopeTests {
  private var method: ERKStep { get throws { ERKStep(tolerances: try Tolerances(relative: 1e-11, absolute: 1e-14)) } }

  @Test func linearDecayIsGeometricWithItsRate() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [0.8, 0.8]), initialState: [3, -4], end: 5)
    let envelope = try FieldNormEnvelope(
      problem, at: problem.depths(points: 50), integrator: method, resolution: 1e-9, floor: 1e-12)
    let fit = try #require(envelope.laws).best
    #expect(fit.law == .geometric && abs(fit.decay - 0.8) < 1e-9 && abs(fit.scale - 4) < 1e-8)
    for rate in envelope.localRates { #expect(abs(rate - 0.8) < 1e-14) }
    for (t, norm) in zip(envelope.depths, envelope.norms) { #expect(abs(norm / (4 * exp(-0.8 * t)) - 1) < 1e-9) }
    #expect(envelope.warnings.isEmpty, "\(envelope.warnings)")
    #expect(try #require(envelope.rateDeviation(of: fit)) < 1e-8)
  }

  @Test func localRatesOfADepthDependentFieldMatchDifferences() throws {
    let field = RandomTanh.field(dimension: 3, width: 5, scale: 0.7, seed: 4)
    let problem = try InitialValueProblem(field: field, initialState: [0.5, -1, 0.2], end: 2)
    let step = 1e-4
    let depths = [0.5, 1.1, 1.7].flatMap { [$0 - step, $0, $0 + step] }
    let verner = ERKStep(.verner, tolerances: try Tolerances(relative: 1e-13, absolute: 1e-15))
    // each depth the end of an integration: dense output would add its own error
    let norms = try depths.map { depth in
      let ending = try InitialValueProblem(field: field, initialState: problem.initialState, end: depth)
      return BLAS.norm(3, field(depth: depth, state: try verner.integrate(ending).finalState))
    }
    let envelope = try FieldNormEnvelope(problem, at: [0.5, 1.1, 1.7], integrator: verner)
    for i in 0..<3 {
      let difference = -(log(norms[3 * i + 2]) - log(norms[3 * i])) / (2 * step)
      #expect(abs(envelope.localRates[i] - difference) < 1e-6 * max(1, abs(difference)))
    }
  }

  @Test func quadraticDecayIsAPowerLaw() throws {
    // h' = -h^2, h(0) = 1: f = -(1 + t)^-2, local rate 2/(1 + t)
    struct Quadratic: VectorField {
      var dimension: Int { 1 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        result[0] = -state[0] * state[0]
      }
    }
    let problem = try InitialValueProblem(field: Quadratic(), initialState: [1], end: 20)
    let envelope = try FieldNormEnvelope(
      problem, at: problem.depths(points: 100), integrator: method, resolution: 1e-8)
    let laws = try #require(envelope.laws)
    #expect(laws.best.law == .power && abs(laws.best.decay - 2) < 1e-7 && laws.weights[1] > 0.999)
    for (t, rate) in zip(envelope.depths, envelope.localRates) { #expect(abs(rate * (1 + t) / 2 - 1) < 1e-6) }
    // the rates do drift, and this is said although the law is right
    #expect(envelope.warnings.count == 1 && envelope.warnings[0].contains("drift"))
  }

  @Test func aMixtureOfExponentialsIsFlagged() throws {
    // 12 modes with rates from 0.03 to 30: ||f|| looks like a power law on [0, 20]
    let rates = (0..<12).map { 0.03 * pow(1000, Double($0) / 11) }
    let problem = try InitialValueProblem(
      field: LinearDecayField(rates: rates), initialState: rates.map { pow($0, -0.6) }, end: 20)
    let envelope = try FieldNormEnvelope(problem, at: problem.depths(points: 200), integrator: method, resolution: 1e-8)
    let laws = try #require(envelope.laws)
    // an exponential is far off; the others come within a tenth or so of a curve that neither of them is
    #expect(laws.best.law != .geometric && laws.weights[0] < 1e-9)
    #expect(laws.best.worstDeviation > 0.01)
    #expect(envelope.warnings.contains { $0.contains("mimics") }, "\(envelope.warnings)")
    // the exact rate is the modes' weighted mean, falling towards the slowest
    let range = try #require(envelope.rateRange)
    #expect(range.upperBound < 30 && range.lowerBound > 0.03 && range.upperBound / range.lowerBound > 10)
  }

  @Test func growthRotationAndRestAreSaid() throws {
    func envelope(_ field: some VectorField, _ state: [Double]) throws -> FieldNormEnvelope {
      let problem = try InitialValueProblem(field: field, initialState: state, end: 2)
      return try FieldNormEnvelope(problem, at: problem.depths(points: 40), integrator: method, floor: 1e-12)
    }
    #expect(try envelope(LinearDecayField(rates: [-1]), [1]).warnings[0].contains("grows throughout"))
    #expect(try envelope(SpiralField(), [2, 0]).warnings[0].contains("grows at some depths"))
    let rest = try envelope(LinearDecayField(rates: [1]), [0])
    #expect(rest.laws == nil && rest.rateRange == nil && rest.omitted == 40 && rest.warnings.count == 2)
  }
}
