/// Every threshold of a score at once: "stop at the first exit where the score is at least theta".
///
/// As theta rises a sample's tau moves only past the running records of its score, so the mean of `g_tau + c tau` and of tau at
/// every theta that can make a difference come from one sorted list of records. O(n L log(n L)).
struct ThresholdSweep {
  /// Ascending; -infinity stops at once, +infinity never before the last exit.
  let thresholds: [Double]
  /// Mean of `g_tau + c tau` at each.
  let objectives: [Double]
  /// Mean of tau at each.
  let depths: [Double]

  private struct Event {
    let record: Double
    let cost: Double
    let depth: Double
  }

  /// - Parameter score: of sample i at exit k < L.
  init(_ paths: StoppingPaths, runningCost: Double, score: (_ sample: Int, _ exit: Int) -> Double) {
    let (n, blocks) = (paths.sampleCount, paths.blockCount)
    var events: [Event] = []
    events.reserveCapacity(4 * n)
    var (cost, depth) = (0.0, 0.0)
    for sample in 0..<n {
      var (record, exit) = (blocks > 0 ? score(sample, 0) : 0, 0)
      cost += paths.loss(sample, 0)
      while exit < blocks {
        var next = exit + 1
        while next < blocks, !(score(sample, next) > record) { next += 1 }
        let gain = paths.loss(sample, next) - paths.loss(sample, exit) + runningCost * Double(next - exit)
        events.append(Event(record: record, cost: gain, depth: Double(next - exit)))
        exit = next
        if exit < blocks { record = score(sample, exit) }
      }
    }
    events.sort { $0.record < $1.record }
    var (thresholds, objectives, depths) = ([-Double.infinity], [cost / Double(n)], [0.0])
    for (index, event) in events.enumerated() {
      cost += event.cost
      depth += event.depth
      let next = index + 1 < events.count ? events[index + 1].record : .infinity
      guard next > event.record else { continue }
      thresholds.append(next == .infinity ? next : Self.between(event.record, next))
      objectives.append(cost / Double(n))
      depths.append(depth / Double(n))
    }
    self.thresholds = thresholds
    self.objectives = objectives
    self.depths = depths
  }

  /// The threshold of least objective; the shallowest among ties.
  var best: Double { thresholds[objectives.indices.min { objectives[$0] < objectives[$1] } ?? 0] }

  /// Up to `count` thresholds whose mean depths are spread evenly from 0 to the last exit.
  func spread(_ count: Int) -> [Double] {
    guard let deepest = depths.last, thresholds.count > count else { return thresholds }
    var chosen: [Double] = []
    var index = 0
    for step in 0..<count {
      let target = deepest * Double(step) / Double(count - 1)
      while index + 1 < depths.count, depths[index] < target { index += 1 }
      if chosen.last != thresholds[index] { chosen.append(thresholds[index]) }
    }
    return chosen
  }

  /// The midpoint, so that the choice does not sit on a sample; above `low` in any rounding.
  private static func between(_ low: Double, _ high: Double) -> Double {
    let middle = low + 0.5 * (high - low)
    return middle > low && middle.isFinite ? middle : high
  }
}
