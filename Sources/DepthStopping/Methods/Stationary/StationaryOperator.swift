/// The stationary equation `a V'' + f V' - r V + c = 0`, `a = sigma^2 / 2`, as solvers evaluate it: in blocks of states.
struct StationaryOperator: Sendable {
  let inequality: VariationalInequality
  /// Whether r enters; without it the same machinery solves `L u + 1 = 0` for `E tau`.
  let isDiscounted: Bool
  /// What a unit of depth costs: 1, or 1/m in a scaled form.
  let unitCost: ScalarFunction

  init(_ inequality: VariationalInequality, isDiscounted: Bool = true) {
    self.inequality = inequality
    self.isDiscounted = isDiscounted && inequality.discount.constantValue != 0
    unitCost = inequality.map.unitCost
  }

  /// Writes a, f, r, c and the unit cost at `count` states, each into its own `count` numbers after `values`.
  func fill(_ states: UnsafePointer<Double>, count: Int, into values: UnsafeMutablePointer<Double>) {
    inequality.diffusion.fill(depth: 0, states: states, count: count, into: values)
    for i in 0..<count { values[i] *= 0.5 * values[i] }
    inequality.drift.fill(depth: 0, states: states, count: count, into: values + count)
    if isDiscounted {
      inequality.discount.fill(depth: 0, states: states, count: count, into: values + 2 * count)
    } else {
      (values + 2 * count).update(repeating: 0, count: count)
    }
    inequality.cost.fill(depth: 0, states: states, count: count, into: values + 3 * count)
    unitCost.fill(depth: 0, states: states, count: count, into: values + 4 * count)
  }

  func noise(_ x: Double) -> Double { inequality.diffusion(0, x) }
  func drift(_ x: Double) -> Double { inequality.drift(0, x) }
  func discount(_ x: Double) -> Double { isDiscounted ? inequality.discount(0, x) : 0 }
  func cost(_ x: Double) -> Double { inequality.cost(0, x) }
  func unit(_ x: Double) -> Double { unitCost(0, x) }

  /// `2 LA / sigma^2`, `LA = L g - r g + c`: how fast `V' - g'` moves with a boundary placed at x.
  func bend(_ x: Double) -> Double {
    let sigma = noise(x)
    return 2 * inequality.lookAhead(0, x) / (sigma * sigma)
  }

  /// Whether `c / r` solves the equation exactly, so that only the homogeneous solution of an end matters.
  var hasConstantParticular: Bool {
    isDiscounted && inequality.discount.constantValue != nil && inequality.cost.constantValue != nil
  }

  /// Drift in the coordinate `dz = dx / sigma`, where the noise is 1: `f / sigma - sigma' / 2`.
  func unitNoiseDrift(_ x: Double, reach: Double) -> Double {
    let sigma = noise(x)
    guard inequality.diffusion.constantValue == nil else { return drift(x) / sigma }
    let step = 1e-5 * reach
    return drift(x) / sigma - (noise(x + step) - noise(x - step)) / (4 * step)
  }
}
