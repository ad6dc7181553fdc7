import DepthNumerics

/// U at one depth on one grid, with its free blocks and their boundaries.
struct GridSnapshot {
  let depthToGo: Double
  let u: [Double]
  let blocks: [FreeBlock]
  let roots: [BoundaryRoot]
}

/// A free boundary at one depth.
struct BoundaryRoot: Equatable {
  let state: Double
  let stopsBelow: Bool
  /// Whether `(V - g)'` vanishes there.
  let isSmooth: Bool
}

extension GridMarch {
  func snapshot(depthToGo: Double) -> GridSnapshot {
    var roots: [BoundaryRoot] = []
    appendRoots(to: &roots)
    return GridSnapshot(
      depthToGo: depthToGo, u: Array(UnsafeBufferPointer(start: u, count: rows.count)), blocks: blocks, roots: roots)
  }

  /// The boundaries of every block, ascending.
  func appendRoots(to roots: inout [BoundaryRoot]) {
    for block in blocks {
      if block.lower.isFree { roots.append(root(block.first, 1, block, block.lower)) }
      if block.upper.isFree { roots.append(root(block.last, -1, block, block.upper)) }
    }
  }

  /// The boundaries just before the horizon: where `g_t + L g - r g + c` changes sign, and concave kinks.
  func terminalRoots() -> [BoundaryRoot] {
    let x = rows.nodes
    let model = rows.inequality
    let end = horizon
    func place(stopped: Int, free: Int) -> Double {
      if rows.kinkNodes.contains(free) { return x[free] }
      return
        (try? RootFinding.brent(lower: min(x[stopped], x[free]), upper: max(x[stopped], x[free])) {
          model.lookAhead(end, $0)
        }) ?? x[free]
    }
    var roots: [BoundaryRoot] = []
    for block in blocks {
      if block.lower.isFree {
        roots.append(.init(state: place(stopped: block.first - 1, free: block.first), stopsBelow: true, isSmooth: true))
      }
      if block.upper.isFree {
        roots.append(.init(state: place(stopped: block.last + 1, free: block.last), stopsBelow: false, isSmooth: true))
      }
    }
    return roots
  }

  /// The root of U', extrapolated from four nodes of the continuation side; the stopped node where smooth fit fails.
  private func root(_ first: Int, _ step: Int, _ block: FreeBlock, _ edge: FreeBlock.Edge) -> BoundaryRoot {
    let x = rows.nodes
    let side = step > 0
    let direction = Double(step)
    let sharp = x[first] - direction * edge.gap
    guard edge.isSmooth else { return BoundaryRoot(state: sharp, stopsBelow: side, isSmooth: false) }
    let fallback = BoundaryRoot(state: sharp, stopsBelow: side, isSmooth: true)
    let end = first + 3 * step
    guard end >= block.first, end <= block.last else { return fallback }
    // U has the kinks of g
    if rows.kinkNodes.contains(where: { ($0 - first) * step > 0 && ($0 - end) * step < 0 }) { return fallback }
    // Newton's divided differences in the distance t from the outermost free node
    func t(_ j: Int) -> Double { direction * (x[first + j * step] - x[first]) }
    let (t1, t2, t3) = (t(1), t(2), t(3))
    let (u0, u1, u2, u3) = (u[first], u[first + step], u[first + 2 * step], u[end])
    let (d1, d2, d3) = ((u1 - u0) / t1, (u2 - u1) / (t2 - t1), (u3 - u2) / (t3 - t2))
    let (e1, e2) = ((d2 - d1) / t2, (d3 - d2) / (t3 - t1))
    let c = (e2 - e1) / t3
    // p' = d1 + e1 (2t - t1) + c (3t^2 - 2(t1 + t2) t + t1 t2)
    var place = -edge.gap
    for _ in 0..<8 {
      let slope = d1 + e1 * (2 * place - t1) + c * (3 * place * place - 2 * (t1 + t2) * place + t1 * t2)
      let bend = 2 * e1 + c * (6 * place - 2 * (t1 + t2))
      guard bend < 0 else { return fallback }
      place -= slope / bend
    }
    let cell = abs(x[first] - x[first - step])
    guard abs(place + edge.gap) <= 0.5 * cell else { return fallback }
    return BoundaryRoot(state: x[first] + direction * place, stopsBelow: side, isSmooth: true)
  }
}
