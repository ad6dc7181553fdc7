import DepthDynamics
import DepthNumerics
import DepthRuns

/// The stopping set of a flow on the line within a window of states, at one depth: closed intervals.
///
/// One continues at x where the look-ahead is negative, or where some later halt is better than halting at once. Either the
/// look-ahead changes sign at a boundary (smooth fit) or the values of halting now and later cross there (V has a kink; block-wise
/// always).
struct FlowIntervals<Field: VectorField, Method: Integrator> {
  let search: HaltingSearch<Field, Method>
  let lower: Double
  let upper: Double
  /// States at which the window is looked at; intervals narrower than their spacing may be missed.
  let samples: Int
  /// Delta; nil where one may stop at any depth.
  var blockSize: Double?

  struct Boundary {
    let at: Double
    let stopsBelow: Bool
    let isSmooth: Bool
  }

  private struct Judged {
    let state: Double
    let continues: Bool
    /// Where one halts who continues.
    let target: Double?
  }

  func boundaries(at depth: Double) throws -> [Boundary] {
    let spacing = (upper - lower) / Double(samples)
    var judged = try (0..<samples).map { try judge(lower + spacing * (Double($0) + 0.5), depth) }
    judged += try hidden(among: judged, spacing, depth)
    judged.sort { $0.state < $1.state }
    return try zip(judged, judged.dropFirst()).filter { $0.continues != $1.continues }.map { a, b in
      try boundary(a.state, b.state, stopsBelow: !a.continues, depth)
    }
  }

  /// A stopping interval narrower than the spacing, where flows from the samples halt in it.
  private func hidden(among judged: [Judged], _ spacing: Double, _ depth: Double) throws -> [Judged] {
    guard !search.objective.dependsOnDepth, search.objective.horizon == nil else { return [] }
    var found: [Judged] = []
    for target in judged.compactMap(\.target).sorted() where target > lower && target < upper {
      if let last = found.last, abs(target - last.state) < 2 * spacing { continue }
      let near = judged.filter { abs($0.state - target) < 1.5 * spacing }
      guard !near.isEmpty, near.allSatisfy(\.continues) else { continue }
      search: for k in 1...32 {
        let step = spacing / Double(1 << k)
        for x in [target + step, target - step] {
          let here = try judge(x, depth)
          if here.continues { continue }
          found.append(here)
          break search
        }
      }
    }
    return found
  }

  private func halt(_ x: Double, _ depth: Double) throws -> Halt {
    try blockSize.map { try search.blockwiseHalt(from: [x], at: depth, blockSize: $0) }
      ?? search.halt(from: [x], at: depth)
  }

  /// `g - best later halt`, above rounding.
  private func advantage(_ x: Double, _ depth: Double) throws -> Double {
    let halt = try halt(x, depth)
    return halt.lossAtStart - halt.later
  }

  private func judge(_ x: Double, _ depth: Double) throws -> Judged {
    let halt = try halt(x, depth)
    let isBetter = halt.lossAtStart - halt.later > 1e-11 * max(abs(halt.lossAtStart), 1e-300)
    let continues = isBetter || blockSize == nil && search.objective.lookAhead(depth: depth, at: [x]) < 0
    return Judged(state: x, continues: continues, target: halt.depth > 0 ? halt.state[0] : nil)
  }

  private func isContinued(_ x: Double, _ depth: Double) throws -> Bool {
    if blockSize == nil, search.objective.lookAhead(depth: depth, at: [x]) < 0 { return true }
    return try judge(x, depth).continues
  }

  private func boundary(_ a: Double, _ b: Double, stopsBelow: Bool, _ depth: Double) throws -> Boundary {
    let objective = search.objective
    func look(_ x: Double) -> Double { objective.lookAhead(depth: depth, at: [x]) }
    let continued = stopsBelow ? b : a
    // where the look-ahead is negative one certainly continues; is its sign change the boundary, or do values cross before it?
    if blockSize == nil, look(continued) < 0, let edge = try? RootFinding.brent(lower: a, upper: b, look) {
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
