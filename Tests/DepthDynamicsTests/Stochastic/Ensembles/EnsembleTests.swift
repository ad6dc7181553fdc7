import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct EnsembleTests {
  private static func run(
    _ diffusion: some Diffusion, from state: [Double], end: Double = 1, at depths: [Double] = [1], paths: Int = 20_000,
    blocks: Int = 64, method: any StochasticMethod = EulerMaruyama(), seed: UInt64 = 1, threads: Int = 2, kept: Int = 0
  ) throws -> Ensemble {
    try EnsembleSimulation(
      paths: paths, blocks: blocks, method: method, seed: seed, threads: threads, keptPaths: kept
    ).run(DiffusionProblem(diffusion: diffusion, initialState: state, end: end), saving: depths)
  }

  /// The value lies within `sigmas` standard errors of the truth.
  private static func near(_ value: Double, _ truth: Double, _ error: Double, sigmas: Double = 4) -> Bool {
    abs(value - truth) < sigmas * error
  }

  @Test func theExactLawOfOrnsteinUhlenbeck() throws {
    let (a, s) = (1.3, 0.6)
    let ou = OrnsteinUhlenbeck(dimension: 2, contractionRate: a, noise: s)
    let depths = [0.0, 0.1, 0.5, 0.77, 2]
    let n = 40_000
    let ensemble = try Self.run(
      ou, from: [1, -2], end: 2, at: depths, paths: n, blocks: 20, method: ExactTransition())
    #expect(ensemble.stepError == nil && ensemble.isExact)
    for (index, t) in depths.enumerated() {
      let moments = ensemble.moments[index]
      let variance = s * s * (1 - exp(-2 * a * t)) / (2 * a)
      for (i, start) in [1.0, -2].enumerated() {
        #expect(Self.near(moments.mean[i], start * exp(-a * t), (variance / Double(n)).squareRoot() + 1e-15))
        #expect(Self.near(moments.variance[i], variance, variance * (2 / Double(n)).squareRoot() + 1e-15))
      }
      let covariance = try #require(moments.covariance)
      #expect(Self.near(covariance[1], 0, variance / Double(n).squareRoot() + 1e-15))
      #expect(ensemble.exact[index]?.variance.map { abs($0[0] - variance) < 1e-14 } == true)
    }
  }

  /// Euler-Maruyama's own mean and variance are recursions: weak order 1 against the exact moments, checked exactly.
  @Test(arguments: [4, 16, 64]) func eulerMaruyamaHasTheMomentsOfItsRecursion(blocks: Int) throws {
    let (a, s, n) = (1.0, 0.5, 40_000)
    let ou = OrnsteinUhlenbeck(contractionRate: a, noise: s)
    let moments = try Self.run(ou, from: [2], paths: n, blocks: blocks).moments[0]
    let step = 1 / Double(blocks)
    var variance = 0.0
    for _ in 0..<blocks { variance = (1 - a * step) * (1 - a * step) * variance + s * s * step }
    #expect(Self.near(moments.mean[0], 2 * pow(1 - a * step, Double(blocks)), moments.standardError[0]))
    #expect(Self.near(moments.variance[0], variance, variance * (2 / Double(n)).squareRoot()))
    let (mu, sigma) = (0.4, 0.3)
    let gbm = GeometricBrownianMotion(growthRate: mu, volatility: sigma)
    let asset = try Self.run(gbm, from: [1], paths: n, blocks: blocks).moments[0]
    #expect(Self.near(asset.mean[0], pow(1 + mu * step, Double(blocks)), asset.standardError[0]))
  }

  @Test func theStepErrorIsTheBias() throws {
    let mu = 1.0
    let gbm = GeometricBrownianMotion(growthRate: mu, volatility: 0.2)
    let ensemble = try Self.run(gbm, from: [1], blocks: 50)
    let error = try #require(ensemble.stepError)
    let bias = pow(1 + mu / 50, 50) - exp(mu)
    #expect(abs(error.meanBias[0][0] / bias - 1) < 0.1)
    #expect(error.bound > abs(bias) * 0.9 && error.bound < 1.5 * abs(bias))
    let variance = pow((1 + mu / 50) * (1 + mu / 50) + 0.04 / 50, 50) - pow(1 + mu / 50, 100)
    let exact = exp(2 * mu) * expm1(0.04)
    #expect(abs(error.varianceBias[0][0] / (variance - exact) - 1) < 0.25)
  }

  /// `E h h^T` of a linear diffusion's network obeys `M' = (I + A D) M (I + A D)^T + D sum_j B_j M B_j^T`.
  @Test func theLinearLawHoldsWithinThreeSigma() throws {
    let (a, b) = ([-0.5, 0.3, -0.2, -0.4], [[0.3, 0.1, 0.1, 0.3], [0.0, 0.5, -0.2, 0.2]])
    let diffusion = LinearDiffusion(drift: a, noise: b)
    #expect(diffusion.noiseStructure == .general)
    let (blocks, n) = (10, 40_000)
    let ensemble = try Self.run(diffusion, from: [1, 0.5], paths: n, blocks: blocks, kept: n)
    func conjugate(_ g: [Double], _ m: [Double]) -> [Double] {
      var (left, both) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
      BLAS.multiply(rows: 2, columns: 2, inner: 2, g, .normal, m, .normal, into: &left)
      BLAS.multiply(rows: 2, columns: 2, inner: 2, left, .normal, g, .transposed, into: &both)
      return both
    }
    let step = 1 / Double(blocks)
    let block = zip(a, [1.0, 0, 0, 1]).map { step * $0 + $1 }
    var second = [1, 0.5, 0.5, 0.25]
    for _ in 0..<blocks {
      let noise = b.map { conjugate($0, second) }
      second = zip(conjugate(block, second), zip(noise[0], noise[1])).map { $0 + step * ($1.0 + $1.1) }
    }
    let norms = (0..<n).map { path in ensemble.path(path)[0].reduce(0) { $0 + $1 * $1 } }
    #expect(Self.near(Statistics.mean(norms), second[0] + second[3], Statistics.standardError(norms), sigmas: 3))
    let products = (0..<n).map { path in ensemble.path(path)[0][0] * ensemble.path(path)[0][1] }
    #expect(Self.near(Statistics.mean(products), second[1], Statistics.standardError(products), sigmas: 3))
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let simplex = SimplexPosterior.equilateral(separation: 2, noise: 1)
    let runs = try [1, 2, 3, 7].map {
      try Self.run(
        simplex, from: [0.2, 0.3, 0.5], at: [0.25, 0.3, 1], paths: 1000, blocks: 33, method: Milstein(), threads: $0,
        kept: 100)
    }
    #expect(runs.allSatisfy { $0 == runs[0] })
    #expect(runs[0].stepError != nil)
  }

  /// A path is a function of seed and number: neither more paths nor depths to save at change it.
  @Test func pathsAreTheirOwn() throws {
    let ou = OrnsteinUhlenbeck(dimension: 3, contractionRate: 1, noise: 0.5)
    let state = [1.0, 0, -1]
    let few = try Self.run(ou, from: state, at: [1], paths: 70, blocks: 10, kept: 70)
    let many = try Self.run(ou, from: state, at: [0, 0.05, 0.07, 0.5, 0.93, 1], paths: 200, blocks: 10, kept: 200)
    for path in [0, 63, 64, 69] { #expect(few.path(path)[0] == many.path(path)[5]) }
    #expect(many.path(3)[0] == state)
    let reseeded = try Self.run(ou, from: state, at: [1], paths: 70, blocks: 10, seed: 2, kept: 70)
    #expect(reseeded.path(0) != few.path(0))
  }

  /// Depths off the steps' ends: on Brownian motion the side steps have exactly the law of W, whatever the grid.
  @Test func sideStepsFollowTheBrownianBridge() throws {
    let n = 40_000
    let depths = [0.1, 0.3, 0.35, 0.5, 0.9]
    let brownian = OrnsteinUhlenbeck(contractionRate: 0, noise: 1)
    let ensemble = try Self.run(brownian, from: [0], at: depths, paths: n, blocks: 2, kept: n)
    let columns = depths.indices.map { saved in (0..<n).map { ensemble.paths[$0 * depths.count + saved] } }
    for (i, s) in depths.enumerated() {
      for (j, t) in depths.enumerated() {
        let products = zip(columns[i], columns[j]).map { $0 * $1 }
        #expect(Self.near(Statistics.mean(products), min(s, t), Statistics.standardError(products)))
      }
    }
  }

  /// The exact law off the steps' ends, jointly: `Cov(X_s, X_t) = e^(-a (t - s)) Var X_s`.
  @Test func theExactLawIsExactBetweenSteps() throws {
    let (n, a, depths) = (40_000, 2.0, [0.2, 0.4, 0.8])
    let ensemble = try Self.run(
      OrnsteinUhlenbeck(contractionRate: a, noise: 1), from: [0], at: depths, paths: n, blocks: 2,
      method: ExactTransition(), kept: n)
    let columns = depths.indices.map { saved in (0..<n).map { ensemble.paths[$0 * depths.count + saved] } }
    for (i, s) in depths.enumerated() {
      for (j, t) in depths.enumerated() where t >= s {
        let products = zip(columns[i], columns[j]).map { $0 * $1 }
        let truth = exp(-a * (t - s)) * (1 - exp(-2 * a * s)) / (2 * a)
        #expect(Self.near(Statistics.mean(products), truth, Statistics.standardError(products)))
      }
    }
  }

  @Test func posteriorsAreMartingalesAndStayProbabilities() throws {
    let depths = [0.5, 1, 2]
    let test = try Self.run(PosteriorDiffusion(signalToNoise: 1.5), from: [0.3], end: 2, at: depths, blocks: 200)
    let disorder = try Self.run(
      PosteriorDiffusion(hazard: 0.7, signalToNoise: 1), from: [0.1], end: 2, at: depths, blocks: 400,
      method: Milstein())
    for (index, t) in depths.enumerated() {
      #expect(Self.near(test.moments[index].mean[0], 0.3, test.moments[index].standardError[0]))
      let bias = try #require(disorder.stepError).meanBias[index][0]
      #expect(
        Self.near(
          disorder.moments[index].mean[0], 1 - 0.9 * exp(-0.7 * t) + bias, disorder.moments[index].standardError[0]))
    }
    #expect(test.confinedCount == 0)
    let coarse = try Self.run(
      PosteriorDiffusion(signalToNoise: 3), from: [0.5], end: 4, at: [4], paths: 500, blocks: 4, kept: 500)
    #expect(coarse.confinedCount > 0 && coarse.paths.allSatisfy { (0...1).contains($0) })
  }

  /// The limit of independent linear blocks: `E |h_L|^2 = (1 + 1/L)^L |h_0|^2` block by block, `e` in the limit.
  @Test func randomLinearBlocksHaveTheirLaw() throws {
    let diffusion = RandomBlocksDiffusion(block: RandomBlock(.linear, dimension: 4), seed: 1)
    let (blocks, n) = (8, 4000)
    let ensemble = try Self.run(diffusion, from: [1, 1, 1, 1], paths: n, blocks: blocks, kept: n)
    let squares = (0..<n).map { path in ensemble.path(path)[0].reduce(0) { $0 + $1 * $1 } / 4 }
    #expect(Self.near(Statistics.mean(squares), pow(1.125, 8), Statistics.standardError(squares), sigmas: 3))
    let exact = try #require(ensemble.exact[0]?.variance)
    let growth: Double = exact.reduce(0, +) / 4
    #expect(abs(growth - expm1(1)) < 1e-14)
  }

  @Test func noiselessEnsemblesAreEulersScheme() throws {
    let field = NoisyField(field: SpiralField(), noise: 0)
    let ensemble = try Self.run(field, from: [1, 0.5], at: [0.5, 1], paths: 3, blocks: 10)
    let problem = try InitialValueProblem(field: SpiralField(), initialState: [1, 0.5], end: 1)
    let euler = try Euler(blocks: 10).integrate(problem, saving: [0.5, 1], until: nil)
    for saved in 0...1 {
      #expect(zip(ensemble.moments[saved].mean, euler.state(saved)).allSatisfy { abs($0 - $1) < 1e-14 })
      #expect(ensemble.moments[saved].variance.allSatisfy { $0 < 1e-28 })
    }
  }
}
