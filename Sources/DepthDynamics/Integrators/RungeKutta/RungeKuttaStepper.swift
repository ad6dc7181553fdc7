import DepthNumerics

/// One step of an embedded pair on a block of states: one sample, or eight side by side with a depth and a step length each.
///
/// All memory is its own, (s + 5 + dense stages) n doubles with n the block's size, so that steps allocate nothing and stay in
/// the cache. Not shared between threads.
final class RungeKuttaStepper {
  /// 1 or 8.
  let width: Int
  let dimension: Int
  /// Doubles in a block.
  let count: Int
  let pair: EmbeddedPair
  /// Depth, step length and the last depth at which f may be evaluated, per lane.
  let depths: UnsafeMutablePointer<Double>
  let steps: UnsafeMutablePointer<Double>
  let limits: UnsafeMutablePointer<Double>
  /// Blocks: the state, the proposed next one, and a scratch block.
  private(set) var state: UnsafeMutablePointer<Double>
  private(set) var next: UnsafeMutablePointer<Double>
  let scratch: UnsafeMutablePointer<Double>
  /// `k_1, ..., k_{s+1}` and the dense stages, a block each.
  let stages: UnsafeMutablePointer<Double>
  /// The last stage's argument, for the test of stiffness.
  private let stageState: UnsafeMutablePointer<Double>

  private let functions: FieldFunctions
  private let memory: UnsafeMutablePointer<Double>
  private let rows: UnsafeMutablePointer<LinearCombination>
  private let rowCount: Int
  private let stageDepths: UnsafeMutablePointer<Double>
  private let stageCount: Int

  init(_ functions: FieldFunctions, pair: EmbeddedPair, width: Int) {
    precondition(width == 1 || width == Lanes.count, "\(width) lanes")
    self.functions = functions
    self.pair = pair
    self.width = width
    dimension = functions.dimension
    let n = functions.dimension * width
    count = n
    stageCount = pair.stageCount
    let blocks = 4 + pair.stageCount + 1 + pair.denseNodes.count
    memory = .allocate(capacity: blocks * n + 4 * width)
    memory.initialize(repeating: 0, count: blocks * n + 4 * width)
    state = memory
    next = memory + n
    scratch = memory + 2 * n
    stageState = memory + 3 * n
    stages = memory + 4 * n
    depths = memory + blocks * n
    steps = depths + width
    limits = steps + width
    stageDepths = limits + width
    let combinations = pair.matrix + [pair.weights] + pair.errors + pair.denseMatrix + pair.denseWeights
    rowCount = combinations.count
    rows = .allocate(capacity: rowCount)
    for (i, row) in combinations.enumerated() { (rows + i).initialize(to: LinearCombination(allocating: row)) }
  }

  deinit {
    for i in 0..<rowCount { rows[i].deallocate() }
    rows.deallocate()
    memory.deallocate()
  }

  func stage(_ index: Int) -> UnsafeMutablePointer<Double> { stages + index * count }

  /// `f(t + node h, block)` lane by lane.
  func evaluate(node: Double, _ block: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    if width == 1 {
      functions.evaluate(min(depths[0] + node * steps[0], limits[0]), block, result)
    } else {
      for lane in 0..<Lanes.count { stageDepths[lane] = min(depths[lane] + node * steps[lane], limits[lane]) }
      functions.evaluateLanes(stageDepths, block, result)
    }
  }

  /// The stages, the next state and its slope; k_1 must be there.
  func attempt() {
    for i in 1..<stageCount {
      combine(rows[i], into: stageState)
      evaluate(node: pair.nodes[i], stageState, into: stage(i))
    }
    combine(rows[stageCount], into: next)
    evaluate(node: 1, next, into: stage(stageCount))
  }

  /// `state + h sum c_j k_j`.
  private func combine(_ terms: LinearCombination, into result: UnsafeMutablePointer<Double>) {
    if width == 1 {
      LaneKernels.combine(count: count, state, step: steps[0], terms: terms, stages, stride: count, into: result)
    } else {
      LaneKernels.combineLanes(count: count, state, steps: steps, terms: terms, stages, stride: count, into: result)
    }
  }

