import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Grids know nothing of collocation: agreement with smooth fit is evidence for both.
@Suite struct PolicyIterationTests {
  private static func points(_ problem: StoppingProblem, _ boundary: HaltingBoundary) -> [[Double]] {
    let fill = [Double](repeating: 0, count: problem.stateDimension - 1)
    return boundary.states(at: 0).flatMap { b in [0.7, 0.95, 1.05, 1.2].map { [b * $0] + fill } }.filter {
      $0[0] < 1.95
    }
  }

  private static let problems = [
    "ou-contraction", "sequential-test", "quickest-detection", "brownian-radial", "brownian-average", "radial-obstacle",
  ]

  @Test(arguments: problems) func agreesWithSmoothFitWithinItsBound(name: String) throws {
    let entry = try ProblemCatalogue.entry(name)
    var stream = RandomStream(seed: 51)
    for _ in 0..<20 {
      let settings = entry.parameters.filter { $0.name != "dimension" }.map { parameter in
        (parameter.name, parameter.defaultValue * (0.5 + 1.5 * stream.uniforms(1)[0]))
      }
      guard name != "radial-obstacle" || settings[0].1 > 1.05 else { continue }
      let problem = try entry.problem(entry.resolve(settings))
      let exact = try SmoothFit().solve(problem, at: [])
      let points = Self.points(problem, exact.boundary).filter {
        name.hasPrefix("brownian") || name == "ou-contraction" || $0[0] < 1
      }
      let truth = try SmoothFit().solve(problem, at: points)
      let solution = try PolicyIteration().solve(problem, at: points)
      let (found, wanted) = (solution.boundary.states(at: 0), exact.boundary.states(at: 0))
      #expect(found.count == wanted.count, "\(name) \(settings): \(found) \(wanted)")
      for (a, b) in zip(found, wanted) {
        #expect(
          abs(a - b) <= solution.boundary.errorBound + 1e-12,
          "\(name) \(settings): \(a) \(b) \(solution.boundary.errorBound)")
        #expect(abs(a - b) <= 2e-5 * max(abs(b), 0.1), "\(name) \(settings): \(a) \(b)")
      }
      for (a, b) in zip(solution.values, truth.values) {
        #expect(
          abs(a.value - b.value) <= a.errorBound + b.errorBound,
          "\(name) \(settings) at \(a.at): \(a.value) \(b.value) \(a.errorBound)")
        #expect(abs(a.value - b.value) <= 2e-5 * abs(b.value), "\(name) \(settings) at \(a.at): \(a.value) \(b.value)")
      }
      #expect(solution.warnings.isEmpty, "\(name) \(settings): \(solution.warnings)")
    }
  }

  /// Root mean squares over grids of neighbouring sizes: the boundary falls on every place within a cell in turn.
  @Test(arguments: ["sequential-test", "quickest-detection", "radial-obstacle", "ou-contraction"])
  func valueAndBoundaryAreOfSecondOrder(name: String) throws {
    let entry = try ProblemCatalogue.entry(name)
    let problem = try entry.problem(entry.resolve([]))
    let exact = try SmoothFit().solve(problem, at: [])
    let points = Self.points(problem, exact.boundary).filter { $0[0] < 1 }
    let truth = try SmoothFit().solve(problem, at: points)
    let octaves = try (0..<3).map { octave in
      var (value, boundary) = (0.0, 0.0)
      for step in 0..<6 {
        let cells = 16 * Int(24 * pow(2, Double(octave) + Double(step) / 6))
        let solution = try PolicyIteration(cells: cells).solve(problem, at: points)
        let v = zip(solution.values, truth.values).map { abs($0.value - $1.value) }.max()!
        let b = zip(solution.boundary.states(at: 0), exact.boundary.states(at: 0)).map { abs($0 - $1) }.max()!
        (value, boundary) = (value + v * v, boundary + b * b)
      }
      return (value: value.squareRoot(), boundary: boundary.squareRoot())
    }
    let slope = log2(octaves[0].value / octaves[2].value) / 2
    #expect(slope > 1.7, "\(name): value slope \(slope), \(octaves)")
    #expect(log2(octaves[0].boundary / octaves[2].boundary) / 2 > 1.6, "\(name): \(octaves)")
  }

  @Test func discountKinksAndIslands() throws {
    let put = try LocalProblems.put(strike: 100, rate: 0.05, dividend: 0, volatility: 0.2)
    let solution = try PolicyIteration().solve(put, at: [[80], [100], [150]])
    #expect(abs(solution.boundary.states(at: 0)[0] - 500.0 / 7) < 1e-3)
    for (value, exact) in zip(solution.values.dropFirst(), [12.320032867762632325, 4.4707843170868430048]) {
      #expect(abs(value.value - exact) <= value.errorBound && abs(value.value - exact) < 2e-4, "\(value)")
    }
    let apart = try PolicyIteration().solve(LocalProblems.wells(raised: 0.5, cost: 0.15), at: [[1]])
    #expect(apart.boundary.points.map { $0.at[0] } == [-2, 0, 2])
    #expect(abs(apart.values[0].value - 0.4) < 1e-6)
    #expect(apart.warnings.contains { $0.contains("smooth fit fails") })
    let joined = try PolicyIteration().solve(LocalProblems.wells(raised: 0.5, cost: 0.1), at: [[1]])
    #expect(joined.boundary.points.map { $0.at[0] } == [-2, 2])
  }

  /// Wherever the states lie, and with them the ends that the grid is cut at.
  @Test func theFarStatesDoNotHideTheBoundary() throws {
    let entry = try ProblemCatalogue.entry("brownian-average")
    let values = try entry.resolve([])
    let (problem, reference) = (try entry.problem(values), try entry.reference(values))
    for x in stride(from: -6.0, through: 6, by: 0.75) {
      let solution = try PolicyIteration(cells: 1600).solve(problem, at: [[x]])
      #expect(abs(solution.boundary.states(at: 0)[0] - reference.boundary[0]) <= solution.boundary.errorBound, "\(x)")
      let exact = try #require(reference.value([x]))
      #expect(abs(solution.values[0].value - exact) <= solution.values[0].errorBound + 1e-15, "\(x)")
    }
  }
}
