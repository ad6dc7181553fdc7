import DepthNumerics

/// The stopping set of a flow in closed form on a window of the line: its ends, each between a state where one certainly stops and one
/// where one certainly continues.
///
/// The window is looked at in samples, and where flows from them halt: a stopping interval that is narrower than the samples'
/// spacing is found by the flows that end in it.
struct EnclosedBoundary {
  let flow: EnclosedFlow
  let lower: Double
  let upper: Double
  let samples: Int

  struct End: Equatable {
    let at: Double
    let error: Double
    let stopsBelow: Bool
    /// Whether the look-ahead vanishes there: V is tangent to g.
    let isSmooth: Bool
  }

  private struct Judged {
    let state: Double
    let stops: Bool
  }

  /// Ascending. States where halting and going on are the same within rounding are passed over.
  func ends(remaining: Double?) throws -> [End] {
    let spacing = (upper - lower) / Double(samples)
    var judged: [Judged] = []
    var targets: [Double] = []
    for i in 0..<samples {
      let x = lower + spacing * (Double(i) + 0.5)
      let minimum = try flow.minimum(from: [x], remaining: remaining)
      guard minimum.decision != .unknown else { continue }
      judged.append(Judged(state: x, stops: minimum.decision == .stop))
      guard minimum.decision == .go, remaining == nil else { continue }
      let halt = minimum.bestAt * (flow.blockSize ?? 1)
      targets.append(flow.state(from: [x], after: halt)[0])
    }
    judged += try hidden(targets, among: judged, spacing)
    judged.sort { $0.state < $1.state }
    return try zip(judged, judged.dropFirst()).filter { $0.stops != $1.stops }.map { a, b in
      try end(stop: a.stops ? a.state : b.state, go: a.stops ? b.state : a.state, remaining)
    }
  }

  /// Stopping states near the targets of flows that lie between samples where one continues.
  private func hidden(_ targets: [Double], among judged: [Judged], _ spacing: Double) throws -> [Judged] {
    var found: [Judged] = []
    for target in targets.sorted() where target > lower && target < upper {
      if let last = found.last, abs(target - last.state) < 2 * spacing { continue }
      let near = judged.filter { abs($0.state - target) < 1.5 * spacing }
      guard !near.isEmpty, near.allSatisfy({ !$0.stops }) else { continue }
      search: for k in 1...46 {
        let step = spacing / Double(1 << k)
        for x in [target + step, target - step, target]
        where try flow.decision(at: [x]) == .stop {
          found.append(Judged(state: x, stops: true))
          break search
        }
      }
    }
    return found
  }

  private func end(stop: Double, go: Double, _ remaining: Double?) throws -> End {
    let (stop, go) = try Self.bracket(stop: stop, go: go) {
      try flow.decision(at: [$0], remaining: remaining)
    }
    let at = 0.5 * stop + 0.5 * go
    let look = flow.lookAhead(at: [at])
    let error = max(abs(stop - at), abs(go - at))
    return End(
      at: at, error: error == 0 ? at.ulp : error.nextUp, stopsBelow: stop < go,
      isSmooth: look.lower <= 1e-6 * flow.cost && look.upper >= -1e-6 * flow.cost)
  }

  /// The narrowest bracket found by halving: decisions at its ends are certain.
  static func bracket(
    stop: Double, go: Double, _ decide: (Double) throws -> EnclosedFlow.Decision
  ) rethrows -> (stop: Double, go: Double) {
    var (stop, go) = (stop, go)
    var doubtful: Double?
    while doubtful == nil, let middle = EnclosedFlow.between(stop, go) {
      switch try decide(middle) {
      case .stop: stop = middle
      case .go: go = middle
      case .unknown: doubtful = middle
      }
    }
    guard let doubtful else { return (stop, go) }
    for side in [EnclosedFlow.Decision.stop, .go] {
      var (certain, other) = (side == .stop ? stop : go, doubtful)
      while let middle = EnclosedFlow.between(certain, other) {
        if try decide(middle) == side { certain = middle } else { other = middle }
      }
      if side == .stop { stop = certain } else { go = certain }
    }
    return (stop, go)
  }
}
