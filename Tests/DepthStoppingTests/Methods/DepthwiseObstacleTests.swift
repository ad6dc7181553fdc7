import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

@Suite struct DepthwiseObstacleTests {
  /// `ou-contraction` (a = 1, s = 0.5, c = 0.1) cut into blocks of depth `blockSize` over a long horizon.
  private static func ou(blockSize: Double, blocks: Int, cells: Int, reach: Double = 2) -> DepthwiseDiffusion {
    let grid = (0...cells).map { reach * (2 * Double($0) / Double(cells) - 1) }
    return DepthwiseDiffusion(
      grid: grid, drift: [[Double]](repeating: grid.map { -$0 * blockSize }, count: blocks),
      diffusion: [[Double]](repeating: grid.map { _ in 0.5 * blockSize.squareRoot() }, count: blocks),
      stoppingLoss: [[Double]](repeating: grid.map { $0 * $0 }, count: blocks + 1))
  }

  @Test func aLongHorizonGivesTheStationaryBoundary() {
    let problem = Self.ou(blockSize: 0.2, blocks: 50, cells: 800)
    let solution = DepthwiseObstacle(substeps: 16).solve(problem, runningCost: 0.1 * 0.2)
    let interval = solution.stoppingIntervals[0]
    #expect(interval.count == 1)
    // closed form, theory.md section 3
    #expect(abs(interval[0].upper - 0.134161134098) < 1e-3 && abs(interval[0].lower + interval[0].upper) < 1e-6)
  }

  @Test func theValueConvergesWithOrderOneInTheStep() {
    // a short horizon: in the stationary limit the step's error is gone
    let problem = Self.ou(blockSize: 0.5, blocks: 2, cells: 800)
    let values = [4, 8, 16, 32].map { substeps in
      problem.interpolate(DepthwiseObstacle(substeps: substeps).solve(problem, runningCost: 0.05).values[0], at: 0.5)
    }
    let differences = zip(values, values.dropFirst()).map { abs($0 - $1) }
    let slope = log2(differences[0] / differences[2]) / 2
    #expect(abs(slope - 1) < 0.2, "\(differences)")
  }

  @Test func theLawHasMassOneAndItsMeanIsTheExpectedDepth() throws {
    // short blocks: stopping block by block is nearly continuous, E tau = 1.31529 from x = 1 (V - b^2)/c
    let blockSize = 0.01
    let problem = Self.ou(blockSize: blockSize, blocks: 1200, cells: 800)
    let solution = DepthwiseObstacle(substeps: 2).solve(problem, runningCost: 0.1 * blockSize)
    var mass = [Double](repeating: 0, count: problem.grid.count)
    mass[problem.grid.firstIndex { abs($0 - 1) < 1e-9 }!] = 1
    let (law, objective) = solution.stoppingLaw(
      initialMass: mass, intervals: solution.blockwiseStoppingIntervals, substeps: 2)
    #expect(abs(law.reduce(0, +) - 1) < 1e-9)
    let mean = law.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } * blockSize
    let entry = try ProblemCatalogue.entry("ou-contraction")
    let exact = try SmoothFit().solve(entry.problem(entry.resolve([])), at: [[1]])
    #expect(abs(mean - exact.expectedDepths[0].value) < 0.02 * mean, "mean \(mean)")
    #expect(abs(objective - exact.values[0].value) < 2e-3)
  }

  @Test func theValueIsTheLeastObjectiveOfItsRule() {
    // what the variational inequality promises from a state, the law of its own rule delivers
    let problem = Self.ou(blockSize: 0.02, blocks: 200, cells: 400)
    let cost = 0.1 * 0.02
    let solution = DepthwiseObstacle(substeps: 4).solve(problem, runningCost: cost)
    for start in [-1.0, 0.5] {
      var mass = [Double](repeating: 0, count: problem.grid.count)
      let node = problem.grid.firstIndex { abs($0 - start) < 1e-9 }!
      mass[node] = 1
      let own = solution.stoppingLaw(initialMass: mass, intervals: solution.blockwiseStoppingIntervals).objective
      #expect(abs(own - solution.values[0][node]) < 2e-3)
      for factor in [0.5, 2.0] {
        let other = solution.blockwiseStoppingIntervals.map {
          $0.map { StateInterval(lower: factor * $0.lower, upper: factor * $0.upper) }
        }
        #expect(solution.stoppingLaw(initialMass: mass, intervals: other).objective >= own - 1e-6)
      }
    }
  }
}
