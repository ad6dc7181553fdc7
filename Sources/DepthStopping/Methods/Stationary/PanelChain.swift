import DepthNumerics

/// Panels side by side, grown outwards from a place where one must continue; breaks of the problem fall on panel ends.
///
/// Panel 0 begins at `middle`, panel -1 ends there. A chain may instead start at an end of the domain and carry on from panel to
/// panel the one family of solutions that the end allows: in the direction in which disturbances decay, and without
/// the boundary layers that solutions with given values at both ends have where drift dominates noise.
final class PanelChain {
  /// How a chain starts at an end of the domain.
  struct March {
    let isFromBelow: Bool
    /// V' away from the end at `middle`, as in `PanelWorkspace.panel`; nil: the end's own condition.
    let family: SIMD3<Double>?
  }

  let equation: StationaryOperator
  let middle: Double
  let march: March?
  private let breaks: [Double]
  private let workspace = PanelWorkspace()
  private var above: [ContinuationPanel] = []
  private var below: [ContinuationPanel] = []
  private var lengthAbove: Double
  private var lengthBelow: Double

  init(_ equation: StationaryOperator, middle: Double, breaks: [Double], length: Double, march: March? = nil) {
    self.march = march
    self.equation = equation
    self.middle = middle
    self.breaks = breaks
    (lengthAbove, lengthBelow) = (length, length)
  }

  /// Forgets all panels; the next ones on either side are tried with the given length.
  func restart(length: Double) {
    above.removeAll()
    below.removeAll()
    (lengthAbove, lengthBelow) = (length, length)
  }

  var panelsTried: Int { workspace.panelsTried }
  /// Indices of the panels that exist.
  var indices: Range<Int> { -below.count..<above.count }

  subscript(_ index: Int) -> ContinuationPanel { index >= 0 ? above[index] : below[-1 - index] }

  /// Where the chain stands on a side.
  func end(isUpper: Bool) -> Double { isUpper ? above.last?.upper ?? middle : below.last?.lower ?? middle }

  /// Panels that a chain may try: ordinary problems take tens.
  private static let mostPanels = 5000

  /// One more panel on a side, towards `limit` and at most to the next break.
  ///
  /// - Throws: `StoppingError` when no panel is short enough.
  func grow(isUpper: Bool, limit: Double) throws {
    let x = end(isUpper: isUpper)
    let isBeyond: (Double) -> Bool = { isUpper ? $0 > x : $0 < x }
    let stop = breaks.filter(isBeyond).min { abs($0 - x) < abs($1 - x) }
    let goal = stop.map { isUpper ? min($0, limit) : max($0, limit) } ?? limit
    precondition(isBeyond(goal), "the chain stands at \(x), nothing to grow towards \(goal)")
    let rest = abs(goal - x)
    let kind: ContinuationPanel.Kind = march.map { $0.isFromBelow ? .fromBelow : .fromAbove } ?? .ordinary
    let family = march.flatMap { (isUpper ? above : below).last?.familyBeyond ?? $0.family }
    var length = isUpper ? lengthAbove : lengthBelow
    while true {
      guard panelsTried < Self.mostPanels else {
        throw StoppingError(
          "\(Self.mostPanels) panels do not resolve V between \(end(isUpper: false)) and \(end(isUpper: true)): the boundary lies too "
            + "close to an end of the domain; another coordinate (log-odds, a logarithm) would help")
      }
      let isLast = length >= 0.8 * rest
      let next = isLast ? goal : isUpper ? x + length : x - length
      guard abs(next - x) > 64 * max(x.ulp, next.ulp) else {
        throw StoppingError("collocation stalls at \(x): drift, noise, cost or discount are not smooth there")
      }
      if let panel = workspace.panel(equation, min(x, next), max(x, next), kind, family: family) {
        let taken = panel.upper - panel.lower
        let growth = panel.usedShare < 0.5 ? 2.5 : panel.usedShare < 0.75 ? 1.5 : 1
        if isUpper {
          above.append(panel)
          lengthAbove = isLast ? max(lengthAbove, taken * growth) : taken * growth
        } else {
          below.append(panel)
          lengthBelow = isLast ? max(lengthBelow, taken * growth) : taken * growth
        }
        return
      }
      length = 0.5 * min(length, rest)
    }
  }

  func grow(isUpper: Bool, to goal: Double) throws {
    while isUpper ? end(isUpper: true) < goal : end(isUpper: false) > goal { try grow(isUpper: isUpper, limit: goal) }
  }

  /// Replaces what reaches towards a reflecting or inflow end by one panel that ends there, as long as resolution allows.
  ///
  /// - Throws: `StoppingError` where the solution is not smooth at the end.
  func close(isUpper: Bool, at domainEnd: Double) throws {
    let kind: ContinuationPanel.Kind = isUpper ? .fromAbove : .fromBelow
    // a panel with given values at the end itself gives way
    if end(isUpper: isUpper) == domainEnd { if isUpper { above.removeLast() } else { below.removeLast() } }
    var kept = 0
    for _ in 0..<200 {
      let panels = isUpper ? above : below
      let from = kept == 0 ? middle : isUpper ? panels[kept - 1].upper : panels[kept - 1].lower
      if from != domainEnd,
        let panel = workspace.panel(equation, min(from, domainEnd), max(from, domainEnd), kind)
      {
        if isUpper { above = above.prefix(kept) + [panel] } else { below = below.prefix(kept) + [panel] }
        return
      }
      kept += 1
      if kept > panels.count {
        let reach = abs(domainEnd - from)
        try grow(isUpper: isUpper, limit: isUpper ? domainEnd - reach / 2 : domainEnd + reach / 2)
      }
    }
    throw StoppingError("the solution cannot be resolved at the end \(domainEnd) of the domain")
  }

  /// The panel that holds x; nil outside the chain.
  func index(holding x: Double) -> Int? {
    guard let first = indices.first, x >= self[first].lower, x <= self[indices.last!].upper else { return nil }
    var (low, high) = (first, indices.last!)
    while low < high {
      let center = low + (high - low) / 2
      if x > self[center].upper { low = center + 1 } else { high = center }
    }
    return low
  }
}
