import DepthNumerics

/// One element's equations over a panel, its inner values eliminated: slopes at its edges as affine functions of the values there.
struct SpaceTimeElement {
  /// Inner values: column 0 of the source and start, then p columns of the lower edge's values, p of the upper's; column-major,
  /// `(n - 1) p` rows, state by depth.
  let inner: [Double]
  /// Slopes d/dx at the lower edge, p rows by 1 + 2p, row-major; and at the upper.
  let lowerSlopes: [Double]
  let upperSlopes: [Double]
  let start: [Double]
  let widths: [Double]

  /// - Parameters:
  ///   - lower, upper: places of the edges at the p + 1 depth nodes, relative to the interval's origin.
  ///   - start: D at the n + 1 state nodes at the panel's first depth.
  /// - Returns: nil where the system is singular or a coefficient not finite.
  init?(
    _ rule: SpaceTimeRule, _ interval: SpaceTimeInterval, first: Double, last: Double, lower: [Double],
    upper: [Double], isUnstopped: Bool, start: [Double]
  ) {
    let (n, p) = (rule.n, rule.p)
    let m = (n - 1) * p
    let columns = 1 + 2 * p
    let eta = rule.states.nodes
    let (d1, d2) = (rule.states.first, rule.states.second)
    let scale = 1 / (last - first)
    let dt = rule.depths.first.map { $0 * scale }
    let inequality = interval.moving
    let width = (0...p).map { upper[$0] - lower[$0] }
    guard width.allSatisfy({ $0 > 0 }) else { return nil }
    var matrix = [Double](repeating: 0, count: m * m)
    var sides = [Double](repeating: 0, count: m * columns)
    for j in 1...p {
      let s = first + (last - first) * rule.depths.nodes[j]
      var (speed, growth) = (0.0, 0.0)
      for k in 0...p {
        speed += dt[j * (p + 1) + k] * lower[k]
        growth += dt[j * (p + 1) + k] * width[k]
      }
      let pace = 1 / (2 * s)
      let depth = interval.depth(root: s)
      for i in 1..<n {
        let x = interval.origin + lower[j] + width[j] * eta[i]
        let sigma = inequality.diffusion(depth, x)
        let a = 0.5 * sigma * sigma
        let transport = ((speed + growth * eta[i]) * pace + inequality.drift(depth, x)) / width[j]
        let spread = a / (width[j] * width[j])
        let discount = inequality.discount(depth, x)
        let source = isUnstopped ? 0 : inequality.lookAhead(depth, x)
        let size = 1 / (spread + abs(transport) / Double(n) + pace * scale + discount)
        guard size.isFinite, source.isFinite, size > 0 else { return nil }
        let row = (i - 1) * p + j - 1
        for k in 0...n {
          let value = -size * (transport * d1[i * (n + 1) + k] + spread * d2[i * (n + 1) + k])
          if k == 0 {
            sides[(1 + j - 1) * m + row] -= value
          } else if k == n {
            sides[(1 + p + j - 1) * m + row] -= value
          } else {
            matrix[((k - 1) * p + j - 1) * m + row] += value
          }
        }
        for k in 1...p { matrix[((i - 1) * p + k - 1) * m + row] += size * pace * dt[j * (p + 1) + k] }
        matrix[row * m + row] += size * discount
        sides[row] = size * (source - pace * dt[j * (p + 1)] * start[i])
      }
    }
    guard LinearSystems.solve(columnMajor: &matrix, size: m, sides: columns, &sides) else { return nil }
    func slopes(_ node: Int) -> [Double] {
      var result = [Double](repeating: 0, count: p * columns)
      for j in 1...p {
        for q in 0..<columns {
          var sum = 0.0
          for i in 1..<n { sum += d1[node * (n + 1) + i] * sides[q * m + (i - 1) * p + j - 1] }
          result[(j - 1) * columns + q] = sum
        }
        result[(j - 1) * columns + j] += d1[node * (n + 1)]
        result[(j - 1) * columns + p + j] += d1[node * (n + 1) + n]
        for q in 0..<columns { result[(j - 1) * columns + q] /= width[j] }
      }
      return result
    }
    (lowerSlopes, upperSlopes) = (slopes(0), slopes(n))
    inner = sides
    self.start = start
    widths = width
  }

  /// All values, (n+1) x (p+1), from those at the edges.
  func values(_ rule: SpaceTimeRule, lower: [Double], upper: [Double]) -> [Double] {
    let (n, p) = (rule.n, rule.p)
    let m = (n - 1) * p
    var result = [Double](repeating: 0, count: (n + 1) * (p + 1))
    for i in 0...n { result[i * (p + 1)] = start[i] }
    for j in 1...p {
      result[j] = lower[j - 1]
      result[n * (p + 1) + j] = upper[j - 1]
    }
    for i in 1..<n {
      for j in 1...p {
        let row = (i - 1) * p + j - 1
        var sum = inner[row]
        for q in 0..<p { sum += inner[(1 + q) * m + row] * lower[q] + inner[(1 + p + q) * m + row] * upper[q] }
        result[i * (p + 1) + j] = sum
      }
    }
    return result
  }

  /// The slope at an edge for all depths.
  func slope(atUpper: Bool, lower: [Double], upper: [Double]) -> [Double] {
    let p = lower.count
    let table = atUpper ? upperSlopes : lowerSlopes
    return (0..<p).map { j in
      let row = j * (1 + 2 * p)
      var sum = table[row]
      for q in 0..<p { sum += table[row + 1 + q] * lower[q] + table[row + 1 + p + q] * upper[q] }
      return sum
    }
  }
}
