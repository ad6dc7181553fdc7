import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Smooth fit against closed forms outside the catalogue: discount, rewards, kinks, several intervals, every kind of end.
@Suite struct SmoothFitTests {
  private static func close(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { abs(a - b) <= tolerance * abs(b) }

  @Test func perpetualPut() throws {
    var stream = RandomStream(seed: 41)
    for _ in 0..<200 {
      let u = stream.uniforms(4)
      let (strike, r, q, s) = (1 + 99 * u[0], 0.01 + 0.14 * u[1], 0.15 * u[2], 0.1 + 0.4 * u[3])
      let m = r - q - s * s / 2
      let gamma = (m + (m * m + 2 * s * s * r).squareRoot()) / (s * s)
      let b = strike * gamma / (1 + gamma)
      let points = [0.5 * b, 1.01 * b, strike, 2 * strike].map { [$0] }
      let solution = try SmoothFit().solve(
        LocalProblems.put(strike: strike, rate: r, dividend: q, volatility: s), at: points)
      #expect(solution.boundary.points.count == 1)
      let found = solution.boundary.points[0].at[0]
      #expect(Self.close(found, b, 1e-10) && abs(found - b) <= solution.boundary.errorBound + 1e-15 * b, "\(u)")
      for value in solution.values {
        let x = value.at[0]
        let exact = x <= b ? strike - x : (strike - b) * pow(x / b, -gamma)
        #expect(Self.close(value.value, exact, 1e-10), "\(u) at \(x): \(value.value) \(exact)")
        #expect(abs(value.value - exact) <= value.errorBound + 1e-14 * exact, "\(u) at \(x)")
      }
      // ln S drifts at (r - q - s^2/2): E tau* is finite where it falls, and resolved unless it hardly falls
      if m >= 0 { #expect(solution.expectedDepths.isEmpty, "\(u)") }
      if m < -0.1 * s * s {
        let depth = log(strike / b) / -m
        let stated = try #require(solution.expectedDepths.dropFirst(2).first, "\(u)")
        #expect(Self.close(stated.value, depth, 1e-9), "\(u): \(stated.value) \(depth)")
        #expect(stated.lower <= depth * (1 + 1e-13) && depth <= stated.upper * (1 + 1e-13))
      }
    }
  }

  @Test func discountedBrownianMotion() throws {
    let part = try SmoothFit().solve(
      LocalProblems.problem(
        drift: { _ in 0 }, loss: LocalProblems.loss(kinks: [0], { max(0, $0) }, { $0 < 0 ? 0 : 1 }), sense: .maximize,
        discount: 0.5), at: [[0]])
    #expect(Self.close(part.boundary.points[0].at[0], 1, 1e-14))
    #expect(Self.close(part.values[0].value, 0.3678794411714423216, 1e-14))
    let square = LocalProblems.loss({ $0 * $0 }, { 2 * $0 }, { _ in 2 })
    let line = try SmoothFit().solve(LocalProblems.radial(1, loss: square, discount: 0.5), at: [[0]])
    #expect(Self.close(try #require(line.boundary.radius), 2.0653381389747047281, 1e-13))
    #expect(Self.close(line.values[0].value, 1.0644441566548185746, 1e-13))
    let plane = try SmoothFit().solve(LocalProblems.radial(2, loss: square, discount: 0.1), at: [[0, 0]])
    #expect(Self.close(try #require(plane.boundary.radius), 5.7788932444963921136, 1e-13))
    #expect(Self.close(plane.values[0].value, 9.5128300413927938746, 1e-13))
  }

  @Test func discountedBallPut() throws {
    func put(_ k: Double) -> ScalarLoss {
      LocalProblems.loss(kinks: [k], { max(0, k - $0) }, { $0 < k ? -1 : 0 })
    }
    let plane = try SmoothFit().solve(LocalProblems.radial(2, loss: put(1), discount: 0.5), at: [[1, 0]])
    #expect(Self.close(plane.values[0].value, 0.22866656110475454087, 1e-12))
    let space = try SmoothFit().solve(LocalProblems.radial(3, loss: put(1), discount: 0.5), at: [])
    #expect(Self.close(try #require(space.boundary.radius), 0.6180339887498948482, 1e-13))
    let wide = try SmoothFit().solve(LocalProblems.radial(3, loss: put(2), discount: 0.05), at: [[0, 2, 0]])
    #expect(Self.close(wide.values[0].value, 0.37355968333014488731, 1e-12))
  }

  /// K sqrt(2r) <= 1: stopping at 0 alone, no smooth fit, V = K e^(-sqrt(2r) |x|).
  @Test func anIsolatedPointOfStopping() throws {
    let onLine = try SmoothFit().solve(
      LocalProblems.problem(
        drift: { _ in 0 },
        loss: LocalProblems.loss(
          kinks: [-1, 0, 1], { max(0, 1 - abs($0)) }, { abs($0) >= 1 && $0 != -1 ? 0 : $0 < 0 ? 1 : -1 }),
        sense: .maximize, discount: 0.5), at: [[0.3], [-2], [0]])
    #expect(onLine.boundary.points.map { $0.at[0] } == [0])
    #expect(onLine.warnings.contains { $0.contains("smooth fit fails") && $0.contains("isolated") })
    for value in onLine.values { #expect(Self.close(value.value, exp(-abs(value.at[0])), 1e-13), "\(value)") }
    let radial = try SmoothFit().solve(
      LocalProblems.radial(
        1, loss: LocalProblems.loss(kinks: [1], { max(0, 1 - $0) }, { $0 < 1 ? -1 : 0 }), discount: 0.5), at: [[0.3]])
    #expect(radial.boundary.radius == 0)
    #expect(Self.close(radial.values[0].value, exp(-0.3), 1e-13))
  }

  @Test func discountedOrnsteinUhlenbeck() throws {
    let solution = try SmoothFit().solve(
      LocalProblems.problem(
        drift: { -$0 }, loss: LocalProblems.loss({ $0 }, { _ in 1 }), sense: .maximize, discount: 0.5), at: [[0]])
    #expect(Self.close(solution.boundary.points[0].at[0], 0.75585061107356581651, 1e-13))
    #expect(Self.close(solution.values[0].value, 0.36726448822132769739, 1e-13))
  }

  /// Laplace u = 1 where u > 0, u = 0.1 on the unit circle: an absorbing end that pays more than its neighbourhood.
  @Test func obstacleZeroUnderUnitLoad() throws {
    for (dimension, outer, radius) in [(2.0, 0.1, 0.50247435708308508438), (1, 0.125, 0.5)] {
      let solution = try SmoothFit().solve(
        LocalProblems.radial(
          dimension, loss: LocalProblems.loss({ $0 >= 1 ? outer : 0 }, { _ in 0 }), discount: 0, cost: 0.5, outer: 1,
          .absorbing), at: [])
      #expect(Self.close(try #require(solution.boundary.radius), radius, 1e-13), "\(dimension)")
    }
  }

  /// On (-1, 1) V = c (1 - x^2) for c < 1/2, stopped at the kinks; above, smooth fit at 1/(2c).
  @Test(arguments: [0.1, 0.4, 0.6, 3]) func wellsWithKinkedBottoms(cost: Double) throws {
    let problem = try LocalProblems.problem(
      drift: { _ in 0 },
      loss: LocalProblems.loss(
        kinks: [-1, 0, 1], { min(abs($0 + 1), abs($0 - 1)) },
        { x in x < -1 ? -1 : x < 0 ? 1 : x < 1 ? -1 : 1 }), cost: cost)
    let solution = try SmoothFit().solve(problem, at: [[0], [0.1]])
    let b = cost < 0.5 ? 1 : 1 / (2 * cost)
    let found = solution.boundary.points.map { $0.at[0] }
    #expect(found.count == 2 && abs(found[0] + b) < 1e-14 && abs(found[1] - b) < 1e-14, "\(found)")
    let top = 1 - b + cost * b * b
    #expect(abs(solution.values[0].value - top) < 1e-14)
    #expect(abs(solution.expectedDepths[1].value - (b * b - 0.01)) < 1e-13)
    #expect(solution.warnings.contains { $0.contains("smooth fit fails") } == (cost < 0.5))
  }

  /// Two intervals around a raised well at 0 that join when continuing through it is cheaper than stopping in it.
  @Test func intervalsJoin() throws {
    let joined = try SmoothFit().solve(LocalProblems.wells(raised: 0.5, cost: 0.1), at: [[0], [1]])
    #expect(joined.boundary.points.map { $0.at[0] } == [-2, 2])
    #expect(abs(joined.values[0].value - 0.4) < 1e-14 && abs(joined.values[1].value - 0.3) < 1e-14)
    let apart = try SmoothFit().solve(LocalProblems.wells(raised: 0.5, cost: 0.15), at: [[0], [1]])
    #expect(apart.boundary.points.map { $0.at[0] } == [-2, 0, 2])
    #expect(apart.values[0].value == 0.5 && abs(apart.values[1].value - (0.25 + 0.15)) < 1e-14)
    #expect(apart.warnings.contains { $0.contains("2 separate") })
  }

  @Test func refusalsByName() throws {
    func refusal(_ problem: StoppingProblem) -> String {
      do {
        _ = try SmoothFit().solve(problem, at: [])
        return "solved"
      } catch { return "\(error)" }
    }
    let linear = LocalProblems.loss({ $0 }, { _ in 1 })
    let square = LocalProblems.loss({ $0 * $0 }, { 2 * $0 }, { _ in 2 })
    // a stock without dividend, and one whose square outgrows the rate
    #expect(
      refusal(
        try LocalProblems.problem(
          drift: { 0.05 * $0 }, noise: { 0.2 * $0 }, (0, .infinity),
          loss: LocalProblems.loss(kinks: [1], { max(0, $0 - 1) }, { $0 < 1 ? 0 : 1 }), sense: .maximize, discount: 0.05
        )
      ).contains("infinite or never attained"))
    #expect(
      refusal(
        try LocalProblems.problem(
          drift: { 0.05 * $0 }, noise: { 0.3 * $0 }, (0, .infinity), loss: square, sense: .maximize, discount: 0.05)
      ).contains("infinite or never attained"))
    #expect(refusal(try LocalProblems.problem(drift: { _ in 0 }, loss: linear, cost: 1)).contains("stopping at once"))
    #expect(
      refusal(
        try LocalProblems.problem(drift: { _ in 0 }, noise: { abs($0) < 0.1 ? 0 : 1 }, loss: square, cost: 0.1)
      ).contains("degenerate noise"))
    #expect(
      refusal(
        try LocalProblems.problem(
          drift: { -$0 }, loss: LocalProblems.loss({ $0 * $0 + 10 }, { 2 * $0 }, { _ in 2 }), discount: 5)
      ).contains("continuing is optimal on the whole domain"))
    // the drift carries away from the origin and the loss falls as the square: waiting always pays
    #expect(
      refusal(
        try LocalProblems.problem(
          drift: { $0 > 0 ? 1 : -1 }, loss: LocalProblems.loss({ -$0 * $0 }, { -2 * $0 }, { _ in -2 }), cost: 0.1)
      ) != "solved")
  }
}
