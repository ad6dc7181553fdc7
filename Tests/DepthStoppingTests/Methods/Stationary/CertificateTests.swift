import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Proven bounds contain closed forms, and claims are not made where the conditions fail.
@Suite struct CertificateTests {
  private static let problems: [(String, [String])] = [
    ("ou-contraction", ["a", "s", "c"]), ("sequential-test", ["rho", "w1", "w0", "c"]),
    ("quickest-detection", ["rho", "lambda", "c"]), ("brownian-radial", ["c"]), ("brownian-average", ["b"]),
    ("radial-obstacle", ["R"]),
  ]

  /// 250 random instances a problem, a state within each continuation region and one near the boundary.
  @Test(arguments: problems) func boundsContainTheTruth(name: String, parameters: [String]) throws {
    let entry = try ProblemCatalogue.entry(name)
    var stream = RandomStream(seed: 61)
    for _ in 0..<250 {
      let u = stream.uniforms(parameters.count + 1)
      let settings = zip(parameters, u).map { ($0, (name == "radial-obstacle" ? 1 : 0) + 0.1 * pow(100, $1)) }
      let values = try entry.resolve(settings)
      let (problem, reference) = (try entry.problem(values), try entry.reference(values))
      let share = u[parameters.count]
      let b = reference.boundary
      let state =
        b.count == 2
        ? b[0] + share * (b[1] - b[0])
        : name == "ou-contraction"
          ? b[0] * (1 + 3 * share)
          : name == "radial-obstacle"
            ? b[0] + share * (values["outer_radius"] - b[0]) : b[0] * share
      let point = [state] + [Double](repeating: 0, count: problem.stateDimension - 1)
      let solution = try SmoothFit().solve(problem, at: [point])
      let (value, exact) = (solution.values[0], try #require(reference.value(point)))
      #expect(value.boundKind == .certified && solution.boundary.boundKind == .certified, "\(name) \(settings)")
      #expect(
        abs(value.value - exact) <= value.errorBound + reference.accuracy * abs(exact),
        "\(name) \(settings) at \(point): \(value.value - exact), bound \(value.errorBound)")
      for (found, truth) in zip(solution.boundary.states(at: 0), b) {
        #expect(
          abs(found - truth) <= solution.boundary.errorBound + reference.accuracy * abs(truth),
          "\(name) \(settings): \(found - truth), bound \(solution.boundary.errorBound)")
      }
    }
  }

  /// The bound is no accident of a good solution: one whose coefficients are spoilt is given a larger one.
  @Test func theResidualSeesASpoiltSolution() throws {
    let entry = try ProblemCatalogue.entry("sequential-test")
    let inequality = try #require(VariationalInequality(try entry.problem(entry.resolve([]))))
    let interval = try StationaryRegions(inequality, states: []).intervals[0]
    let pieces = PanelPieces(interval).pieces
    let bound = ResidualBound(
      equation: interval.chain.equation, structure: inequality.structure, isUnit: false,
      bottom: try #require(interval.lower.place), top: try #require(interval.upper.place))
    #expect(bound.largest(PanelPieces(pieces: pieces)) < 1e-10)
    // V'' off by 1e-6 T_3 on one panel: a V'' is off by up to 1e-6 times the largest a there
    var spoilt = pieces
    var series = pieces[0].series
    series[ContinuationPanel.valueCount + ContinuationPanel.slopeCount + 3] += 1e-6
    spoilt[0] = .init(lower: pieces[0].lower, upper: pieces[0].upper, series: series, size: pieces[0].size)
    let middle = 0.5 * (max(pieces[0].lower, bound.bottom) + pieces[0].upper)
    let a = 0.5 * pow(inequality.diffusion(0, middle), 2)
    #expect(bound.largest(PanelPieces(pieces: spoilt)) > 0.3e-6 * a)
  }

  @Test func withoutAStructureBoundsAreEstimates() throws {
    let put = try LocalProblems.put(strike: 1, rate: 0.1, dividend: 0, volatility: 0.3)
    #expect(try SmoothFit().solve(put, at: [[1]]).values[0].boundKind == .estimate)
  }
}
