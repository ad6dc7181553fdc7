import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

/// Space-time collocation against finer runs of itself, the grids, references, and its own bounds.
@Suite struct SpaceTimeCollocationTests {
  struct Instance: CustomStringConvertible {
    let problem: StoppingProblem
    let settings: [(String, Double)]
    let horizon: Double
    let states: [Double]
    var description: String { "\(problem.name) \(settings) T = \(horizon)" }

    var inequality: VariationalInequality {
      get throws { try #require(VariationalInequality(SelfSimilarHorizon(problem)?.scaled ?? problem)) }
    }
  }

  /// Problems whose continuation intervals the collocation follows; of the others IDA does.
  static let names = ["ou-contraction", "brownian-average"]
  static let others = ["sequential-test", "quickest-detection", "brownian-radial", "american-put"]

  static var count: Int { ProcessInfo.processInfo.environment["DEPTH_INSTANCES"].flatMap { Int($0) } ?? 4 }

  /// Parameters within a factor of two of their defaults, dimensions 1 to 4, horizons 0.2 to 4.
  static func instances(_ name: String, seed: UInt64, count: Int) throws -> [Instance] {
    let entry = try ProblemCatalogue.entry(name)
    var stream = RandomStream(seed: seed)
    return try (0..<count).map { _ -> Instance in
      func uniform() -> Double { stream.uniforms(1)[0] }
      var settings = entry.parameters.compactMap { parameter -> (String, Double)? in
        guard case .positive = parameter.allowed, parameter.defaultValue.isFinite else { return nil }
        return (parameter.name, parameter.defaultValue * pow(4, uniform() - 0.5))
      }
      if entry.parameters.contains(where: { $0.name == "dimension" }) {
        settings.append(("dimension", Double(1 + Int(4 * uniform()))))
      }
      let horizon = 0.2 * pow(20, uniform())
      if name == "american-put" {
        settings += [("rate", 0.02 + 0.08 * uniform()), ("dividend", uniform() < 0.5 ? 0 : 0.2 * uniform())]
        settings.append(("maturity", horizon))
      }
      var problem = try entry.problem(entry.resolve(settings))
      if problem.horizon == nil { problem = try problem.withHorizon(horizon) }
      // states around the boundary, by the grids' fast preset
      let probe = try GradedFiniteDifferences.fast.solve(
        problem, StoppingQuery(points: [], depths: [0]))
      let places = probe.boundary.points.map { $0.at[0] }
      guard case .diffusion(let process, _) = problem.dynamics else { throw StoppingError("no diffusion") }
      let reach = places.map(abs).max() ?? 1
      var states: [Double] = []
      for b in places {
        for share in [-0.5, -0.1, 0.1, 0.5] { states.append(b + share * reach) }
      }
      if case .radial = process.reduction { states = states.map(abs) }
      states = states.filter {
        guard process.reduction == .none else { return true }
        return process.lower < $0 && $0 < process.upper
      }
      return Instance(problem: problem, settings: settings, horizon: horizon, states: states)
    }
  }

  static func query(_ instance: Instance) -> StoppingQuery {
    let rest = [Double](repeating: 0, count: instance.problem.stateDimension - 1)
    return StoppingQuery(
      points: instance.states.map { [$0] + rest }, depths: [0, 0.5 * instance.horizon, 0.99 * instance.horizon])
  }

  /// Two independent methods agree within their bounds, at three depths.
  @Test(arguments: names + others) func agreesWithTheGrids(name: String) throws {
    for instance in try Self.instances(name, seed: 71, count: Self.count) {
      let query = Self.query(instance)
      let (a, b) = try (
        FrontFixedCollocation().solve(instance.problem, query), GradedFiniteDifferences().solve(instance.problem, query)
      )
      #expect(a.diagnostics.method == "front-fixed")
      if Self.names.contains(name) {
        #expect(a.diagnostics.evaluations["elements"] != nil, "\(instance)")
      }
      for (x, y) in zip(a.values, b.values) {
        #expect(
          abs(x.value - y.value) <= x.errorBound + y.errorBound,
          "\(instance) at \(x.at) \(x.depth): \(x.value) +- \(x.errorBound), grids \(y.value) +- \(y.errorBound)")
      }
      for depth in query.depths {
        let (p, q) = (a.boundary.states(at: depth), b.boundary.states(at: depth))
        #expect(p.count == q.count && !p.isEmpty, "\(instance) at \(depth): \(p), grids \(q)")
        for (x, y) in zip(p, q) {
          #expect(
            abs(x - y) <= a.boundary.errorBound + b.boundary.errorBound, "\(instance) at \(depth): \(x), grids \(y)")
        }
      }
    }
  }

  /// Bounds of coarse runs contain the finest run.
  @Test(arguments: names) func boundsContainTheFinestRun(name: String) throws {
    for instance in try Self.instances(name, seed: 72, count: Self.count) {
      let inequality = try instance.inequality
      let horizon = try #require(inequality.horizon)
      let finest = try SpaceTimeCollocation(inequality, horizon: horizon)
      #expect(finest.isProven, "\(instance)")
      for aim in [1e-7, 1e-9, 1e-11] {
        let coarse = try SpaceTimeCollocation(
          inequality, horizon: horizon, resolution: SpaceTimeResolution(aim: aim))
        for share in [0, 0.5, 0.9] {
          for x in instance.states {
            let (v, own) = coarse.value(depth: share * horizon, at: x)
            let (exact, rest) = finest.value(depth: share * horizon, at: x)
            #expect(abs(v - exact) <= own + rest, "\(instance) at \(x): \(v) +- \(own), finest \(exact) +- \(rest)")
          }
        }
      }
    }
  }

  /// The median width, relative to the larger of |V| and |g|.
  @Test(arguments: names) func widths(name: String) throws {
    var widths: [Double] = []
    for instance in try Self.instances(name, seed: 73, count: Self.count) {
      let inequality = try instance.inequality
      let horizon = try #require(inequality.horizon)
      let found = try SpaceTimeCollocation(inequality, horizon: horizon)
      for x in instance.states {
        let (value, bound) = found.value(depth: 0, at: x)
        widths.append(2 * bound / max(abs(value), abs(inequality.loss.value(0, x))))
      }
    }
    widths.sort()
    let median = widths[widths.count / 2]
    #expect(median < 1e-8, "\(name): \(median)")
  }

  @Test func putsToTheirReferences() throws {
    for put in GradedFiniteDifferencesTests.puts {
      let entry = try ProblemCatalogue.entry("american-put")
      let problem = try entry.problem(
        entry.resolve([
          ("strike", put.k), ("rate", put.r), ("dividend", put.q), ("volatility", put.sigma),
          ("maturity", put.maturity),
        ]))
      let solution = try FrontFixedCollocation().solve(problem, StoppingQuery(points: [[put.s]], depths: [0]))
      let value = solution.values[0]
      // the references have twelve digits
      #expect(abs(value.value - put.value) <= value.errorBound + 1e-12 * put.k, "\(put): \(value)")
    }
  }
}
