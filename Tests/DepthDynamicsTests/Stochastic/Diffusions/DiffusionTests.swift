import DepthNumerics
import DepthRuns
import Testing

@testable import DepthDynamics

@Suite struct DiffusionTests {
  static let commuting = LinearDiffusion(
    drift: [-0.5, 0.3, -0.2, -0.4], noise: [[0.3, 0.1, 0.1, 0.3], [0.2, -0.1, -0.1, 0.2]])
  static let rotating = LinearDiffusion(drift: [-0.5, 0, 0, -0.5], noise: [[0.1, -0.6, 0.6, 0.1]])
  static let general = LinearDiffusion(drift: [0, 0, 0, 0], noise: [[0, 1, 0, 0], [0, 0, 1, 0]])

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let diffusion: any Diffusion
    let state: [Double]
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "ou", diffusion: OrnsteinUhlenbeck(dimension: 2, contractionRate: 1, noise: 0.4), state: [0.3, -1]),
    Case(name: "gbm", diffusion: GeometricBrownianMotion(growthRate: 0.1, volatility: 0.3), state: [1.2]),
    Case(name: "posterior", diffusion: PosteriorDiffusion(hazard: 0.5, signalToNoise: 2), state: [0.3]),
    Case(name: "simplex", diffusion: SimplexPosterior.equilateral(separation: 2, noise: 0.7), state: [0.2, 0.5, 0.3]),
    Case(name: "noisy field", diffusion: NoisyField(field: LorenzField(), noise: 0.3), state: [1, 2, 3]),
    Case(name: "linear, commuting", diffusion: commuting, state: [0.4, -0.8]),
    Case(name: "linear, scalar", diffusion: rotating, state: [0.4, -0.8]),
    Case(name: "linear, general", diffusion: general, state: [0.4, -0.8]),
    Case(
      name: "random blocks",
      diffusion: RandomBlocksDiffusion(block: RandomBlock(.tanh, dimension: 2, width: 3), seed: 1),
      state: [0.4, -0.8]),
    Case(
      name: "random linear blocks",
      diffusion: RandomBlocksDiffusion(block: RandomBlock(.linear, dimension: 2), seed: 1),
      state: [0.4, -0.8]),
  ]

  /// sigma and its derivative at one state, d x m even where the layout is diagonal.
  static func sigma(_ diffusion: some Diffusion, _ state: [Double], along v: [Double]? = nil) -> [Double] {
    let (d, m) = (diffusion.dimension, diffusion.noiseDimension)
    var entries = [Double](repeating: .nan, count: diffusion.noiseEntries)
    if let v {
      diffusion.applyNoiseDerivative(depth: 0.2, states: state, directions: v, count: 1, into: &entries)
    } else {
      diffusion.noise(depth: 0.2, states: state, count: 1, into: &entries)
    }
    guard diffusion.noiseLayout == .diagonal else { return entries }
    return (0..<(d * m)).map { $0 / m == $0 % m ? entries[$0 / m] : 0 }
  }

  private static func column(_ matrix: [Double], _ j: Int, of m: Int) -> [Double] {
    stride(from: j, to: matrix.count, by: m).map { matrix[$0] }
  }

  @Test(arguments: cases) func theNoisesDerivativeIsItsDifference(_ test: Case) {
    let v = test.state.indices.map { 0.3 - 0.5 * Double($0) }
    let step = 1e-5
    func shifted(_ sign: Double) -> [Double] { zip(test.state, v).map { $0 + sign * step * $1 } }
    let (up, down) = (Self.sigma(test.diffusion, shifted(1)), Self.sigma(test.diffusion, shifted(-1)))
    let exact = Self.sigma(test.diffusion, test.state, along: v)
    for i in exact.indices { #expect(abs(exact[i] - (up[i] - down[i]) / (2 * step)) < 1e-8) }
  }

  /// `L^i sigma_j = L^j sigma_i` holds exactly where the structure says so.
  @Test(arguments: cases) func theDeclaredStructureIsTrue(_ test: Case) {
    let m = test.diffusion.noiseDimension
    let sigma = Self.sigma(test.diffusion, test.state)
    var worst = 0.0
    for i in 0..<m {
      for j in 0..<m {
        let ij = Self.column(Self.sigma(test.diffusion, test.state, along: Self.column(sigma, i, of: m)), j, of: m)
        let ji = Self.column(Self.sigma(test.diffusion, test.state, along: Self.column(sigma, j, of: m)), i, of: m)
        worst = zip(ij, ji).reduce(worst) { max($0, abs($1.0 - $1.1)) }
      }
    }
    #expect(test.diffusion.noiseStructure == .general ? worst > 0.01 : worst < 1e-14)
    #expect(test.diffusion.noiseStructure != .scalar || m == 1)
    #expect(test.diffusion.noiseLayout != .diagonal || m == test.diffusion.dimension)
  }

  @Test func everyStateOfAGroupIsEvaluatedAlike() {
    for test in Self.cases {
      let d = test.diffusion.dimension
      let states = (0..<5).flatMap { row in test.state.map { $0 * (1 + 0.1 * Double(row)) } }
      var all = [Double](repeating: 0, count: 5 * d)
      test.diffusion.drift(depth: 0.1, states: states, count: 5, into: &all)
      for row in 0..<5 {
        var one = [Double](repeating: 0, count: d)
        test.diffusion.drift(depth: 0.1, states: Array(states[(row * d)..<(row * d + d)]), count: 1, into: &one)
        #expect(zip(one, all[(row * d)..<(row * d + d)]).allSatisfy { abs($0 - $1) < 1e-14 }, "\(test.name)")
      }
    }
  }

  @Test func outsideStatesArePutBack() {
    var states = [-0.1, 0.4, 1.5]
    #expect(PosteriorDiffusion(signalToNoise: 1).confine(&states, count: 3) == 2)
    #expect(states == [0, 0.4, 1])
    var simplex = [0.5, 0.75, -0.25, 0.2, 0.3, 0.5]
    #expect(SimplexPosterior.equilateral(separation: 1, noise: 1).confine(&simplex, count: 2) == 1)
    #expect(simplex == [0.4, 0.6, 0, 0.2, 0.3, 0.5])
  }

  @Test func theCatalogueAcceptsItsOwnDefaultsAndAliases() throws {
    for entry in DiffusionCatalogue.entries {
      let values = try entry.resolve([])
      let diffusion = entry.diffusion(values)
      #expect(entry.initialState(values).count == diffusion.dimension && entry.horizon(values) > 0)
    }
    let entry = try DiffusionCatalogue.entry("ou-contraction")
    let values = try entry.resolve([("a", 2), ("s", 0.3), ("c", 0.1), ("dimension", 4)])
    #expect(values["contraction_rate"] == 2 && entry.diffusion(values).dimension == 4)
    #expect(throws: InputError.self) { try entry.resolve([("noise", -1)]) }
    #expect(throws: InputError.self) { try DiffusionCatalogue.entry("ou-contractoin") }
  }

  @Test func problemsOutsideTheStateSpaceAreRefused() {
    let posterior = PosteriorDiffusion(signalToNoise: 1)
    #expect(throws: InputError.self) { try DiffusionProblem(diffusion: posterior, initialState: [1.5], end: 1) }
    #expect(throws: InputError.self) { try DiffusionProblem(diffusion: posterior, initialState: [0.5, 0.5], end: 1) }
    #expect(throws: InputError.self) { try DiffusionProblem(diffusion: posterior, initialState: [.nan], end: 1) }
    #expect(throws: InputError.self) { try DiffusionProblem(diffusion: posterior, initialState: [0.5], end: 0) }
    #expect(throws: InputError.self) { try DiffusionProblem(diffusion: posterior, initialState: [0.5], end: .infinity) }
  }
}
