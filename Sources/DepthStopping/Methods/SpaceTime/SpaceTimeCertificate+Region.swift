import DepthNumerics
import Foundation

extension SpaceTimeCertificate {
  /// Samples of a polynomial at four times as many points as its degree; between them it exceeds them by a twentieth of their spread.
  private struct Range {
    var low = Double.infinity
    var high = -Double.infinity

    mutating func add(_ value: Double) {
      if value < low { low = value }
      if value > high { high = value }
    }

    var supremum: Double { high + 0.1 * (high - low) }
  }

  /// Whether U <= g on the continuation region.
  func isBelow(_ panel: SpaceTimePanel, _ jets: [SpaceTimeJets], _ allowance: Double) -> Bool {
    let (n, p) = (panel.rule.n + 1, panel.rule.p + 1)
    let us = ChebyshevTable.points(4 * p)
    let columns = ChebyshevTable.vandermonde(us, p)
    for e in panel.elements.indices {
      let isUnstopped = panel.elements[e].isUnstopped
      let powerLow = e == 0 && interval.isLowerFree ? 2 : 0
      let powerHigh = e + 1 == panel.elements.count && interval.isUpperFree ? 2 : 0
      // beyond, U <= g where U - W does not exceed g - W
      let room = max(allowance, isUnstopped ? leastGap(panel, e) : 0)
      var pending = [(-1.0, 1.0, 0)]
      while let (a, b, depth) = pending.popLast() {
        let ts = ChebyshevTable.points(4 * n).map { 0.5 * (a + b) + 0.5 * (b - a) * $0 }
        let values = ChebyshevTable.values(
          ChebyshevTable.vandermonde(ts, n), ts.count, jets[e].d, n, p, columns, us.count)
        // beside a free end D = Q eta^2: either D or Q tells
        var (plain, divided) = (Range(), Range())
        for (i, t) in ts.enumerated() {
          let eta = 0.5 * (1 + t)
          var divisor = 1.0
          if powerLow > 0 { divisor *= eta * eta }
          if powerHigh > 0 { divisor *= (1 - eta) * (1 - eta) }
          for j in us.indices {
            plain.add(values[i * us.count + j])
            divided.add(values[i * us.count + j] / divisor)
          }
        }
        if plain.supremum <= room || divided.supremum <= 0 { continue }
        guard depth < 28, plain.high <= room else { return false }
        pending += [(a, 0.5 * (a + b), depth + 1), (0.5 * (a + b), b, depth + 1)]
      }
    }
    return true
  }

  /// Whether `L g - r g + c >= 0` where one stops: beside each free end, and by the structure's promise beyond.
  func stopsRightly(_ panel: SpaceTimePanel) -> Bool {
    for isUpper in [false, true] where isUpper ? interval.isUpperFree : interval.isLowerFree {
      var (low, high) = (Double.infinity, -Double.infinity)
      for u in ChebyshevTable.points(3 * panel.rule.p) {
        let s = panel.first + 0.5 * (1 + u) * (panel.last - panel.first)
        let value = interval.moving.lookAhead(
          interval.depth(root: s), interval.origin + panel.boundary(isUpper: isUpper, root: s))
        (low, high) = (min(low, value), max(high, value))
      }
      guard low - 0.05 * (high - low) > 0 else { return false }
    }
    return true
  }
  /// The least g - W over an element, sampled: both are smooth and vary little there.
  private func leastGap(_ panel: SpaceTimePanel, _ e: Int) -> Double {
    guard let unstopped = interval.unstopped else { return 0 }
    var least = Double.infinity
    for share in stride(from: 0.0, through: 1, by: 0.125) {
      let s = panel.first + share * (panel.last - panel.first)
      let (factor, shift) = unstopped.gap(s * s)
      let edges = panel.edges(root: s)
      for place in stride(from: 0.0, through: 1, by: 0.125) {
        let x = interval.origin + edges[e] + place * (edges[e + 1] - edges[e])
        least = min(least, factor * interval.inequality.loss.value(0, x) - shift)
      }
    }
    return 0.5 * least
  }
}
