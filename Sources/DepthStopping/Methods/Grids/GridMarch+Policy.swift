import DepthDynamics

/// Policy iteration on the nodes: finds any topology, each boundary to a cell.
extension GridMarch {
  /// The discrete complementarity problem `max{U, U - k (L U - r U) - right} = 0`, from the present blocks on.
  ///
  /// Howard's algorithm: monotone, finite for the M-matrix of the rows; O(n) a round.
  /// Source: Forsyth and Vetzal, SIAM J. Sci. Comput. 23 (2002).
  mutating func settle(_ k: Double) {
    let n = rows.count
    for i in 0..<n { isFree[i] = false }
    for block in blocks {
      for i in block.first...block.last { isFree[i] = true }
    }
    for i in lowest...highest where rows.source[i] < 0 { isFree[i] = true }
    for _ in 0..<(n + 8) {
      sweepCount += 1
      evaluatePolicy(k)
      if !improvePolicy(k) { break }
    }
    // a tie costs nothing: it counts as free so that no boundary is seen where there is none
    for i in lowest...highest where rows.source[i] <= 0 { isFree[i] = true }
    for i in 0..<n where u[i] > 0 { u[i] = 0 }
  }

  private func evaluatePolicy(_ k: Double) {
    let (u, ratios, right, isFree, n) = (self.u, self.ratio, self.right, self.isFree, rows.count)
    rows.generator.withUnsafeRates { down, up, killing in
      var (ratio, value) = (0.0, 0.0)
      for i in 0..<n {
        if isFree[i] {
          let below = k * down[i]
          let pivot = 1 + k * (down[i] + up[i] + killing[i]) - below * ratio
          value = (right[i] + below * value) / pivot
          ratio = k * up[i] / pivot
        } else {
          (ratio, value) = (0, 0)
        }
        ratios[i] = ratio
        u[i] = value
      }
      for i in stride(from: n - 2, through: 0, by: -1) { u[i] += ratios[i] * u[i + 1] }
    }
  }

  private func improvePolicy(_ k: Double) -> Bool {
    let (u, right, isFree) = (self.u, self.right, self.isFree)
    var deepest = 0.0
    for i in lowest...highest { deepest = min(deepest, u[i]) }
    let slack = 1e-14 * abs(deepest)
    return rows.generator.withUnsafeRates { down, up, _ in
      var changed = false
      for i in lowest...highest {
        let next: Bool
        if isFree[i] {
          next = u[i] <= slack
        } else {
          let below = down[i] == 0 ? 0 : k * down[i] * u[i - 1]
          let above = up[i] == 0 ? 0 : k * up[i] * u[i + 1]
          next = right[i] + below + above < -slack
        }
        if next != isFree[i] {
          isFree[i] = next
          changed = true
        }
      }
      return changed
    }
  }
}
