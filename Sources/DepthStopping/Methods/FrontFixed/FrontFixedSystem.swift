import DepthDynamics
import DepthNumerics
import Foundation

/// One continuation interval [a(theta), B(theta)] of the variational inequality, collocated on nodes that move with it.
///
/// Unknowns: V at n + 1 nodes `x_j = a + (B - a) m(xi_j)`, and each edge that is a free boundary. Equations, theta the depth to go:
/// `V_j' - x_j' V_x = L V - r V + c` inside, `V = g` and `V_x = g_x` at a free edge. The edges' velocities enter
/// through x_j', so the system is differential-algebraic, of index 1 where the loss and V bend differently at the boundary.
struct FrontFixedSystem: DifferentialAlgebraicSystem {
  /// What closes the system at an edge.
  enum Edge: Equatable {
    case free
    /// V = g at a fixed place.
    case absorbing
    /// V_x = 0.
    case reflecting
    /// V_x = g_x.
    case loss
    /// The equation without its second derivative.
    case transport
    /// The equation itself, the noise having vanished.
    case equation
  }

  let inequality: VariationalInequality
  /// T, so that the depth is T - theta.
  let horizon: Double
  let rule: ChebyshevDifferentiation
  let map: NodeMap
  let lower: Edge
  let upper: Edge
  /// Places of the edges that are not free.
  let fixedLower: Double
  let fixedUpper: Double

  var nodeCount: Int { rule.degree + 1 }
  var dimension: Int { nodeCount + (lower == .free ? 1 : 0) + (upper == .free ? 1 : 0) }
  private var lowerIndex: Int { nodeCount }
  private var upperIndex: Int { nodeCount + (lower == .free ? 1 : 0) }

  func edges(_ state: UnsafePointer<Double>) -> (Double, Double) {
    (lower == .free ? state[lowerIndex] : fixedLower, upper == .free ? state[upperIndex] : fixedUpper)
  }

  func isConstraint(_ equation: Int) -> Bool {
    if equation == 0 { return lower != .transport && lower != .equation }
    if equation == nodeCount - 1 { return upper != .transport && upper != .equation }
    return equation >= nodeCount
  }

  func residual(
    depth theta: Double, state: UnsafePointer<Double>, slope: UnsafePointer<Double>,
    into residual: UnsafeMutablePointer<Double>
  ) {
    let n = nodeCount
    let depth = horizon - theta
    let (a, b) = edges(state)
    let width = b - a
    guard width > 0 else {
      for i in 0..<dimension { residual[i] = .nan }
      return
    }
    let velocity = lower == .free ? slope[lowerIndex] : 0
    let growth = (upper == .free ? slope[upperIndex] : 0) - velocity
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 7 * n) { buffer in
      let memory = buffer.baseAddress!
      let (x, first, second) = (memory, memory + n, memory + 2 * n)
      let (f, sigma, r, c) = (memory + 3 * n, memory + 4 * n, memory + 5 * n, memory + 6 * n)
      for j in 0..<n { x[j] = a + width * map.values[j] }
      x[n - 1] = b
      BLAS.multiply(rows: n, columns: n, rule.first, vector: state, into: first)
      BLAS.multiply(rows: n, columns: n, rule.second, vector: state, into: second)
      inequality.drift.fill(depth: depth, states: x, count: n, into: f)
      inequality.diffusion.fill(depth: depth, states: x, count: n, into: sigma)
      inequality.discount.fill(depth: depth, states: x, count: n, into: r)
      inequality.cost.fill(depth: depth, states: x, count: n, into: c)
      for j in 0..<n {
        let scale = width * map.slopes[j]
        let vx = first[j] / scale
        let vxx = (second[j] - map.bends[j] / map.slopes[j] * first[j]) / (scale * scale)
        let moving = velocity + growth * map.values[j]
        let edge: Edge? = j == 0 ? lower : j == n - 1 ? upper : nil
        switch edge {
        case nil, .equation, .transport:
          let diffusion = edge == .transport ? 0 : 0.5 * sigma[j] * sigma[j] * vxx
          residual[j] = slope[j] - (moving + f[j]) * vx - diffusion + r[j] * state[j] - c[j]
        case .free, .absorbing: residual[j] = state[j] - inequality.loss.value(depth, x[j])
        case .reflecting: residual[j] = vx
        case .loss: residual[j] = vx - inequality.loss.derivative(depth, x[j])
        }
        if edge == .free {
          residual[j == 0 ? lowerIndex : upperIndex] = vx - inequality.loss.derivative(depth, x[j])
        }
      }
    }
  }
}

/// A monotone map m of [0, 1] that is fine at one end: `sinh(beta xi)/sinh(beta)` or its mirror image.
struct NodeMap {
  let values: [Double]
  let slopes: [Double]
  let bends: [Double]
  let beta: Double
  /// Whether the fine end is the lower one.
  let isFineBelow: Bool

  /// - Parameter share: the map's slope at its fine end, 1 for an even one.
  init(_ nodes: [Double], fineShare share: Double, isFineBelow: Bool) {
    var beta = 0.0
    if share < 0.99 {
      var (low, high) = (0.0, 60.0)
      for _ in 0..<60 {
        let middle = 0.5 * (low + high)
        if middle / sinh(middle) > share { low = middle } else { high = middle }
      }
      beta = low
    }
    self.beta = beta
    self.isFineBelow = isFineBelow
    guard beta > 1e-6 else {
      values = nodes
      slopes = nodes.map { _ in 1 }
      bends = nodes.map { _ in 0 }
      return
    }
    func m(_ s: Double) -> Double { sinh(beta * s) / sinh(beta) }
    func slope(_ s: Double) -> Double { beta * cosh(beta * s) / sinh(beta) }
    values = nodes.map { isFineBelow ? m($0) : 1 - m(1 - $0) }
    slopes = nodes.map { slope(isFineBelow ? $0 : 1 - $0) }
    bends = nodes.map { isFineBelow ? beta * beta * m($0) : -beta * beta * m(1 - $0) }
  }

  /// m(xi).
  func value(at xi: Double) -> Double {
    guard beta > 1e-6 else { return xi }
    return isFineBelow ? sinh(beta * xi) / sinh(beta) : 1 - sinh(beta * (1 - xi)) / sinh(beta)
  }

  /// xi of a value of m.
  func inverse(_ value: Double) -> Double {
    guard beta > 1e-6 else { return value }
    return isFineBelow ? asinh(value * sinh(beta)) / beta : 1 - asinh((1 - value) * sinh(beta)) / beta
  }
}
