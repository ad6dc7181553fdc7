import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct LogarithmicNormProfileTests {
  private static var method: ERKStep {
    get throws { ERKStep(tolerances: try Tolerances(relative: 1e-10, absolute: 1e-13)) }
  }

  @Test func linearDecayHasMinusItsLeastRateAndATightBound() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [0.5, 2]), initialState: [1, 1], end: 3)
    let profile = try LogarithmicNormProfile(
      problem, displacement: [0.3, 0], points: 20, integrator: Self.method)
    for norm in LogarithmicNorm.allCases {
      let column = profile[norm]
      for i in profile.depths.indices {
        #expect(column.values[i] == -0.5 && abs(column.integrals[i] + 0.5 * profile.depths[i]) < 1e-12)
        // along the slow axis the bound is attained
        #expect(abs(column.separations[i] / column.bounds[i] - 1) < 1e-9)
      }
    }
  }

  /// Gronwall's inequality is a theorem: no random field, no separation may break it.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func gronwallHoldsForSeparationsOfAnySize(seed: UInt64) throws {
    let d = 2 + Int(seed % 4)
    let field = RandomTanh.field(dimension: d, width: 6, scale: 0.9, seed: seed)
    let problem = try InitialValueProblem(
      field: field, initialState: RandomTanh.normals(d, scale: 1, seed: seed + 50), end: 3)
    for scale in [1e-4, 1.5] {
      let profile = try LogarithmicNormProfile(
        problem, displacement: RandomTanh.normals(d, scale: scale, seed: seed + 100), points: 30,
        integrator: Self.method)
      for column in profile.columns {
        #expect(column.worstRatio <= 1 + 1e-7, "\(column.norm) at scale \(scale)")
        // and the bound is the trajectories', not a constant: it is not absurdly far off
        #expect(column.separations.last! > 0)
      }
    }
  }

  @Test func theSeparationIsThatOfTwoIntegrations() throws {
    let (start, delta) = ([1.0, 2, 20], [0.1, -0.2, 0.05])
    let problem = try InitialValueProblem(field: LorenzField(), initialState: start, end: 1)
    let other = try InitialValueProblem(field: LorenzField(), initialState: zip(start, delta).map(+), end: 1)
    let (a, b) = (try Self.method.integrate(problem).finalState, try Self.method.integrate(other).finalState)
    let profile = try LogarithmicNormProfile(problem, displacement: delta, points: 5, integrator: Self.method)
    #expect(abs(profile[.two].separations[4] - BLAS.norm(3, zip(a, b).map { $1 - $0 })) < 1e-6)
    #expect(profile[.two].worstRatio <= 1 + 1e-9)
  }

  @Test func theFundamentalMatrixIsBoundedToo() throws {
    // ||S(t)||_2 <= exp(int mu_2) for the derivative with respect to the initial state
    let field = RandomTanh.field(dimension: 3, width: 8, scale: 0.8, seed: 77)
    let problem = try InitialValueProblem(field: field, initialState: [0.2, 0.1, -0.4], end: 2)
    let variational = VariationalField(of: field)
    let final = try Self.method.integrate(
      InitialValueProblem(field: variational, initialState: variational.initialState(problem.initialState), end: 2)
    ).finalState
    let norm = LinearSystems.spectralNorm(Array(final.suffix(9)), rows: 3, columns: 3)
    let profile = try LogarithmicNormProfile(
      problem, displacement: [1e-7, 0, 0], points: 3, integrator: Self.method)
    #expect(norm <= exp(profile[.two].integrals[2]) * (1 + 1e-6))
  }

  @Test func blocksWithJumpsKeepTheBound() throws {
    let field = BlockwiseField(
      blocks: (0..<4 as Range<UInt64>).map { RandomTanh.field(dimension: 3, width: 5, scale: 0.9, seed: $0) },
      blockSize: 0.3)
    let problem = try InitialValueProblem(field: field, initialState: [0.3, -0.2, 0.8], end: field.horizon)
    let profile = try LogarithmicNormProfile(
      problem, displacement: [0.2, 0.1, 0], points: 25, integrator: Self.method)
    for column in profile.columns { #expect(column.worstRatio <= 1 + 1e-7) }
    #expect(throws: InputError.self) {
      try LogarithmicNormProfile(problem, displacement: [0, 0, 0], points: 3, integrator: Self.method)
    }
  }
}
