import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ScalingLimitTests {
  private static let block = RandomBlock(.tanh, dimension: 8)

  private static func limit(
    _ weights: RandomResidualNetworks.Weights, _ scalings: [Double], samples: Int = 240, threads: Int = 2
  ) throws -> ScalingLimit {
    try ScalingLimit(
      RandomResidualNetworks(block: block, weights: weights, seed: 5), blocks: [64, 128, 256, 512], scalings: scalings,
      samples: samples, threads: threads)
  }

  /// Independent weights: beta = 1/2 is critical, the exponent is 1/2 - beta.
  @Test func independentWeightsScaleAsAnSDE() throws {
    let limit = try Self.limit(.independent, [0.4, 0.5, 0.6, 0.75, 1])
    for (beta, fit) in zip(limit.scalings, limit.exponents) {
      #expect(abs(fit.exponent - (0.5 - beta)) < 0.05, "beta \(beta): \(fit)")
    }
    let critical = try #require(limit.criticalScaling)
    #expect(abs(critical - 0.5) < 0.05)
    #expect(try #require(limit.criticalScalingStandardError) < 0.02)
    #expect(limit.exponents[0].exponent > 0.05)
  }

  /// Weights smooth in depth: beta = 1 is critical, the exponent is 1 - beta.
  @Test func smoothWeightsScaleAsAnODE() throws {
    let limit = try Self.limit(.smooth, [0.9, 1, 1.1, 1.25, 1.5])
    for (beta, fit) in zip(limit.scalings, limit.exponents) {
      #expect(abs(fit.exponent - (1 - beta)) < 0.05, "beta \(beta): \(fit)")
    }
    #expect(abs(try #require(limit.criticalScaling) - 1) < 0.05)
    #expect(limit.exponents[0].exponent > 0.05)
  }

  /// `E |h_L|^2 / |h_0|^2 = (1 + 1/L)^L` for independent linear blocks, and the second moment of one block's ratio.
  @Test(arguments: [1, 8, 64]) func theLinearLawHoldsWithinThreeSigma(blocks: Int) {
    let d = 6
    let networks = RandomResidualNetworks(block: RandomBlock(.linear, dimension: d), weights: .independent, seed: 1)
    let n = 4000
    let ratios = Parallel.map(n, threads: 2) { network -> Double in
      networks.finalStates(network: network, blocks: blocks, scalings: [0.5]).reduce(0) { $0 + $1 * $1 } / Double(d)
    }
    let (a, width) = (1 / Double(blocks), Double(d))
    let mean = pow(1 + a, Double(blocks))
    let second = pow(1 + 2 * a + 4 * a / width + a * a * (1 + 2 / width), Double(blocks))
    let sigma = ((second - mean * mean) / Double(n)).squareRoot()
    #expect(abs(Statistics.mean(ratios) - mean) < 3 * sigma)
    #expect(abs(Statistics.variance(ratios) / (second - mean * mean) - 1) < 0.25)
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let limits = try [1, 3].map { try Self.limit(.independent, [0.5, 1], samples: 40, threads: $0) }
    #expect(limits[0] == limits[1])
  }

  @Test func interruptionEndsTheWork() {
    let networks = RandomResidualNetworks(block: Self.block, weights: .smooth)
    #expect(throws: SimulationInterrupted.self) {
      try ScalingLimit(
        networks, blocks: [1024, 2048], scalings: [1], samples: 1 << 30, shouldStop: { true })
    }
  }

  @Test func tablesAreTidy() throws {
    let limit = try Self.limit(.smooth, [1, 1.5], samples: 4)
    #expect(limit.table.rowCount == 8 && limit.exponentTable.rowCount == 2)
    #expect(try limit.exponentTable.numbers("predicted_exponent") == [0, -0.5])
    #expect(try limit.table.texts("weights").allSatisfy { $0 == "smooth" })
  }

  @Test func unusableRequestsAreRefused() {
    let networks = RandomResidualNetworks(block: Self.block, weights: .independent)
    for (blocks, scalings, samples) in [
      ([8], [0.5], 10), ([16, 8], [0.5], 10), ([8, 16], [], 10), ([8, 16], [1, 0.5], 10), ([8, 16], [0.5], 1),
      ([0, 8], [0.5], 10), ([8, 16], [.nan], 10),
    ] as [([Int], [Double], Int)] {
      #expect(throws: InputError.self) {
        try ScalingLimit(networks, blocks: blocks, scalings: scalings, samples: samples)
      }
    }
    // linear blocks of full size overflow
    let linear = RandomResidualNetworks(block: RandomBlock(.linear, dimension: 4), weights: .independent)
    #expect(throws: InputError.self) {
      try ScalingLimit(linear, blocks: [1024, 4096], scalings: [0, 0.5], samples: 4)
    }
  }
}

@Suite struct ScalingConvergenceTests {
  private static func convergence(
    _ weights: RandomResidualNetworks.Weights, samples: Int
  ) throws -> ScalingConvergence {
    try ScalingConvergence(
      RandomResidualNetworks(block: RandomBlock(.tanh, dimension: 6), weights: weights, seed: 2), coarsest: 32,
      doublings: 4, samples: samples, threads: 2)
  }

  @Test func independentWeightsConvergeAtRateOneHalf() throws {
    let convergence = try Self.convergence(.independent, samples: 1000)
    #expect(abs(convergence.rate.exponent + 0.5) < 0.05, "\(convergence.rate)")
    #expect(convergence.blocks == [32, 64, 128, 256])
  }

  @Test func smoothWeightsConvergeAtRateOne() throws {
    let convergence = try Self.convergence(.smooth, samples: 60)
    #expect(abs(convergence.rate.exponent + 1) < 0.05, "\(convergence.rate)")
    #expect(convergence.rate.standardError < 0.05)
  }

  @Test func unusableRequestsAreRefused() {
    let networks = RandomResidualNetworks(block: RandomBlock(.tanh, dimension: 2), weights: .smooth)
    #expect(throws: InputError.self) { try ScalingConvergence(networks, coarsest: 0, doublings: 3, samples: 8) }
    #expect(throws: InputError.self) { try ScalingConvergence(networks, coarsest: 8, doublings: 1, samples: 8) }
    #expect(throws: InputError.self) { try ScalingConvergence(networks, coarsest: 8, doublings: 3, samples: 1) }
  }
}
