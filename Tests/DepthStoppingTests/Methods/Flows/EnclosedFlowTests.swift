import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Flows in closed form against extended precision: bounds are proven and a few roundings wide.
@Suite struct EnclosedFlowTests {
  private static func made(
    _ name: String, _ settings: [(String, Double)]
  ) throws -> (problem: StoppingProblem, reference: ReferenceSolution) {
    let entry = try ProblemCatalogue.entry(name)
    let values = try entry.resolve(settings)
    return (try entry.problem(values), try entry.reference(values))
  }

  /// `V = c/(2a) + (c/a) ln(h/b)` in extended precision, from afar too.
  @Test func decayFromEverywhere() throws {
    var stream = RandomStream(seed: 71)
    for _ in 0..<200 {
      let u = stream.uniforms(3)
      let (a, c, h) = (pow(10, 4 * u[0] - 2), pow(10, 6 * u[1] - 4), pow(10, 12 * u[2] - 3))
      let (problem, _) = try Self.made("flow-decay", [("a", a), ("c", c)])
      let solution = try Characteristics().solve(problem, at: [[h], [-h]])
      let (x, y, z) = (Float80(a), Float80(c), Float80(h))
      let b = (y / x).squareRoot()
      let exact = z <= b ? z * z / 2 : y / (2 * x) + y / x * Foundation.log(z / b)
      for value in solution.values {
        #expect(value.boundKind == .certified)
        #expect(abs(Float80(value.value) - exact) <= Float80(value.errorBound), "a \(a) c \(c) h \(h)")
        #expect(value.errorBound <= 1e-13 * Double(exact), "a \(a) c \(c) h \(h): \(value.errorBound)")
      }
      let depth = z <= b ? 0 : Foundation.log(z / b) / x
      let stated = solution.expectedDepths[0]
      #expect(Float80(stated.lower) <= depth && depth <= Float80(stated.upper), "a \(a) c \(c) h \(h)")
      #expect(solution.boundary.boundKind == .certified && solution.boundary.points.count == 2)
      #expect(abs(Float80(solution.boundary.points[1].at[0]) - b) <= Float80(solution.boundary.errorBound))
      #expect(solution.boundary.errorBound <= 1e-13 * Double(b))
    }
  }

  @Test func transportAtEveryCost() throws {
    var stream = RandomStream(seed: 72)
    for k in 0..<60 {
      let c = k == 0 ? 1e-6 : pow(10, -6 * stream.uniforms(1)[0]) * 0.98
      let (problem, reference) = try Self.made("transport-cosine", [("c", c)])
      let states = stream.uniforms(4).map { [20 * $0 - 10] }
      let solution = try Characteristics().solve(problem, at: states)
      for value in solution.values {
        let exact = try #require(reference.value(value.at))
        #expect(abs(value.value - exact) <= value.errorBound + 4e-16, "c \(c) at \(value.at)")
        #expect(value.errorBound < 1e-14 && value.boundKind == .certified)
      }
      #expect(solution.boundary.points.count == 2, "c \(c)")
      // roots are known to a rounding divided by the slope of what crosses
      let slope = min(1, c - sin(reference.boundary[1]))
      for (point, exact) in zip(solution.boundary.points, reference.boundary) {
        #expect(abs(point.at[0] - exact) <= solution.boundary.errorBound + 4e-15 / slope, "c \(c)")
        #expect(solution.boundary.errorBound < 1e-13 / slope, "c \(c)")
      }
    }
    // twenty digits at c = 1e-6 (root of m(u) = m(l + 2 pi), mpmath)
    let (slow, _) = try Self.made("transport-cosine", [("c", 1e-6)])
    let boundary = try Characteristics().solve(slow, at: []).boundary
    #expect(abs(boundary.points[1].at[0] - 3.145136563145622712510677) <= boundary.errorBound)
  }

  @Test func theEllipseOfAnAnisotropicDecay() throws {
    var stream = RandomStream(seed: 73)
    for k in 0..<40 {
      let u = stream.uniforms(5)
      let (a1, a2) = (k == 0 ? 1e-6 : pow(10, 2 * u[0] - 1), pow(10, 2 * u[1] - 1))
      let c = pow(10, 2 * u[2] - 2)
      let (problem, reference) = try Self.made("anisotropic-decay", [("a1", a1), ("a2", a2), ("c", c)])
      let start = [10 * u[3], 10 * u[4]]
      let solution = try Characteristics().solve(problem, at: [start])
      let value = solution.values[0]
      let exact = try #require(reference.value(start))
      #expect(abs(value.value - exact) <= value.errorBound + 1e-14 * exact, "a \(a1) \(a2) c \(c)")
      #expect(solution.boundary.points.count > 40 || k == 0)
      for point in solution.boundary.points {
        let level = a1 * point.at[0] * point.at[0] + a2 * point.at[1] * point.at[1]
        let slope = 2 * max(a1 * abs(point.at[0]), a2 * abs(point.at[1])) * 2.0.squareRoot()
        #expect(abs(level - c) <= slope * solution.boundary.errorBound + 1e-15 * c, "a \(a1) \(a2) c \(c)")
      }
    }
  }

