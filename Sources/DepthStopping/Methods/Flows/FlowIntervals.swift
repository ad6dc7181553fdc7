import DepthDynamics
import DepthNumerics
import DepthRuns

/// The stopping set of a flow on the line within a window of states, at one depth: closed intervals.
///
/// One continues at x where the look-ahead is negative, or where some later halt is better than halting at once. Either the
/// look-ahead changes sign at a boundary (smooth fit) or the values of halting now and later cross there (V has a kink).
struct FlowIntervals<Field: VectorField, Method: Integrator> {
  let search: HaltingSearch<Field, Method>
  let lower: Double
  let upper: Double
  /// States at which the window is looked at; intervals narrower than their spacing may be missed.
  let samples: Int

  struct Boundary {
    let at: Double
    let stopsBelow: Bool
    let isSmooth: Bool
  }

  func boundaries(at depth: Double) throws -> [Boundary] {
    let states = (0..<samples).map { lower + (upper - lower) * (Double($0) + 0.5) / Double(samples) }
    let continues = try states.map { try isContinued($0, depth) }
    return try states.indices.dropLast().filter { continues[$0] != continues[$0 + 1] }.map { i in
      try boundary(states[i], states[i + 1], stopsBelow: !continues[i], depth)
    }
  }

  /// `g - best later halt`, above rounding.
  private func advantage(_ x: Double, _ depth: Double) throws -> Double {
    let halt = try search.halt(from: [x], at: depth)
    return halt.lossAtStart - halt.later
  }

  private func isContinued(_ x: Double, _ depth: Double) throws -> Bool {
    if search.objective.lookAhead(depth: depth, at: [x]) < 0 { return true }
    let halt = try search.halt(from: [x], at: depth)
    return halt.lossAtStart - halt.later > 1e-11 * max(abs(halt.lossAtStart), 1e-300)
  }

  private func boundary(_ a: Double, _ b: Double, stopsBelow: Bool, _ depth: Double) throws -> Boundary {
    let objective = search.objective
    func look(_ x: Double) -> Double { objective.lookAhead(depth: depth, at: [x]) }
    let continued = stopsBelow ? b : a
    // where the look-ahead is negative one certainly continues; is its sign change the boundary, or do values cross before it?
    if look(continued) < 0, let edge = try? RootFinding.brent(lower: a, upper: b, look) {
      let outside = edge + (stopsBelow ? -1e-6 : 1e-6) * (b - a)
      if try !isContinued(outside, depth) { return Boundary(at: edge, stopsBelow: stopsBelow, isSmooth: true) }
      return try crossing(stopsBelow ? a : outside, stopsBelow ? outside : b, stopsBelow: stopsBelow, depth)
    }
    return try crossing(a, b, stopsBelow: stopsBelow, depth)
  }

  private func crossing(_ a: Double, _ b: Double, stopsBelow: Bool, _ depth: Double) throws -> Boundary {
    func gap(_ x: Double) -> Double { (try? advantage(x, depth)) ?? .nan }
    let (atA, atB) = (gap(a), gap(b))
    if atA.isFinite, atB.isFinite, (atA < 0) != (atB < 0), let at = try? RootFinding.brent(lower: a, upper: b, gap) {
      return Boundary(at: at, stopsBelow: stopsBelow, isSmooth: false)
    }
    // a later halt appears out of nothing: bisection on the decision itself
    var (stop, go) = stopsBelow ? (a, b) : (b, a)
    while abs(stop - go) > 4 * max(abs(stop), abs(go)).ulp {
      let middle = 0.5 * (stop + go)
      if middle == stop || middle == go { break }
      if try isContinued(middle, depth) { go = middle } else { stop = middle }
    }
    return Boundary(at: stop, stopsBelow: stopsBelow, isSmooth: false)
  }
}
