import DepthDynamics
import Foundation

/// How a grid ends.
enum GridEnd: Equatable, Sendable {
  /// V' = 0 at the end of the domain; see `ScalarGenerator.End`.
  case reflecting(index: Double)
  /// V = g: an absorbing end, or a place well inside the stopping region.
  case stopped
  /// The domain goes on: V'' = 0 where the drift points inwards, (V - g)' = 0 elsewhere.
  case far
  /// The noise vanishes at the end, the drift enters or is zero: the equation itself.
  case degenerate
}

/// The variational inequality for `U = V - g <= 0` on a grid, assembled at a depth:
/// `U_theta = L U - r U + s` or `U = 0`, theta the depth to go, `s = g_t + L g - r g + c`.
///
/// In U the loss's own curvature is exact, and a kink of g is a mass of s: `(sigma^2/2) [g'] / cell`. Where smooth fit holds
/// the equation itself gives `U'' = -2 s / sigma^2` on the continuation side of a boundary; that is what `cellCurvature` and the
/// thresholds know.
struct GridRows: ~Copyable {
  let inequality: VariationalInequality
  let nodes: [Double]
  let kinkNodes: [Int]
  let lowerEnd: GridEnd
  let upperEnd: GridEnd
  var generator: ScalarGenerator
  /// s, kink masses included; 0 where it is rounding.
  let source: UnsafeMutablePointer<Double>
  /// `s / sigma^2 >= 0` within cell i = (x_{i-1}, x_i): `U = -curvature (x - b)^2` next to a boundary b in it.
  let cellCurvature: UnsafeMutablePointer<Double>
  /// `curvature h^2` of the cell below a node where stopping can pay; infinite where it cannot.
  let thresholdBelow: UnsafeMutablePointer<Double>
  /// The same of the cell above.
  let thresholdAbove: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>
  private var isAssembled = false

  var count: Int { nodes.count }

