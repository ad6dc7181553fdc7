/// The coefficients of an embedded Runge-Kutta pair, as a library gives them.
struct ButcherTable {
  let order: Int
  /// Row by row, one a stage.
  let matrix: [[Double]]
  let weights: [Double]
  let embedded: [Double]
  let nodes: [Double]
}

/// States between the ends of an explicit Runge-Kutta step at the method's own order, for any table.
///
/// From the step's left end the same table takes shorter steps to a few Lobatto nodes inside; their error is below the step's
/// own. Through ends and nodes, with slopes, goes Hermite's polynomial: one inner node for order 5 (error O(h^6)), two for
/// order 6 (h^8), three for order 8 (h^10), so that the step's own error remains. Made when first asked for on a step, at the
/// cost of `nodes s + 2` evaluations with s stages. A glance is the cubic through the ends alone.
final class SubstepInterpolant {
  private let table: ButcherTable
  private let session: CallbackSession
  private let dimension: Int
  /// Places of the nodes on the step, 0 and 1 among them.
  private let places: [Double]
  /// States and slopes at the nodes, a row each; stages; one stage's argument.
  private let states: UnsafeMutablePointer<Double>
  private let slopes: UnsafeMutablePointer<Double>
  private let stages: UnsafeMutablePointer<Double>
  private let argument: UnsafeMutablePointer<Double>
  private var (left, right) = (0.0, 0.0)
  private enum Progress { case nothing, ends, all }
  private var progress = Progress.nothing
  private var knowsLeftSlope = false
  /// Stages that the step's end needs: a pair that ends on the next step's first stage has one more.
  private let stageCount: Int

  init(_ table: ButcherTable, _ session: CallbackSession) {
    self.table = table
    self.session = session
    dimension = session.dimension
    stageCount = 1 + (table.weights.lastIndex { $0 != 0 } ?? 0)
    places =
      switch table.order {
      case ...5: [0, 0.5, 1]
      case 6: [0, 0.276393202250021, 0.723606797749979, 1]
      default: [0, 0.1726731646460114, 0.5, 0.8273268353539886, 1]
      }
    states = .allocate(capacity: places.count * dimension)
    slopes = .allocate(capacity: places.count * dimension)
    stages = .allocate(capacity: stageCount * dimension)
    argument = .allocate(capacity: dimension)
  }

  deinit {
    states.deallocate()
    slopes.deallocate()
    stages.deallocate()
    argument.deallocate()
  }

  private var last: Int { places.count - 1 }

  /// f may have jumped: the last step's slopes are no use any more.
  func restart() { progress = .nothing }

  /// A step starts here.
  func begin(at depth: Double, _ state: UnsafePointer<Double>) {
    knowsLeftSlope = progress != .nothing && depth == right
    if knowsLeftSlope { slopes.update(from: slopes + last * dimension, count: dimension) }
    left = depth
    progress = .nothing
    states.update(from: state, count: dimension)
  }

  /// The step ends here.
  func finish(at depth: Double, _ state: UnsafePointer<Double>) {
    right = depth
    (states + last * dimension).update(from: state, count: dimension)
  }

  /// The cubic through the ends.
  ///
  /// - Throws: `IntegrationError` where f is not finite.
  func glance(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    if progress == .nothing { try evaluateEnds() }
    let h = right - left
    let s = (depth - left) / h
    let r = 1 - s
    let (a, b) = ((1 + 2 * s) * r * r, s * r * r * h)
    let (c, e) = (s * s * (3 - 2 * s), -s * s * r * h)
    let end = last * dimension
    for i in 0..<dimension {
      state[i] = a * states[i] + b * slopes[i] + c * states[end + i] + e * slopes[end + i]
    }
  }

  /// Hermite's polynomial through all nodes.
  ///
  /// - Throws: `IntegrationError` where f is not finite.
  func interpolate(at depth: Double, into state: UnsafeMutablePointer<Double>) throws {
    if progress == .nothing { try evaluateEnds() }
    if progress == .ends { try takeSubsteps() }
    let h = right - left
    let s = (depth - left) / h
    state.update(repeating: 0, count: dimension)
    for i in 0...last {
      var (lagrange, logarithmicSlope) = (1.0, 0.0)
      for j in 0...last where j != i {
        lagrange *= (s - places[j]) / (places[i] - places[j])
        logarithmicSlope += 1 / (places[i] - places[j])
      }
      let square = lagrange * lagrange
      let valueWeight = square * (1 - 2 * (s - places[i]) * logarithmicSlope)
      let slopeWeight = square * (s - places[i]) * h
      let (value, slope) = (states + i * dimension, slopes + i * dimension)
      for k in 0..<dimension { state[k] += valueWeight * value[k] + slopeWeight * slope[k] }
    }
  }

  private func evaluateEnds() throws {
    if !knowsLeftSlope { try evaluate(left, states, into: slopes) }
    try evaluate(right, states + last * dimension, into: slopes + last * dimension)
    progress = .ends
  }

  private func takeSubsteps() throws {
    for node in 1..<last {
      let h = places[node] * (right - left)
      let state = states + node * dimension
      for i in 0..<stageCount {
        // the first stage alone lies at the left state: Fehlberg's twelfth has c = 0 too, but another argument
        if i == 0 {
          (stages + i * dimension).update(from: slopes, count: dimension)
        } else {
          combine(table.matrix[i], count: i, h, into: argument)
          try evaluate(left + table.nodes[i] * h, argument, into: stages + i * dimension)
        }
      }
      combine(table.weights, count: stageCount, h, into: state)
      try evaluate(left + h, state, into: slopes + node * dimension)
    }
    progress = .all
  }

  /// `y + h sum_j a_j k_j`.
  private func combine(_ weights: [Double], count: Int, _ h: Double, into result: UnsafeMutablePointer<Double>) {
    result.update(from: states, count: dimension)
    for j in 0..<count where weights[j] != 0 {
      let (weight, stage) = (h * weights[j], stages + j * dimension)
      for k in 0..<dimension { result[k] += weight * stage[k] }
    }
  }

  private func evaluate(
    _ depth: Double, _ state: UnsafePointer<Double>, into slope: UnsafeMutablePointer<Double>
  ) throws {
    guard !session.evaluate(depth, state, into: slope) else { return }
    throw IntegrationError(
      reason: .nonFiniteField(component: session.nonFiniteComponent ?? 0), depth: session.goodDepth,
      state: session.goodState)
  }
}
