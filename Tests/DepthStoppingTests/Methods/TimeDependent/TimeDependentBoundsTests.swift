import Foundation
import Testing

@testable import DepthStopping

/// Bounds where V depends on depth: they contain the truth on every random instance, and are narrow in the median.
@Suite struct TimeDependentBoundsTests {
  typealias Instance = SpaceTimeCollocationTests.Instance

  static let names = [
    "american-put", "sequential-test", "quickest-detection", "ou-contraction", "brownian-radial", "brownian-average",
  ]
  static var environment: [String: String] { ProcessInfo.processInfo.environment }
  /// `DEPTH_INSTANCES` of each problem; without it as many as a few seconds allow.
  static var asked: Int? { environment["DEPTH_INSTANCES"].flatMap { Int($0) } }
  static func count(_ name: String) -> Int {
    asked ?? (["brownian-average": 3, "american-put": 4, "ou-contraction": 3][name] ?? 1)
  }
  static var seed: UInt64 { environment["DEPTH_SEED"].flatMap { UInt64($0) } ?? 81 }

  /// Collocation with higher degrees throughout and a smaller aim: neither nodes nor panels are those of what it judges.
  static let finest = FrontFixedCollocation(
    SpaceTimeResolution(stateDegrees: [13, 17, 21, 25], depthDegrees: [9, 11, 13, 15], aim: 2e-13))

  static func truth(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    // proven for puts; where it gives estimates itself, the collocation is the independent one
    if (try? VanillaOption(problem)) != nil {
      return try IntegralEquation(tolerance: 1e-13, certifies: false).solve(problem, query)
    }
    let solution = try finest.solve(problem, query)
    guard solution.diagnostics.evaluations["elements"] != nil else {
      throw StoppingError("no collocation that could be the truth")
    }
    return solution
  }

  /// Bounds of each method on random instances: values at three depths with the boundary there, and the boundary as it is shown by itself.
  ///
  /// - Parameter isClocked: whether the methods meet the problem by an uneven clock.
  static func tallies(_ name: String, _ methods: [any BoundaryMethod], isClocked: Bool = false) throws -> [BoundTally] {
    var tallies = methods.map { _ in BoundTally() }
    for instance in try SpaceTimeCollocationTests.instances(name, seed: seed, count: count(name)) {
      var query = SpaceTimeCollocationTests.query(instance)
      let truth = try truth(instance.problem, query)
      var problem = instance.problem
      if isClocked {
        query = StoppingQuery(points: query.points, depths: try query.depths.map { try UnevenClock.depth(of: $0) })
        problem = try UnevenClock.applied(to: problem)
      }
      let (end, restEnd) = (problem.horizon ?? 0, instance.problem.horizon ?? 0)
      // at the horizon a boundary is too steep for the rounding of the clock
      let clock: (Double) -> Double = { isClocked ? ($0 == end ? restEnd : UnevenClock.reading($0)) : $0 }
      for (i, method) in methods.enumerated() {
        tallies[i].add(try method.solve(problem, query), against: truth, clock: clock)
        tallies[i].add(try method.solve(problem, at: query.points), against: truth, clock: clock)
      }
    }
    for (method, tally) in zip(methods, tallies) where environment["DEPTH_TABLE"] != nil {
      print(tally.line("\(name)\(isClocked ? ", uneven clock" : "") | \(method.name)"))
      for miss in tally.misses { print("  MISS \(miss)") }
    }
    return tallies
  }

  /// Containment of all; widths where there are instances enough for a median.
  static func check(_ tally: BoundTally, _ title: String) {
    #expect(tally.misses.isEmpty, "\(title): \(tally.misses)")
    // two boundaries an instance
    guard tally.boundaries.count >= 6 else { return }
    let (value, boundary) = (BoundTally.median(tally.values), BoundTally.median(tally.boundaries))
    #expect(value <= 100 && boundary <= 100, "\(tally.line(title))")
  }

  static let grids = GradedFiniteDifferences()
  static let methods: [any BoundaryMethod] = [FrontFixedCollocation(), grids]
  /// The others take the collocation seconds.
  static func isQuick(_ name: String) -> Bool { asked != nil || !["american-put", "brownian-radial"].contains(name) }

  @Test(arguments: names) func horizon(name: String) throws {
    for tally in try Self.tallies(name, Self.isQuick(name) ? Self.methods : [Self.grids]) { Self.check(tally, name) }
  }

  @Test(arguments: asked == nil ? ["ou-contraction"] : ["american-put", "sequential-test", "ou-contraction"])
  func changingCoefficients(name: String) throws {
    for tally in try Self.tallies(name, Self.isQuick(name) ? Self.methods : [Self.grids], isClocked: true) {
      Self.check(tally, "\(name), uneven clock")
    }
  }

  /// Proven bounds of puts and calls.
  @Test func integralEquation() throws {
    for tally in try Self.tallies("american-put", [IntegralEquation()]) { Self.check(tally, "american-put") }
  }

  /// A horizon so long that V at depth 0 is that of none: an independent truth, to rounding.
  @Test(arguments: asked == nil ? ["sequential-test"] : ["sequential-test", "quickest-detection"])
  func longHorizon(name: String) throws {
    let entry = try ProblemCatalogue.entry(name)
    let stationary = try entry.problem(entry.resolve([]))
    let query = StoppingQuery(points: [[0.2], [0.4], [0.5]], depths: [0])
    var tally = BoundTally()
    tally.add(
      try FrontFixedCollocation().solve(stationary.withHorizon(150), query),
      against: try SmoothFit().solve(stationary, query))
    if Self.environment["DEPTH_TABLE"] != nil { print(tally.line("\(name), long | front-fixed"), tally.misses) }
    Self.check(tally, name)
  }
}
