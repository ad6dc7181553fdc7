import DepthRuns

/// The fixed-step schemes as tables, for networks whose blocks are Euler, Heun or Kutta steps. They estimate no error: the
/// kernel takes them with prescribed steps only. Between steps: the cubic through both ends with their slopes.
extension EmbeddedPair {
  /// Order 1: `h + Delta f`, the residual network itself.
  public static let euler = fixedStep("euler", order: 1, nodes: [0], matrix: [[]], weights: [(0, 1)])

  /// Order 2. Heun (1900).
  public static let heun = fixedStep(
    "heun", order: 2, nodes: [0, 1], matrix: [[], [(0, 1)]], weights: [(0, 0.5), (1, 0.5)])

  /// Order 4. Kutta (1901).
  public static let rk4 = fixedStep(
    "rk4", order: 4, nodes: [0, 0.5, 0.5, 1], matrix: [[], [(0, 0.5)], [(1, 0.5)], [(2, 1)]],
    weights: [(0, 1.0 / 6), (1, 1.0 / 3), (2, 1.0 / 3), (3, 1.0 / 6)])

  private static func fixedStep(
    _ name: String, order: Int, nodes: [Double], matrix: [Sparse], weights: Sparse
  ) -> EmbeddedPair {
    EmbeddedPair(
      name: name, order: order, nodes: nodes, matrix: matrix, weights: weights, errors: [[]],
      controller: StepSizeController(errorOrder: max(1, order), smallest: 1, largest: 1, memory: 0), denseNodes: [],
      denseMatrix: [], denseWeights: [])
  }
}

extension RungeKutta {
  /// L equal steps of a fixed-step scheme over a problem's interval.
  ///
  /// A state or a slope that is not finite ends the run at once. A pole between the depths that a scheme evaluates f at goes
  /// unseen: equal steps look nowhere else.
  /// - Throws: `InputError.usage` unless `blocks` is positive.
  public static func blocks(_ count: Int, of scheme: EmbeddedPair, threads: Int = 1) throws -> RungeKutta {
    try validate(blocks: count)
    var method = RungeKutta(
      scheme, tolerances: try Tolerances(), threads: threads, maximumSteps: max(1_000_000, count))
    method.prescribed = .equal(count)
    return method
  }

  static func validate(blocks count: Int) throws {
    guard count > 0, count <= 100_000_000 else {
      throw InputError.value(count, of: "blocks", allowed: "1 to 100000000")
    }
  }
}
