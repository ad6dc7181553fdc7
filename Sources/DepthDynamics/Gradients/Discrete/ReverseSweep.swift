import DepthNumerics

/// The exact reverse of an explicit Runge-Kutta step on a block of states, one sample or eight side by side.
///
/// With `Y_i = y + h sum_j a_ij k_j`, `k_i = f(t + c_i h, Y_i)` and the cotangent `lambda` of the step's end,
/// `mu_i = h b_i lambda + h sum_{j > i} a_ji nu_j`, `nu_i = J(Y_i)^T mu_i`, backwards over i; then `lambda + sum_i nu_i` is the
/// cotangent of the step's start and `sum_i (df/dp)^T mu_i` the parameters' share. The step length is held fixed.
/// Source: Hager, Numer. Math. 87 (2000); Griewank and Walther, "Evaluating Derivatives" (2008).
final class ReverseSweep {
  let width: Int
  let count: Int
  private let dimension: Int
  private let stageCount: Int
  private let nodes: [Double]
  private let functions: PullbackFunctions
  private let activationBlock: Int
  private let memory: UnsafeMutablePointer<Double>
  /// Stage arguments Y_i, slopes k_i, activations; then nu_1, ..., nu_s and lambda in a row.
  private let arguments: UnsafeMutablePointer<Double>
  private let slopes: UnsafeMutablePointer<Double>
  private let activations: UnsafeMutablePointer<Double>
  private let cotangents: UnsafeMutablePointer<Double>
  private let mu: UnsafeMutablePointer<Double>
  private let zero: UnsafeMutablePointer<Double>
  private let stageDepths: UnsafeMutablePointer<Double>
  private let ones: UnsafeMutablePointer<Double>
  private let lengths: UnsafeMutablePointer<Double>
  private let rows: UnsafeMutablePointer<LinearCombination>
  private let rowCount: Int
  private(set) var evaluations = 0

  init(_ functions: PullbackFunctions, dimension: Int, pair: EmbeddedPair, width: Int) {
    self.functions = functions
    self.width = width
    self.dimension = dimension
    nodes = pair.nodes
    let (s, n) = (pair.stageCount, dimension * width)
    (stageCount, count) = (s, n)
    activationBlock = functions.activationCount * width
    let total = (3 * s + 3) * n + s * activationBlock + 3 * width
    memory = .allocate(capacity: total)
    memory.initialize(repeating: 0, count: total)
    arguments = memory
    slopes = arguments + s * n
    cotangents = slopes + s * n
    mu = cotangents + (s + 1) * n
    zero = mu + n
    activations = zero + n
    stageDepths = activations + s * activationBlock
    ones = stageDepths + width
    lengths = ones + width
    ones.update(repeating: 1, count: width)
    let backward = (0..<s).map { i in (0..<s).map { $0 > i ? pair.matrix[$0][i] : 0 } + [pair.weights[i]] }
    let combinations = pair.matrix + [pair.weights] + backward + [[Double](repeating: 1, count: s)]
    rowCount = combinations.count
    rows = .allocate(capacity: rowCount)
    for (i, row) in combinations.enumerated() { (rows + i).initialize(to: LinearCombination(allocating: row)) }
  }

  deinit {
    for i in 0..<rowCount { rows[i].deallocate() }
    rows.deallocate()
    memory.deallocate()
  }

  /// The cotangent of the present end; set before the first step, read after the last.
  var lambda: UnsafeMutablePointer<Double> { cotangents + stageCount * count }

  /// Recomputes the stages of a step from its start; with `end`, the state at its end too.
  func forward(_ step: TapeStep, from state: UnsafePointer<Double>, end: UnsafeMutablePointer<Double>? = nil) {
    lengths.update(repeating: step.length, count: width)
    for i in 0..<stageCount {
      let argument = arguments + i * count
      if i == 0 {
        argument.update(from: state, count: count)
      } else {
        combine(rows[i], state, slopes, lengths, into: argument)
      }
      evaluate(i, step, argument)
    }
    if let end { combine(rows[stageCount], state, slopes, lengths, into: end) }
  }

  /// Takes `lambda` from the step's end to its start and adds the parameters' share; `forward` has been there.
  func backward(_ step: TapeStep, parameterGradient: UnsafeMutablePointer<Double>?) {
    lengths.update(repeating: step.length, count: width)
    for i in stride(from: stageCount - 1, through: 0, by: -1) {
      combine(rows[stageCount + 1 + i], zero, cotangents, lengths, into: mu)
      let (argument, kept) = (arguments + i * count, activations + i * activationBlock)
      if width == 1 {
        functions.pullbackKept(
          min(step.depth + nodes[i] * step.length, step.limit), argument, kept, mu, cotangents + i * count,
          parameterGradient)
      } else {
        fillStageDepths(step, nodes[i])
        functions.pullbackLanes(stageDepths, argument, kept, mu, cotangents + i * count, parameterGradient)
      }
    }
    // lambda += sum of the nu
    combine(rows[rowCount - 1], lambda, cotangents, ones, into: mu)
    lambda.update(from: mu, count: count)
  }

  private func evaluate(_ i: Int, _ step: TapeStep, _ argument: UnsafePointer<Double>) {
    evaluations += 1
    let (slope, kept) = (slopes + i * count, activations + i * activationBlock)
    if width == 1 {
      functions.evaluate(min(step.depth + nodes[i] * step.length, step.limit), argument, kept, slope)
    } else {
      fillStageDepths(step, nodes[i])
      functions.evaluateLanes(stageDepths, argument, kept, slope)
    }
  }

  private func fillStageDepths(_ step: TapeStep, _ node: Double) {
    stageDepths.update(repeating: min(step.depth + node * step.length, step.limit), count: width)
  }

  private func combine(
    _ terms: LinearCombination, _ base: UnsafePointer<Double>, _ blocks: UnsafePointer<Double>,
    _ h: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
  ) {
    if width == 1 {
      LaneKernels.combine(count: count, base, step: h[0], terms: terms, blocks, stride: count, into: result)
    } else {
      LaneKernels.combineLanes(count: count, base, steps: h, terms: terms, blocks, stride: count, into: result)
    }
  }
}
