import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct BlockwiseBellmanTests {
  /// GBM, maximise (K - S)^+ at r; a local copy of the catalogue's `american-put`.
  static func put(
    strike: Double, rate: Double, dividend: Double = 0, volatility: Double, maturity: Double?
  ) throws -> StoppingProblem {
    let growth = rate - dividend
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction { _, s in growth * s }, diffusion: ScalarFunction { _, s in volatility * s }, lower: 0,
      upper: .infinity, law: .lognormal(growth: growth, volatility: volatility))
    let reward = ScalarLoss(
      value: ScalarFunction { _, s in max(strike - s, 0) }, derivative: ScalarFunction { _, s in s < strike ? -1 : 0 },
      curvature: ScalarFunction(constant: 0), kinks: [strike])
    return try StoppingProblem(
      name: "put", dynamics: .diffusion(diffusion, reward), sense: .maximize, cost: .constant(0),
      discount: ScalarFunction(constant: rate), horizon: maturity)
  }

  private static func problem(_ name: String, _ settings: [(String, Double)]) throws -> StoppingProblem {
    let entry = try ProblemCatalogue.entry(name)
    return try entry.problem(entry.resolve(settings))
  }

  // one-dimensional backward quadrature with exact kink split, two resolutions; Longstaff and Schwartz (2001), table 1
  @Test func bermudanPutsMatchElevenDigits() throws {
    let spots = [36.0, 38, 40, 42, 44]
    let cases: [(volatility: Double, maturity: Double, values: [Double])] = [
      (0.2, 1, [4.47781111114, 3.25012387429, 2.31406848476, 1.61697666245, 1.10986795955]),
      (0.4, 2, [8.50678299518, 7.66802709396, 6.91707060009, 6.24430989352, 5.64123602668]),
    ]
    for (volatility, maturity, values) in cases {
      let problem = try Self.put(strike: 40, rate: 0.06, volatility: volatility, maturity: maturity)
      let solution = try BlockwiseBellman(blockSize: 0.02).solve(problem, at: spots.map { [$0] })
      for (value, expected) in zip(solution.values, values) {
        #expect(abs(value.value - expected) < 2e-11, "S \(value.at): \(value.value), expected \(expected)")
        #expect(value.errorBound < 1e-10, "S \(value.at): bound \(value.errorBound)")
      }
      #expect(solution.boundary.branches.count == 1)
      #expect(solution.warnings.isEmpty)
    }
  }

  @Test func oneBlockIsBlackScholes() throws {
    let problem = try Self.put(strike: 40, rate: 0.06, volatility: 0.2, maturity: 1)
    let solution = try BlockwiseBellman(blockSize: 1).solve(problem, at: [[44]])
    func phi(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    let d1 = (log(44.0 / 40) + 0.06 + 0.02) / 0.2
    let d2 = d1 - 0.2
    let exact = 40 * exp(-0.06) * phi(-d2) - 44 * phi(-d1)
    #expect(abs(solution.values[0].value - exact) < 1e-13)
  }

  // theory.md section 2: in log-odds the noise is constant and the correction is beta at every block size
  @Test(arguments: [0.1, 0.05, 0.02, 0.01, 0.005])
  func sequentialTestShowsChernoffsConstant(blockSize: Double) throws {
    let problem = try Self.problem("sequential-test", [("c", 0.05)])
    let solution = try BlockwiseBellman(blockSize: blockSize).solve(problem, at: [[0.5]])
    let a = 0.134541058437827
    let blocked = solution.boundary.points[0].at[0]
    let beta = (log(blocked / (1 - blocked)) - log(a / (1 - a))) / blockSize.squareRoot()
    let inProbability = (blocked - a) / (a * (1 - a) * blockSize.squareRoot())
    #expect(abs(beta - 0.5826) < 1e-4)
    #expect(inProbability > 0.59 && inProbability < 0.624)
    #expect(abs(solution.boundary.points[1].at[0] + blocked - 1) < 1e-11)
  }

  // an independent dense Nystrom solve (numpy) with the same digits; the corrections fall towards beta like sqrt(Delta)
  @Test(arguments: [
    (0.1, 0.22999404139199947, 0.15772020957703603), (0.05, 0.20142673343573927, 0.15360516095140325),
    (0.025, 0.1813647227996185, 0.15155134044121027), (0.0125, 0.16732960704554864, 0.15053256253632633),
  ])
  func ouContractionMatchesADenseSolve(blockSize: Double, radius: Double, value: Double) throws {
    let problem = try Self.problem("ou-contraction", [("a", 1), ("s", 0.5), ("c", 0.1)])
    let solution = try BlockwiseBellman(blockSize: blockSize).solve(problem, at: [[1]])
    #expect(abs(solution.boundary.radius! - radius) < 1e-13)
    #expect(abs(solution.values[0].value - value) < 2e-14)
    let beta = (radius - 0.134161134098) / (0.5 * blockSize.squareRoot())
    #expect(beta - 0.5826 > 0 && beta - 0.5826 < 0.1 * blockSize.squareRoot())
  }

  @Test(arguments: [(2, 0.223606797750), (3, 0.302397998109), (10, 0.712552521593)])
  func radialBoundariesApproachTheBall(dimension: Int, radius: Double) throws {
    let problem = try Self.problem(
      "ou-contraction", [("a", 1), ("s", 0.5), ("c", 0.1), ("dimension", Double(dimension))])
    let far = [1.5 * radius] + [Double](repeating: 0, count: dimension - 1)
    let solution = try BlockwiseBellman(blockSize: 0.005).solve(problem, at: [far])
    let beta = (solution.boundary.radius! - radius) / (0.5 * 0.005.squareRoot())
    // curvature and drift enter at the next order, sqrt(Delta)
    #expect(abs(beta - 0.5826) < 0.06, "d \(dimension): \(beta)")
    #expect(solution.boundary.shape == .ball && solution.values[0].errorBound < 1e-10)
    // E tau* = (V - E g at the stop)/c is below the T1 bound
    #expect(solution.expectedDepths[0].value <= solution.values[0].stoppingLoss / 0.1)
  }

  @Test func radialLawsHaveTheirMoments() {
    for dimension in [1, 2, 3, 7, 24, 50] {
      let kernel = BlockKernel(.radial(rate: 0.7, noise: 0.5, dimension: dimension), blockSize: 0.1)
      let rule = GaussLegendreRule(count: 24)
      for r in [0.0, 1e-3, 0.2, 1, 5, 30] {
        let centre = kernel.centre(r)
        let (low, high) = (max(0, centre - kernel.reach), centre + kernel.reach)
        let panels = BlockPanels(
          rule: rule, lower: low, upper: high, kinks: [], width: kernel.scale, ghostsBelow: 0, ghostsAbove: 0)
        var row = panels.weights
        kernel.fill(from: r, panels.nodes, panels.weights, count: row.count, into: &row)
        let mass = row.reduce(0, +)
        let second = zip(row, panels.nodes).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
        let factor = exp(-0.07)
        let exact = factor * factor * r * r + Double(dimension) * kernel.scale * kernel.scale
        #expect(abs(mass - 1) < 1e-12, "d \(dimension) r \(r): \(mass)")
        #expect(abs(second - exact) < 1e-12 * exact, "d \(dimension) r \(r)")
      }
    }
  }

  @Test func posteriorsAreMartingales() {
    let kernel = BlockKernel(.posterior(signalToNoise: 1.3), blockSize: 0.2)
    for y in [-30.0, -4, 0, 1, 25] {
      let panels = BlockPanels(
        rule: GaussLegendreRule(count: 24), lower: y - kernel.reach, upper: y + kernel.reach, kinks: [],
        width: kernel.scale, ghostsBelow: 0, ghostsAbove: 0)
      var row = panels.weights
      kernel.fill(from: y, panels.nodes, panels.weights, count: row.count, into: &row)
      #expect(abs(row.reduce(0, +) - 1) < 1e-14)
      let mean = zip(row, panels.nodes).reduce(0) { $0 + $1.0 / (1 + exp(-$1.1)) }
      let p = 1 / (1 + exp(-y))
      #expect(abs(mean - p) < 1e-14 * p)
    }
  }

  @Test func perpetualPutsApproachTheClosedForm() throws {
    // b = K gamma/(1 + gamma), gamma = 2 r/s^2; stopping every Delta: b e^(+beta s sqrt(Delta))
    let (rate, volatility) = (0.06, 0.3)
    let problem = try Self.put(strike: 40, rate: rate, volatility: volatility, maturity: nil)
    let gamma = 2 * rate / (volatility * volatility)
    let b = 40 * gamma / (1 + gamma)
    var last: Double?
    for blockSize in [0.1, 0.025] {
      let solution = try BlockwiseBellman(blockSize: blockSize).solve(problem, at: [[120], [600]])
      let blocked = solution.boundary.points[0].at[0]
      let beta = log(blocked / b) / (volatility * blockSize.squareRoot())
      #expect(abs(beta - 0.5826) < 0.03, "Delta \(blockSize): \(beta)")
      // far above the boundary V falls like S^-gamma, blocks or not
      let ratio = solution.values[0].value / solution.values[1].value
      #expect(abs(ratio - pow(5, gamma)) < 1e-9 * ratio)
      let continuous = (40 - b) * pow(120 / b, -gamma)
      #expect(solution.values[0].value < continuous)
      if let last { #expect(last < solution.values[0].value) }
      last = solution.values[0].value
    }
  }

  @Test func whereTheWalkDriftsInwardsTheFarFieldIsLinear() throws {
    let diffusion = ScalarDiffusion(
      drift: ScalarFunction(constant: -1), diffusion: ScalarFunction(constant: 0.7), lower: -.infinity,
      upper: .infinity,
      law: .brownian(drift: -1, noise: 0.7))
    let loss = ScalarLoss(
      value: ScalarFunction { _, x in abs(x) }, derivative: ScalarFunction { _, x in x < 0 ? -1 : 1 },
      curvature: ScalarFunction(constant: 0), kinks: [0])
    let problem = try StoppingProblem(name: "walk", dynamics: .diffusion(diffusion, loss), runningCost: 0.5)
    let solution = try BlockwiseBellman(blockSize: 0.1).solve(problem, at: [[10], [20]])
    #expect(abs(solution.values[1].value - solution.values[0].value - 5) < 1e-10)
    #expect(abs(solution.expectedDepths[1].value - solution.expectedDepths[0].value - 10) < 1e-9)
  }

  /// A block so long that it ends in the stationary law, where g = x^2 has mean s^2/2a: one stops where `x^2 <= c Delta + s^2/2a`.
  @Test(arguments: [1e3, 1e6]) func longBlocksEndInTheStationaryLaw(blockSize: Double) throws {
    let problem = try Self.problem("ou-contraction", [("contraction_rate", 1), ("noise", 0.5), ("running_cost", 0.1)])
    let exact = (0.1 * blockSize + 0.125).squareRoot()
    let solution = try BlockwiseBellman(blockSize: blockSize).solve(problem, at: [[1], [2 * exact]])
    let radius = try #require(solution.boundary.radius)
    #expect(abs(radius - exact) <= solution.boundary.errorBound + 1e-12 * exact, "\(radius), \(exact)")
    #expect(solution.values[0].value == 1)
    #expect(abs(solution.values[1].value - exact * exact) <= solution.values[1].errorBound)
  }

  @Test func horizonsAndDepths() throws {
    let problem = try Self.put(strike: 40, rate: 0.06, volatility: 0.2, maturity: 1)
    let method = try BlockwiseBellman(blockSize: 0.1)
    let solution = try method.solve(problem, StoppingQuery(points: [[38]], depths: [0, 0.5, 1]))
    #expect(solution.values.map(\.depth) == [0, 0.5, 1])
    #expect(solution.values[2].value == 2)
    let half = try Self.put(strike: 40, rate: 0.06, volatility: 0.2, maturity: 0.5)
    let other = try method.solve(half, at: [[38]])
    #expect(abs(solution.values[1].value - other.values[0].value) < 1e-12)
    #expect(abs(solution.boundary.states(at: 0.5)[0] - other.boundary.states(at: 0)[0]) < 1e-9)
    #expect(throws: InputError.self) { try method.solve(problem, StoppingQuery(points: [[38]], depths: [0.55])) }
    #expect(throws: InputError.self) { try BlockwiseBellman(blockSize: 0.3).solve(problem, at: [[38]]) }
    #expect(throws: InputError.self) { try BlockwiseBellman(blockSize: 0) }
  }

  /// Bounds against a run with more nodes, a wider law and a wider domain.
  @Test func boundsHoldOnRandomInstances() throws {
    var stream = RandomStream(seed: 51)
    let reference = BlockResolution(nodes: 30, width: 1.6, deviations: 9)
    for round in 0..<60 {
      let u = stream.uniforms(5)
      let blockSize = 0.02 * pow(50, u[0])
      let problem: StoppingProblem
      let points: [[Double]]
      switch round % 3 {
      case 0:
        problem = try Self.problem(
          "ou-contraction", [("a", 0.3 * pow(10, u[1])), ("s", 0.2 + u[2]), ("c", 0.02 * pow(20, u[3]))])
        points = [[0.1], [2 * u[4]]]
      case 1:
        problem = try Self.problem(
          "sequential-test", [("rho", 0.5 + u[1]), ("w1", 0.5 + u[2]), ("w0", 0.5 + u[4]), ("c", 0.01 * pow(10, u[3]))])
        points = [[0.5], [0.3]]
      default:
        problem = try Self.put(
          strike: 1, rate: 0.1 * u[1], dividend: 0.1 * u[2], volatility: 0.1 + 0.4 * u[3], maturity: 16 * blockSize)
        points = [[0.8], [1.1]]
      }
      let solution = try BlockwiseBellman(blockSize: blockSize).solve(problem, at: points)
      let blockwise = try BlockProblem(problem, blockSize: blockSize)
      let coordinates = points.map { blockwise.transition.coordinate(abs($0[0])) }
      let domain = try BlockDomain(
        blockwise, points: coordinates + coordinates.map { $0 + 2 * blockwise.transition.deviation(after: blockSize) })
      let recursion = BlockRecursion(problem: blockwise, domain: domain, resolution: reference)
      let targets = zip(points, coordinates).map { BlockPoint(state: abs($0[0]), coordinate: $1) }
      let truth =
        problem.horizon == nil
        ? try recursion.settle(points: targets, blocks: [0], from: [])
        : recursion.recede(points: targets, blocks: [0])
      for (value, exact) in zip(solution.values, truth.values[0]) {
        #expect(
          abs(value.value - problem.sign * exact) <= value.errorBound,
          "\(problem.name) round \(round): error \(value.value - problem.sign * exact), bound \(value.errorBound)")
        #expect(value.errorBound < 1e-9, "\(problem.name) round \(round): \(value.errorBound)")
      }
      let found =
        problem.horizon == nil
        ? solution.boundary.branches.compactMap { $0.state(at: 0) } : solution.boundary.states(at: 0)
      for (state, root) in zip(found, truth.roots[0]) {
        let exact = blockwise.transition.state(root.at)
        #expect(
          abs(state - exact) <= solution.boundary.errorBound,
          "\(problem.name) round \(round): boundary error \(state - exact), bound \(solution.boundary.errorBound)")
      }
    }
  }

  @Test(arguments: [1, 2, 3])
  func radialBrownianMotionStopsOutside(dimension: Int) throws {
    // maximise E|X| - c tau: continuously at |x| >= d/(2c), V = c r^2/d + d/(4c)
    let (c, d) = (0.5, Double(dimension))
    let process = ScalarDiffusion(
      drift: ScalarFunction { _, r in (d - 1) / (2 * r) }, diffusion: ScalarFunction(constant: 1), lower: 0,
      upper: .infinity, lowerEnd: .reflecting, reduction: .radial(dimension: dimension),
      transition: .radial(rate: 0, noise: 1, dimension: dimension))
    let reward = ScalarLoss(
      value: ScalarFunction { _, r in r }, derivative: ScalarFunction(constant: 1),
      curvature: ScalarFunction(constant: 0))
    let problem = try StoppingProblem(
      name: "radial", dynamics: .diffusion(process, reward), sense: .maximize, cost: .constant(c))
    let origin = [Double](repeating: 0, count: dimension)
    let solution = try BlockwiseBellman(blockSize: 0.01).solve(problem, at: [origin])
    let beta = (d / (2 * c) - solution.boundary.radius!) / 0.1
    #expect(abs(beta - 0.5826) < 0.05, "d \(dimension): \(beta)")
    #expect(solution.boundary.branches[0].stopsBelow == false)
    let gap = d / (4 * c) - solution.values[0].value
    #expect(gap > 0 && gap < 0.02 && solution.values[0].errorBound < 1e-10)
  }

  @Test func infiniteValuesAndMissingBoundariesAreRefused() throws {
    // a perpetual call without dividend is never exercised: the boundary runs away with the domain
    let growth = 0.05
    let process = ScalarDiffusion(
      drift: ScalarFunction { _, s in growth * s }, diffusion: ScalarFunction { _, s in 0.3 * s }, lower: 0,
      upper: .infinity, law: .lognormal(growth: growth, volatility: 0.3))
    let reward = ScalarLoss(
      value: ScalarFunction { _, s in max(s - 1, 0) }, derivative: ScalarFunction { _, s in s < 1 ? 0 : 1 },
      curvature: ScalarFunction(constant: 0), kinks: [1])
    let problem = try StoppingProblem(
      name: "call", dynamics: .diffusion(process, reward), sense: .maximize, cost: .constant(0),
      discount: ScalarFunction(constant: growth))
    #expect(throws: StoppingError.self) { try BlockwiseBellman(blockSize: 1).solve(problem, at: [[1]]) }
    // blocks so dear that one never continues
    let dear = try Self.problem("sequential-test", [("c", 10)])
    let solution = try BlockwiseBellman(blockSize: 1).solve(dear, at: [[0.5]])
    #expect(solution.values[0].value == 0.5 && solution.boundary.points.isEmpty)
    #expect(solution.warnings.contains { $0.contains("no boundary") })
    #expect(try BlockwiseBellman(blockSize: 1).objection(to: Self.problem("flow-decay", [])) != nil)
  }
}
