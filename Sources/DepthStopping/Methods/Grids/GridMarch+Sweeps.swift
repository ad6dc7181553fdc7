import DepthDynamics

/// Brennan-Schwartz sweeps that place the boundary within its cell.
///
/// Elimination runs towards the boundary and stops at the first node where stopping wins; the relation `U_i = v_i + rho_i U_{i-1}`
/// of the outermost free node and the two values `U_i = -q d^2`, `U_{i-1} = -q (h - d)^2` of the smooth continuation (q =
/// s/sigma^2 from the equation at the boundary) leave one quadratic equation for the gap d. So differences across the
/// boundary see a smooth function: the error has an expansion in h^2 and the step, where the plain scheme's depends on where in its
/// cell the boundary lies. Source of the sweep: Brennan and Schwartz, J. Finance 32 (1977).
extension GridMarch {
  /// What a sweep found at the boundary it ran to.
  private struct Landing {
    let outermost: Int
    let edge: FreeBlock.Edge
  }

  /// U, blocks and their edges for the present topology; false where it does not verify.
  mutating func sharpen(_ k: Double) -> Bool {
    if rows.inequality.dependsOnDepth && someStoppedNodeMustContinue() { return false }
    for index in blocks.indices {
      var block = blocks[index]
      let floor = index == 0 ? lowest : blocks[index - 1].last + 2
      let ceiling = index == blocks.count - 1 ? highest : blocks[index + 1].first - 2
      let old = block
      guard relax(&block, k, floor: floor, ceiling: ceiling) else { return false }
      for i in stride(from: old.first, to: block.first, by: 1) { u[i] = 0 }
      for i in stride(from: old.last, to: block.last, by: -1) { u[i] = 0 }
      blocks[index] = block
    }
    return true
  }

  private func someStoppedNodeMustContinue() -> Bool {
    var node = lowest
    let source = rows.source
    for block in blocks {
      while node < block.first {
        if source[node] < 0 { return true }
        node += 1
      }
      node = block.last + 1
    }
    while node <= highest {
      if source[node] < 0 { return true }
      node += 1
    }
    return false
  }

  /// One sweep for one free edge; for two in turns, the other edge moving along its tangent: Newton's method.
  private mutating func relax(_ block: inout FreeBlock, _ k: Double, floor: Int, ceiling: Int) -> Bool {
    let mayEndBelow = floor == lowest
    let mayEndAbove = ceiling == highest
    if !block.upper.isFree {
      guard let landing = sweepDown(block, k, floor, mayEndBelow) else { return false }
      (block.first, block.lower) = (landing.outermost, landing.edge)
      return true
    }
    if !block.lower.isFree {
      guard let landing = sweepUp(block, k, ceiling, mayEndAbove) else { return false }
      (block.last, block.upper) = (landing.outermost, landing.edge)
      return true
    }
    for round in 0..<40 {
      guard let below = sweepDown(block, k, floor, mayEndBelow) else { return false }
      (block.first, block.lower) = (below.outermost, below.edge)
      let second = min(block.first + 1, block.last)
      let (atFirst, atSecond) = (u[block.first], u[second])
      guard let above = sweepUp(block, k, ceiling, mayEndAbove) else { return false }
      (block.last, block.upper) = (above.outermost, above.edge)
      // the lower edge still holds if the second sweep left the values there; two neighbouring cells may both claim a
      // boundary between them, which is a difference of third order
      let change = max(abs(u[block.first] - atFirst), abs(u[second] - atSecond))
      let tolerance = round < 12 ? 1e-11 : 1e-2
      if change <= tolerance * abs(atSecond) + 1e-250 { return true }
    }
    return false
  }

  private mutating func sweepDown(_ block: FreeBlock, _ k: Double, _ floor: Int, _ mayEnd: Bool) -> Landing? {
    sweepCount += 1
    return rows.generator.withUnsafeRates { down, up, killing in
      sweep(
        -1, from: block.last, expected: block.first, limit: floor, mayEnd: mayEnd, held: block.upper, k,
        toward: down, away: up, killing, rows.thresholdBelow, rows.cellCurvature)
    }
  }