  /// Root mean square of the estimated error over its weights, per lane; at most 1 is wanted.
  func errors(_ relative: Double, _ absolute: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let first = stageCount + 1
    if width == 1 {
      let square = LaneKernels.errorSquare(
        count: count, state, next, relative: relative, absolute: absolute, terms: rows[first], stages, stride: count)
      let second =
        pair.errors.count == 1
        ? 0
        : LaneKernels.errorSquare(
          count: count, state, next, relative: relative, absolute: absolute, terms: rows[first + 1], stages,
          stride: count)
      result[0] = norm(square, second, steps[0])
    } else {
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * Lanes.count) { sums in
        let (squares, seconds) = (sums.baseAddress!, sums.baseAddress! + Lanes.count)
        LaneKernels.errorSquareLanes(
          components: dimension, state, next, relative: relative, absolute: absolute, terms: rows[first], stages,
          stride: count, into: squares)
        if pair.errors.count == 2 {
          LaneKernels.errorSquareLanes(
            components: dimension, state, next, relative: relative, absolute: absolute, terms: rows[first + 1], stages,
            stride: count, into: seconds)
        }
        for lane in 0..<Lanes.count {
          result[lane] = norm(squares[lane], pair.errors.count == 2 ? seconds[lane] : 0, steps[lane])
        }
      }
    }
  }

  /// 0 in the lanes whose proposed state is finite, NaN in the others: all that a step without an error estimate can tell.
  func finiteness(into result: UnsafeMutablePointer<Double>) {
    result.update(repeating: 0, count: width)
    if width == 1 {
      var sum = 0.0
      for i in 0..<count { sum += 0 * next[i] }
      result[0] = sum
    } else {
      for i in stride(from: 0, to: count, by: Lanes.count) {
        for lane in 0..<Lanes.count { result[lane] += 0 * next[i + lane] }
      }
    }
  }

  /// The component with the largest error over its weight, in a lane; nil where there is no estimate.
  func worstComponent(lane: Int, _ relative: Double, _ absolute: UnsafePointer<Double>) -> Int? {
    guard let row = pair.errors.first(where: { !$0.isEmpty }) else { return nil }
    var worst: (component: Int?, size: Double) = (nil, 0)
    for i in 0..<dimension {
      let place = i * width + lane
      let error = row.indices.reduce(0.0) { $0 + row[$1] * stages[$1 * count + place] }
      let size = abs(error) / (absolute[i] + relative * max(abs(state[place]), abs(next[place])))
      // a NaN is worse than any number
      if !(size <= worst.size) { worst = (i, size) }
      if size.isNaN { break }
    }
    return worst.component
  }

  private func norm(_ square: Double, _ second: Double, _ step: Double) -> Double {
    if pair.errors.count == 1 { return abs(step) * (square / Double(dimension)).squareRoot() }
    let denominator = (square + 0.01 * second) * Double(dimension)
    return denominator == 0 ? 0 : abs(step) * square / denominator.squareRoot()
  }

  /// Makes the proposed state the present one, in all lanes.
  func accept() {
    swap(&state, &next)
    stages.update(from: stage(stageCount), count: count)
  }

  /// The same in the lanes whose mask is not 0.
  func accept(mask: UnsafePointer<Int64>) {
    LaneKernels.select(components: dimension, mask: mask, next, into: state)
    LaneKernels.select(components: dimension, mask: mask, stage(stageCount), into: stages)
  }

  /// `h |lambda|` of the step's last two evaluations, both at t + h, for a lane.
  ///
  /// Source: Hairer and Wanner II, IV.2.
  func stiffness(lane: Int) -> Double {
    let (last, final) = (stage(stageCount - 1), stage(stageCount))
    var (slopes, states) = (0.0, 0.0)
    for i in stride(from: lane, to: count, by: width) {
      let (slope, distance) = (final[i] - last[i], next[i] - stageState[i])
      slopes += slope * slope
      states += distance * distance
    }
    return states > 0 ? abs(steps[lane]) * (slopes / states).squareRoot() : 0
  }

  /// The stages that only dense output needs, and the polynomial's coefficients F_0, F_1, ... into `coefficients`.
  ///
  /// Where the slope at the end is not finite, the cubic of a pair without dense stages becomes the parabola through the ends
  /// with the slope at the start: exact to O(h^3), and no infinity of the next step's spoils this one.
  func prepareDense(into coefficients: UnsafeMutablePointer<Double>) {
    let extra = stageCount + 1 + pair.errors.count
    for (i, node) in pair.denseNodes.enumerated() {
      combine(rows[extra + i], into: scratch)
      evaluate(node: node, scratch, into: stage(stageCount + 1 + i))
    }
    let final = stage(stageCount)
    for i in 0..<count {
      let (step, difference) = (steps[i % width], next[i] - state[i])
      coefficients[i] = difference
      coefficients[count + i] = step * stages[i] - difference
      coefficients[2 * count + i] = final[i].isFinite ? 2 * difference - step * (stages[i] + final[i]) : 0
    }
    for j in 0..<pair.denseWeights.count {
      let row = coefficients + (3 + j) * count
      row.update(repeating: 0, count: count)
      let terms = rows[extra + pair.denseNodes.count + j]
      if width == 1 {
        LaneKernels.combine(count: count, scratchZero(), step: steps[0], terms: terms, stages, stride: count, into: row)
      } else {
        LaneKernels.combineLanes(
          count: count, scratchZero(), steps: steps, terms: terms, stages, stride: count, into: row)
      }
    }
  }

  private func scratchZero() -> UnsafeMutablePointer<Double> {
    scratch.update(repeating: 0, count: count)
    return scratch
  }

  /// How many blocks `prepareDense` fills.
  var denseBlocks: Int { 3 + pair.denseWeights.count }

  /// The dense output of one lane at the share x of its step, into `dimension` doubles.
  func interpolate(
    _ coefficients: UnsafePointer<Double>, lane: Int, share x: Double, into result: UnsafeMutablePointer<Double>
  ) {
    for component in 0..<dimension {
      let i = component * width + lane
      var value = 0.0
      for j in stride(from: denseBlocks - 1, through: 0, by: -1) {
        value = (value + coefficients[j * count + i]) * (j.isMultiple(of: 2) ? x : 1 - x)
      }
      result[component] = state[i] + value
    }
  }
}