  // MARK: block-wise

  /// `min_k J(k Delta)` by trying every k in extended precision.
  private static func brute(_ objective: (Float80) -> Float80, _ blockSize: Double, _ count: Int) -> (Float80, Int) {
    var (best, at) = (objective(0), 0)
    for k in 1...count {
      let value = objective(Float80(k) * Float80(blockSize))
      if value < best { (best, at) = (value, k) }
    }
    return (best, at)
  }

  @Test func blockwiseValuesAreTheLeastOfAllBlocks() throws {
    var stream = RandomStream(seed: 74)
    for _ in 0..<100 {
      let u = stream.uniforms(4)
      let (a, c, h) = (0.2 + 2 * u[0], 0.02 + u[1], 8 * u[2])
      let blockSize = 0.01 + u[3]
      let (problem, _) = try Self.made("flow-decay", [("a", a), ("c", c)])
      let value = try Characteristics(blockSize: blockSize).solve(problem, at: [[h]]).values[0]
      let (exact, _) = Self.brute(
        { s in
          let x = Float80(h) * Foundation.exp(-Float80(a) * s)
          return x * x / 2 + Float80(c) * s
        }, blockSize, 4000)
      #expect(abs(Float80(value.value) - exact) <= Float80(value.errorBound), "a \(a) c \(c) h \(h) D \(blockSize)")
      #expect(value.errorBound < 1e-14 && value.boundKind == .certified)
    }
    // from afar: a logarithm, not a walk through all blocks that may pay
    let (decay, _) = try Self.made("flow-decay", [])
    let far = try Characteristics(blockSize: 1e-3).solve(decay, at: [[1e9]])
    #expect(far.values[0].errorBound < 1e-13)
    #expect(abs(far.expectedDepths[0].value - log(1e9 / 0.1.squareRoot())) < 2e-3, "\(far.expectedDepths)")
  }

  /// Every end of the block-wise stopping set of `cos` on a window, by trying states and blocks.
  @Test(arguments: [0.1, 0.7, 2.5]) func blockwiseTransportKeepsBothEnds(blockSize: Double) throws {
    let (problem, _) = try Self.made("transport-cosine", [])
    let solution = try Characteristics(blockSize: blockSize).solve(problem, at: [[1], [5.6], [6.1]])
    func advantage(_ x: Double) -> Double {
      let later = (1...200).map { k -> Double in
        let s = Double(k) * blockSize
        return cos(x + s) + 0.5 * s
      }
      return cos(x) - (later.min() ?? 0)
    }
    guard case .flow(_, _, let probes) = problem.dynamics else {
      Issue.record("no flow")
      return
    }
    let (low, high) = (probes[0][0], probes[1][0])
    let states = (0...6000).map { low + (high - low) * Double($0) / 6000 }
    var ends: [Double] = []
    for (a, b) in zip(states, states.dropFirst()) where (advantage(a) > 0) != (advantage(b) > 0) {
      ends.append(try RootFinding.brent(lower: a, upper: b, advantage))
    }
    #expect(solution.boundary.points.count == ends.count && ends.count >= 2, "\(ends)")
    for (point, end) in zip(solution.boundary.points, ends) {
      #expect(abs(point.at[0] - end) <= solution.boundary.errorBound + 1e-14, "D \(blockSize)")
    }
    #expect(solution.boundary.errorBound < 1e-12 && solution.boundary.boundKind == .certified)
    for value in solution.values {
      #expect(abs(value.value - (value.stoppingLoss - max(0, advantage(value.at[0])))) <= value.errorBound + 1e-15)
    }
  }

  @Test func blockwiseBoundaryInThePlane() throws {
    let (problem, _) = try Self.made("anisotropic-decay", [])
    let solution = try Characteristics(blockSize: 0.1).solve(problem, at: [[1, 1]])
    #expect(solution.boundary.points.count == 64)
    for point in solution.boundary.points {
      let (x, y) = (point.at[0], point.at[1])
      func objective(_ s: Double) -> Double { (x * x * exp(-2 * s) + y * y * exp(-4 * s)) / 2 + 0.1 * s }
      let gap = objective(0) - ((1...40).map { objective(0.1 * Double($0)) }.min() ?? 0)
      #expect(abs(gap) < 1e-15)
    }
  }

  @Test func aHorizonCutsTheFlowShort() throws {
    let (problem, _) = try Self.made("flow-decay", [])
    let short = try problem.withHorizon(1)
    let solution = try Characteristics().solve(short, StoppingQuery(points: [[2], [0.1]], depths: [0, 0.5, 1]))
    let exact = [2 * exp(-2.0) + 0.1, 0.005, 2 * exp(-1.0) + 0.05, 0.005, 2, 0.005]
    for (value, exact) in zip(solution.values, exact) {
      #expect(abs(value.value - exact) <= value.errorBound + 4 * exact.ulp)
      #expect(value.errorBound < 1e-14)
    }
  }
}
