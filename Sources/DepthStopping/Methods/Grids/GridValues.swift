/// Values between nodes, and the extrapolation over nested grids.
struct GridValues {
  let inequality: VariationalInequality
  let nodes: [Double]
  let depth: Double

  /// V at x: g in the stopping region, else the polynomial through up to six free nodes around it.
  ///
  /// V, not U, is interpolated: it is smooth across kinks of g. O(h^6) inside, O(h^4) next to narrow blocks' boundaries.
  func value(_ snapshot: GridSnapshot, at x: Double) -> Double {
    let g = inequality.loss.value(depth, x)
    guard let block = block(snapshot, at: x) else { return g }
    var (low, high) = (block.first, block.last)
    while high - low > 1 {
      let middle = (low + high) / 2
      if nodes[middle] <= x { low = middle } else { high = middle }
    }
    let first = max(block.first, min(low - 2, block.last - 5))
    let last = min(block.last, first + 5)
    var sum = 0.0
    for i in first...last {
      var weight = 1.0
      for j in first...last where j != i { weight *= (x - nodes[j]) / (nodes[i] - nodes[j]) }
      sum += weight * (snapshot.u[i] + inequality.loss.value(depth, nodes[i]))
    }
    // V <= g is part of the equation, interpolated values may miss it by their own error
    return min(sum, g)
  }

  /// The free block whose boundaries hold x.
  private func block(_ snapshot: GridSnapshot, at x: Double) -> FreeBlock? {
    var root = 0
    for block in snapshot.blocks {
      var (lower, upper) = (nodes[block.first], nodes[block.last])
      if block.lower.isFree {
        lower = snapshot.roots[root].state
        root += 1
      }
      if block.upper.isFree {
        upper = snapshot.roots[root].state
        root += 1
      }
      if lower < x && x < upper || (x == lower && !block.lower.isFree) || (x == upper && !block.upper.isFree) {
        return block
      }
    }
    return nil
  }
}

/// `f + (f - coarse)/3`: what is left of second-order results on two nested grids is of higher order.
func richardson(_ fine: Double, _ coarse: Double) -> Double { fine + (fine - coarse) / 3 }
