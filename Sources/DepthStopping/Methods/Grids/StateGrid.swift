import Foundation

/// Where nodes lie: a smooth density between anchors (ends and kinks, which are nodes at every refinement).
///
/// In the coordinate `z = int dx / sigma` noise is the same everywhere; the density in z is highest around the core where kinks and
/// boundaries are and falls off like the inverse distance, `1 / sqrt(1 + (d / reach)^2)`, d the distance from the core.
/// Grids of different refinement are nested and share one mapping.
struct StateGrid {
  struct Shape {
    var lower: Double
    var upper: Double
    /// States in the interior that must be nodes, ascending.
    var kinks: [Double]
    /// Nodes are densest on this interval.
    var core: (lower: Double, upper: Double)
  }

  /// The reach is this share of the way from the core to the farther end.
  private static let reachShare = 1.0 / 7
  /// At a kink the density is four times that of the core, over this share of the reach.
  private static let (kinkBoost, kinkShare) = (3.0, 0.15)

  /// The finest nodes.
  let nodes: [Double]
  let kinkNodes: [Int]

  /// - Parameter cells: in all, about; each segment between anchors gets a multiple of `refinement`.
  init(_ shape: Shape, noise: (Double) -> Double, cells: Int, refinement: Int) {
    let table = NoiseCoordinate(lower: shape.lower, upper: shape.upper, core: shape.core, noise: noise)
    let anchors = [shape.lower] + shape.kinks + [shape.upper]
    let core = (lower: table.coordinate(of: shape.core.lower), upper: table.coordinate(of: shape.core.upper))
    let kinks = shape.kinks.map { table.coordinate(of: $0) }
    let end = table.coordinate(of: shape.upper)
    let reach = max(max(core.lower, end - core.upper) * Self.reachShare, 1e-3 * end)
    func density(_ z: Double) -> Double {
      let distance = max(0, core.lower - z, z - core.upper) / reach
      var density = 1 / (1 + distance * distance).squareRoot()
      for kink in kinks {
        let d = (z - kink) / (Self.kinkShare * reach)
        density *= 1 + Self.kinkBoost / (1 + d * d)
      }
      return density
    }
    let segments = zip(anchors, anchors.dropFirst()).map { lower, upper in
      GradedSegment(from: table.coordinate(of: lower), to: table.coordinate(of: upper), density: density)
    }
    let total = segments.reduce(0) { $0 + $1.total }
    var nodes = [shape.lower]
    var kinkNodes: [Int] = []
    for (index, segment) in segments.enumerated() {
      let coarse = max(2, Int((Double(cells / refinement) * segment.total / total).rounded()))
      let count = coarse * refinement
      for i in 1..<count {
        nodes.append(table.state(at: segment.place(share: Double(i) / Double(count))))
      }
      nodes.append(anchors[index + 1])
      if index < segments.count - 1 { kinkNodes.append(nodes.count - 1) }
    }
    self.nodes = nodes
    self.kinkNodes = kinkNodes
  }

  /// Every `stride`-th node.
  func coarsened(_ stride: Int) -> (nodes: [Double], kinkNodes: [Int]) {
    (Swift.stride(from: 0, to: nodes.count, by: stride).map { nodes[$0] }, kinkNodes.map { $0 / stride })
  }
}

/// `z(x) = int dx / sigma` on an interval, tabulated along `dx/dz = sigma` by Runge and Kutta's method; cubic between.
struct NoiseCoordinate {
  private var states: [Double]
  private var slopes: [Double]
  private var step: Double

  init(lower: Double, upper: Double, core: (lower: Double, upper: Double), noise: (Double) -> Double) {
    // where the noise all but vanishes, distance in x counts
    let inside = [core.lower, 0.5 * (core.lower + core.upper), core.upper].map { abs(noise($0)) }.filter(\.isFinite)
    let typical = inside.max() ?? 0
    let floor =
      typical > 0
      ? 0.01 * typical : abs(noise(0.5 * (lower + upper))) > 0 ? 1e-3 * abs(noise(0.5 * (lower + upper))) : 1
    func sigma(_ x: Double) -> Double {
      let s = noise(min(max(x, lower), upper))
      return s.isFinite ? (s * s + floor * floor).squareRoot() : floor
    }
    (states, slopes, step) = ([], [], (upper - lower) / (64 * floor))
    // from the coarsest step down to some 600 of them
    while true {
      tabulate(lower, upper, sigma)
      if states.count > 600 { break }
      step *= max(0.01, min(0.5, Double(states.count) / 800))
    }
  }

  private mutating func tabulate(_ lower: Double, _ upper: Double, _ sigma: (Double) -> Double) {
    states = [lower]
    slopes = [sigma(lower)]
    var x = lower
    while x < upper {
      let k1 = slopes[slopes.count - 1]
      let k2 = sigma(x + 0.5 * step * k1)
      let k3 = sigma(x + 0.5 * step * k2)
      let k4 = sigma(x + step * k3)
      x += step * (k1 + 2 * k2 + 2 * k3 + k4) / 6
      states.append(x)
      slopes.append(sigma(x))
    }
  }

  /// x at z, between the interval's ends.
  func state(at z: Double) -> Double {
    let place = max(0, min(Double(states.count - 1), z / step))
    let i = min(Int(place), states.count - 2)
    return hermite(i, place - Double(i))
  }

  /// z of x by bisection of the table and Newton's method in the cell.
  func coordinate(of x: Double) -> Double {
    var (low, high) = (0, states.count - 1)
    guard x > states[0] else { return 0 }
    while high - low > 1 {
      let middle = (low + high) / 2
      if states[middle] <= x { low = middle } else { high = middle }
    }
    var share = min(1, (x - states[low]) / (states[low + 1] - states[low]))
    for _ in 0..<6 {
      let slope = slopes[low] + share * (slopes[low + 1] - slopes[low])
      share -= (hermite(low, share) - x) / (step * slope)
      share = max(0, min(1, share))
    }
    return step * (Double(low) + share)
  }

  private func hermite(_ i: Int, _ s: Double) -> Double {
    let r = 1 - s
    let ends = states[i] * r * r * (1 + 2 * s) + states[i + 1] * s * s * (3 - 2 * s)
    return ends + step * s * r * (slopes[i] * r - slopes[i + 1] * s)
  }
}

/// `int density dz` over one segment, tabulated, and its inverse.
struct GradedSegment {
  private let start: Double
  private let step: Double
  /// The integral from the start to each table point.
  private var sums: [Double] = [0]
  private var densities: [Double]
  var total: Double { sums[sums.count - 1] }

  init(from start: Double, to end: Double, density: (Double) -> Double, points: Int = 256) {
    self.start = start
    step = (end - start) / Double(points)
    densities = [density(start)]
    for i in 1...points {
      let z = start + Double(i) * step
      let next = density(z)
      // Simpson's rule
      let sum = sums[i - 1] + step / 6 * (densities[i - 1] + 4 * density(z - 0.5 * step) + next)
      sums.append(sum)
      densities.append(next)
    }
  }

  /// z where the integral is `share` of the whole: cubic in the integral between table points.
  func place(share: Double) -> Double {
    let target = share * total
    var (low, high) = (0, sums.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if sums[middle] <= target { low = middle } else { high = middle }
    }
    let length = sums[low + 1] - sums[low]
    let s = (target - sums[low]) / length
    let r = 1 - s
    let (a, b) = (Double(low) * step, Double(low + 1) * step)
    let cubic = a * r * r * (1 + 2 * s) + b * s * s * (3 - 2 * s)
    return start + cubic + length * s * r * (r / densities[low] - s / densities[low + 1])
  }
}
