import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// The grid method knows nothing of the smooth-fit equations: agreement of the two is evidence for both.
@Suite struct FiniteDifferencesTests {
  @Test(arguments: ["ou-contraction", "sequential-test"])
  func agreesWithSmoothFitAndConvergesWithOrderTwo(name: String) throws {
    let entry = try ProblemCatalogue.entry(name)
    let problem = try entry.problem(entry.resolve([]))
    let points = name == "ou-contraction" ? [[0.3], [0.9]] : [[0.5], [0.3]]
    let exact = try SmoothFit().solve(problem, at: points)
    func errors(_ cells: Int) throws -> (value: Double, boundary: Double) {
      let solution = try FiniteDifferences(cells: cells).solve(problem, at: points)
      let b = solution.boundary.radius ?? solution.boundary.points[0].at[0]
      return (
        zip(solution.values, exact.values).map { abs($0.value - $1.value) }.max()!,
        abs(b - (exact.boundary.radius ?? exact.boundary.points[0].at[0]))
      )
    }
    // the free boundary falls on every place within a cell in turn, so single errors fluctuate and even change sign:
    // root mean squares over twelve grids an octave have the order
    let octaves = try (0..<4).map { octave in
      let runs = try (0..<12).map { try errors(16 * Int(20 * pow(2, Double(octave) + Double($0) / 12))) }
      func rms(_ values: [Double]) -> Double { (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot() }
      return (value: rms(runs.map(\.value)), boundary: rms(runs.map(\.boundary)))
    }
    let slope = log2(octaves[0].value / octaves[3].value) / 3
    #expect(abs(slope - 2) < 0.2, "\(name): value slope \(slope), \(octaves)")
    #expect(log2(octaves[0].boundary / octaves[3].boundary) / 3 > 1.8, "\(name): \(octaves)")
    #expect(octaves[3].boundary < 1e-6, "\(name): \(octaves)")
  }

  @Test func theBoundContainsTheTruthOnRandomParameters() throws {
    let entry = try ProblemCatalogue.entry("ou-contraction")
    var stream = RandomStream(seed: 31)
    for _ in 0..<40 {
      let u = stream.uniforms(3).map { 0.1 * pow(100, $0) }
      let values = try entry.resolve([("a", u[0]), ("s", u[1]), ("c", u[2])])
      let exact = try entry.reference(values).boundary[0]
      let solution = try FiniteDifferences(cells: 6400).solve(entry.problem(values), at: [[2 * exact]])
      let radius = try #require(solution.boundary.radius)
      #expect(abs(radius - exact) <= solution.boundary.errorBound, "\(u): \(radius), exact \(exact)")
      #expect(abs(radius / exact - 1) < 0.05, "\(u): \(radius), exact \(exact)")
    }
  }

  @Test func statesOutsideTheDomainAreRefused() throws {
    let entry = try ProblemCatalogue.entry("sequential-test")
    let problem = try entry.problem(entry.resolve([]))
    for state in [1.5, -3, 1e300] {
      #expect(throws: InputError.self) { try FiniteDifferences().solve(problem, at: [[state]]) }
    }
  }
}
