import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

/// Orders by refinement on the same Brownian paths.
@Suite struct StochasticOrderTests {
  private static func order(
    _ diffusion: some Diffusion, from state: [Double], _ method: any StochasticMethod, coarsest: Int = 16,
    refinements: Int = 4, paths: Int = 4000
  ) throws -> StochasticOrder {
    try StochasticOrder(
      DiffusionProblem(diffusion: diffusion, initialState: state, end: 1), method: method, coarsest: coarsest,
      refinements: refinements, paths: paths, seed: 3, threads: 2)
  }

  @Test func eulerMaruyamaIsOfStrongOrderOneHalfAndMilsteinOfOrderOne() throws {
    let diffusion = GeometricBrownianMotion(growthRate: 0.5, volatility: 0.7)
    let euler = try Self.order(diffusion, from: [1], EulerMaruyama(), paths: 20_000)
    let milstein = try Self.order(diffusion, from: [1], Milstein(), paths: 20_000)
    #expect(euler.isAgainstExact)
    #expect(abs(try #require(euler.strongOrder).exponent - 0.5) < 0.05)
    #expect(abs(try #require(milstein.strongOrder).exponent - 1) < 0.05)
    #expect(try #require(milstein.strongOrder).standardError < 0.02)
    // the finest network's error shrinks by more than the square root
    #expect(milstein.strongErrors[4] < 0.2 * euler.strongErrors[4])
    #expect(abs(try #require(euler.weakOrder).exponent - 1) < 0.15)
  }

  @Test func additiveNoiseGivesEulerMaruyamaOrderOne() throws {
    let ou = OrnsteinUhlenbeck(dimension: 2, contractionRate: 1, noise: 0.5)
    let linear = try Self.order(ou, from: [1, 0], EulerMaruyama())
    #expect(!linear.isAgainstExact)
    #expect(abs(try #require(linear.strongOrder).exponent - 1) < 0.05)
    let nonlinear = try Self.order(NoisyField(field: SpiralField(), noise: 0.1), from: [1, 0], EulerMaruyama())
    #expect(abs(try #require(nonlinear.strongOrder).exponent - 1) < 0.1)
  }

  @Test func milsteinIsOfOrderOneForScalarNoise() throws {
    let euler = try Self.order(DiffusionTests.rotating, from: [1, 0.5], EulerMaruyama())
    let milstein = try Self.order(DiffusionTests.rotating, from: [1, 0.5], Milstein())
    #expect(abs(try #require(euler.strongOrder).exponent - 0.5) < 0.1)
    #expect(abs(try #require(milstein.strongOrder).exponent - 1) < 0.1)
  }

  @Test func milsteinIsOfOrderOneForCommutativeNoise() throws {
    let euler = try Self.order(DiffusionTests.commuting, from: [1, 0.5], EulerMaruyama())
    let milstein = try Self.order(DiffusionTests.commuting, from: [1, 0.5], Milstein())
    #expect(abs(try #require(euler.strongOrder).exponent - 0.5) < 0.1)
    #expect(abs(try #require(milstein.strongOrder).exponent - 1) < 0.1)
    let simplex = SimplexPosterior.equilateral(separation: 1, noise: 1)
    let posterior = try Self.order(simplex, from: [0.2, 0.3, 0.5], Milstein())
    #expect(abs(try #require(posterior.strongOrder).exponent - 1) < 0.1)
  }

  @Test func milsteinIsOfOrderOneForThePosterior() throws {
    let posterior = try Self.order(PosteriorDiffusion(hazard: 0.5, signalToNoise: 1), from: [0.3], Milstein())
    #expect(abs(try #require(posterior.strongOrder).exponent - 1) < 0.1)
  }

  /// With general noise Euler-Maruyama keeps order 1/2 and Milstein refuses.
  @Test func milsteinRefusesNoiseThatDoesNotCommute() throws {
    let euler = try Self.order(DiffusionTests.general, from: [1, 0.5], EulerMaruyama())
    #expect(abs(try #require(euler.strongOrder).exponent - 0.5) < 0.1)
    let refused = #expect(throws: InputError.self) {
      try Self.order(DiffusionTests.general, from: [1, 0.5], Milstein())
    }
    #expect(refused?.description.contains("commut") == true)
  }

  @Test func anExactMethodHasNoOrder() throws {
    let exact = try Self.order(
      OrnsteinUhlenbeck(contractionRate: 0, noise: 1), from: [0], ExactTransition(), paths: 100)
    #expect(exact.strongErrors.allSatisfy { $0 < 1e-14 } && exact.weakOrder == nil)
    #expect(throws: InputError.self) {
      try Self.order(PosteriorDiffusion(signalToNoise: 1), from: [0.5], ExactTransition())
    }
  }

  @Test func theTableCarriesIntervals() throws {
    let euler = try Self.order(
      GeometricBrownianMotion(growthRate: 0, volatility: 0.5), from: [1], EulerMaruyama(), refinements: 2, paths: 500)
    #expect(euler.blocks == [16, 32, 64])
    let (error, upper) = (try euler.table.numbers("strong_error"), try euler.table.numbers("strong_error_upper"))
    #expect(zip(error, upper).allSatisfy { $0 < $1 })
    #expect(throws: InputError.self) {
      try Self.order(DiffusionTests.rotating, from: [1, 1], EulerMaruyama(), refinements: 1)
    }
  }
}