  private mutating func sweepUp(_ block: FreeBlock, _ k: Double, _ ceiling: Int, _ mayEnd: Bool) -> Landing? {
    sweepCount += 1
    return rows.generator.withUnsafeRates { down, up, killing in
      sweep(
        1, from: block.first, expected: block.last, limit: ceiling, mayEnd: mayEnd, held: block.lower, k,
        toward: up, away: down, killing, rows.thresholdAbove, rows.cellCurvature + 1)
    }
  }

  /// Eliminates from `start` in direction `step` to where stopping wins, sought from the `expected` node on, or to the
  /// limit; then substitutes back.
  @inline(__always)
  private func sweep(
    _ step: Int, from start: Int, expected: Int, limit: Int, mayEnd: Bool, held: FreeBlock.Edge, _ k: Double,
    toward: UnsafePointer<Double>, away: UnsafePointer<Double>, _ killing: UnsafePointer<Double>,
    _ threshold: UnsafePointer<Double>, _ curvature: UnsafePointer<Double>
  ) -> Landing? {
    let (right, ratios, values, u) = (self.right, self.ratio, self.value, self.u)
    guard (limit - start) * step >= 0 else { return nil }
    var i = start
    let firstPivot = 1 + k * (toward[i] + away[i] * (1 + held.slope) + killing[i])
    var value = (right[i] + k * away[i] * held.offset) / firstPivot
    var ratio = k * toward[i] / firstPivot
    (ratios[i], values[i]) = (ratio, value)
    // near the start the test below would only say that a block that short would not last
    while i != expected {
      i += step
      let fromAway = k * away[i]
      let inverse = 1 / (1 + k * (toward[i] + away[i] + killing[i]) - fromAway * ratio)
      value = (right[i] + fromAway * value) * inverse
      ratio = k * toward[i] * inverse
      ratios[i] = ratio
      values[i] = value
    }
    var isStopped = false
    while value > ratio * threshold[i] {
      // the boundary comes in
      if i == start { return nil }
      isStopped = true
      i -= step
      (ratio, value) = (ratios[i], values[i])
    }
    while i != limit && !isStopped {
      let j = i + step
      let fromAway = k * away[j]
      let inverse = 1 / (1 + k * (toward[j] + away[j] + killing[j]) - fromAway * ratio)
      let nextValue = (right[j] + fromAway * value) * inverse
      let nextRatio = k * toward[j] * inverse
      if nextValue > nextRatio * threshold[j] {
        isStopped = true
        break
      }
      (ratio, value) = (nextRatio, nextValue)
      ratios[j] = ratio
      values[j] = value
      i = j
    }
    var edge = FreeBlock.Edge(isFree: false)
    if isStopped {
      edge = Self.boundary(value, ratio, curvature[i], abs(rows.nodes[i] - rows.nodes[i + step]))
    } else if !mayEnd {
      return nil
    }
    var previous = value + ratio * edge.ghost
    previous = previous < -1e-250 ? previous : min(previous, 0)
    u[i] = previous
    var highest = 0.0
    var j = i
    while j != start {
      j -= step
      let next = values[j] + ratios[j] * previous
      highest = next > highest ? next : highest
      previous = next < -1e-250 ? next : 0
      u[j] = previous
    }
    // more than rounding above the loss: stopping pays inside the block
    return highest <= 1e-13 * abs(value) + 1e-250 ? Landing(outermost: i, edge: edge) : nil
  }

  /// The gap d in [0, h] of `-q d^2 = v - rho q (h - d)^2`.
  private static func boundary(_ value: Double, _ ratio: Double, _ q: Double, _ h: Double) -> FreeBlock.Edge {
    let (a, b, c) = ((1 - ratio) * q, 2 * ratio * q * h, ratio * q * h * h - value)
    let root = 2 * c / (b + (b * b + 4 * a * c).squareRoot())
    guard q > 0, root < h else { return .init(isFree: true, ghost: 0, gap: h, isSmooth: false) }
    let beyond = h - max(root, 0)
    let gap = max(root, 0)
    return .init(
      isFree: true, ghost: -q * beyond * beyond, gap: gap, isSmooth: true, slope: beyond / gap, offset: -q * beyond * h)
  }
}
