/// Ends of the steps to take, whatever their errors: a network's blocks, or steps frozen for differences.
enum PrescribedSteps: Equatable, Sendable {
  /// So many equal steps over the whole interval; no list of them, for a network may have millions.
  case equal(Int)
  /// Ascending; the last is the end of the interval.
  case ends([Double])

  var count: Int {
    switch self {
    case .equal(let count): count
    case .ends(let depths): depths.count
    }
  }

  /// Where step k ends, the last one exactly at the interval's end.
  func end(of step: Int, from start: Double, to end: Double) -> Double {
    switch self {
    case .equal(let count):
      step + 1 == count ? end : start + (end - start) * Double(step + 1) / Double(count)
    case .ends(let depths): depths[step]
    }
  }

  /// What a step's end may miss a jump by and still be meant for it, as a share of the step.
  static let rounding = 1e-9

  /// Those of the jumps (ascending) that a step's end is, but for rounding: there a new piece begins. Jumps inside a step are
  /// passed over, as a network with other blocks would; the last step ends where the interval does.
  func met(_ jumps: [Double], from start: Double, to end: Double) -> [Double] {
    var met: [Double] = []
    var last = -1
    for jump in jumps {
      guard let step = step(endingAt: jump, from: start, to: end), step > last, step < count - 1 else { continue }
      met.append(jump)
      last = step
    }
    return met
  }

  /// The jump that the last step ends at, but for rounding.
  func jumpAtEnd(_ jumps: [Double], from start: Double, to end: Double) -> Double? {
    let left = count == 1 ? start : self.end(of: count - 2, from: start, to: end)
    return jumps.last { abs($0 - end) <= Self.rounding * (end - left) }
  }

  private func step(endingAt depth: Double, from start: Double, to end: Double) -> Int? {
    // the first step that ends there or later, by bisection
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if self.end(of: middle, from: start, to: end) < depth { low = middle + 1 } else { high = middle }
    }
    return [low - 1, low].first { step in
      guard step >= 0 else { return false }
      let left = step == 0 ? start : self.end(of: step - 1, from: start, to: end)
      let right = self.end(of: step, from: start, to: end)
      return abs(right - depth) <= Self.rounding * (right - left)
    }
  }
}