  init(
    _ inequality: VariationalInequality, nodes: [Double], kinkNodes: [Int], lowerEnd: GridEnd, upperEnd: GridEnd
  ) {
    self.inequality = inequality
    self.nodes = nodes
    self.kinkNodes = kinkNodes
    self.lowerEnd = lowerEnd
    self.upperEnd = upperEnd
    generator = ScalarGenerator(grid: nodes)
    let n = nodes.count
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: 14 * n)
    memory.initialize(repeating: 0, count: 14 * n)
    (source, cellCurvature, thresholdBelow, thresholdAbove) = (memory, memory + n, memory + 2 * n, memory + 3 * n)
    scratch = memory + 4 * n
  }

  deinit { source.deallocate() }

  /// Rates and source at a depth; nothing where they are there already. O(n).
  mutating func assemble(depth: Double) {
    if isAssembled && !inequality.dependsOnDepth { return }
    isAssembled = true
    let n = count
    let (f, variance, r, c) = (scratch, scratch + n, scratch + 2 * n, scratch + 3 * n)
    let (g, slope, bend, drop, terms) = (
      scratch + 4 * n, scratch + 5 * n, scratch + 6 * n, scratch + 7 * n, scratch + 8 * n
    )
    let model = inequality
    nodes.withUnsafeBufferPointer { buffer in
      let x = buffer.baseAddress!
      model.drift.fill(depth: depth, states: x, count: n, into: f)
      model.diffusion.fill(depth: depth, states: x, count: n, into: variance)
      model.discount.fill(depth: depth, states: x, count: n, into: r)
      model.cost.fill(depth: depth, states: x, count: n, into: c)
      model.loss.value.fill(depth: depth, states: x, count: n, into: g)
      model.loss.derivative.fill(depth: depth, states: x, count: n, into: slope)
      model.loss.curvature.fill(depth: depth, states: x, count: n, into: bend)
      model.loss.depthDerivative.fill(depth: depth, states: x, count: n, into: drop)
      for i in 0..<n { variance[i] *= variance[i] }
      // singular drifts at a reflecting end count through the index alone
      if case .reflecting = lowerEnd { f[0] = 0 }
      if case .reflecting = upperEnd { f[n - 1] = 0 }
      for i in 0..<n {
        let (transport, diffusion) = (f[i] * slope[i], 0.5 * variance[i] * bend[i])
        let discounted = r[i] * g[i]
        source[i] = drop[i] + transport + diffusion - discounted + c[i]
        terms[i] = abs(drop[i]) + abs(transport) + abs(diffusion) + abs(discounted) + abs(c[i])
      }
      endSources(depth, x, n)
      generator.assemble(
        drift: f, variance: variance, killing: r, lowerEnd: end(lowerEnd, source[0]),
        upperEnd: end(upperEnd, source[n - 1]))
      for i in 0..<n where abs(source[i]) <= 1e-13 * terms[i] { source[i] = 0 }
      for i in 1..<n {
        cellCurvature[i] = Self.curvature(0.5 * (source[i - 1] + source[i]), 0.5 * (variance[i - 1] + variance[i]))
      }
      for k in kinkNodes where k > 0 && k < n - 1 { addKink(k, depth, x) }
    }
    thresholdBelow[0] = source[0] > 0 ? 0 : .infinity
    thresholdAbove[n - 1] = source[n - 1] > 0 ? 0 : .infinity
    for i in 1..<n {
      let h = nodes[i] - nodes[i - 1]
      let depthOfCell = cellCurvature[i] * h * h
      thresholdBelow[i] = source[i] > 0 ? depthOfCell : .infinity
      thresholdAbove[i - 1] = source[i - 1] > 0 ? depthOfCell : .infinity
    }
  }

  /// A far end of inward drift has V'' = 0 unless stopping pays there.
  private func end(_ end: GridEnd, _ source: Double) -> ScalarGenerator.End {
    switch end {
    case .reflecting(let index): .reflecting(index: index)
    case .stopped: .absorbing
    case .degenerate: .transport
    case .far: source > 0 ? .reflecting(index: 0) : .transport
    }
  }

  private func endSources(_ depth: Double, _ x: UnsafePointer<Double>, _ n: Int) {
    let (f, variance) = (scratch, scratch + n)
    let (slope, bend) = (scratch + 5 * n, scratch + 6 * n)
    func adjust(_ end: GridEnd, _ i: Int, _ neighbour: Int) {
      switch end {
      case .reflecting(let index):
        let h = x[neighbour] - x[i]
        source[i] += (1 + 2 * index) * variance[i] * (slope[i] / h + 0.5 * bend[i]) - 0.5 * variance[i] * bend[i]
      case .far:
        let isInward = f[i] * (x[neighbour] - x[i]) > 0
        // with the drift pointing out and stopping not paying, the slope of the loss still holds far away
        if source[i] <= 0 && isInward { source[i] -= 0.5 * variance[i] * bend[i] }
      case .stopped, .degenerate: break
      }
    }
    adjust(lowerEnd, 0, 1)
    adjust(upperEnd, n - 1, n - 2)
  }

  /// Source and cells at a kink: the mean over the node's cell of both sides and the mass of the kink.
  private func addKink(_ k: Int, _ depth: Double, _ x: UnsafePointer<Double>) {
    let n = count
    let (f, variance, r, c) = (scratch[k], scratch[n + k], scratch[2 * n + k], scratch[3 * n + k])
    let (g, drop) = (scratch[4 * n + k], scratch[7 * n + k])
    let loss = inequality.loss
    let (left, right) = loss.slopes(at: x[k], depth: depth)
    func smooth(_ slope: Double, _ bend: Double) -> Double { drop + f * slope + 0.5 * variance * bend - r * g + c }
    let (bendBelow, bendAbove) = (loss.curvature(depth, x[k].nextDown), loss.curvature(depth, x[k].nextUp))
    let (below, above) = (smooth(left, bendBelow), smooth(right, bendAbove))
    // what the differences of U leave of a loss with a kink at the node: slopes weigh crosswise, curvatures directly
    let (shareBelow, shareAbove) = (
      (x[k] - x[k - 1]) / (x[k + 1] - x[k - 1]), (x[k + 1] - x[k]) / (x[k + 1] - x[k - 1])
    )
    let mean = smooth(
      shareAbove * left + shareBelow * right, shareBelow * bendBelow + shareAbove * bendAbove)
    source[k] = mean + variance * (right - left) / (x[k + 1] - x[k - 1])
    cellCurvature[k] = Self.curvature(0.5 * (source[k - 1] + below), 0.5 * (scratch[n + k - 1] + variance))
    cellCurvature[k + 1] = Self.curvature(0.5 * (above + source[k + 1]), 0.5 * (variance + scratch[n + k + 1]))
  }

  private static func curvature(_ source: Double, _ variance: Double) -> Double {
    source > 0 && variance > 0 ? source / variance : 0
  }
}
