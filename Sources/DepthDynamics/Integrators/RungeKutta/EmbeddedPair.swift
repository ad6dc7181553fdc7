import Foundation

/// An embedded explicit Runge-Kutta pair: a table of coefficients.
///
/// `k_i = f(t + c_i h, y + h sum_{j<i} a_ij k_j)` for the s stages, `y_1 = y + h sum b_i k_i`, and `k_{s+1} = f(t + h, y_1)`,
/// the next step's first stage, which error estimates and dense output may use too. Dense output is
/// `y(t + x h) = y + x (F_0 + (1 - x)(F_1 + x (F_2 + (1 - x)(F_3 + ...))))` with `F_0 = y_1 - y`, `F_1 = h k_1 - F_0`,
/// `F_2 = 2 F_0 - h (k_1 + k_{s+1})` and `F_j = h sum d_ji k_i` for j >= 3.
public struct EmbeddedPair: Sendable {
  public typealias Sparse = [(Int, Double)]

  public let name: String
  public let order: Int
  /// c_1, ..., c_s.
  public let nodes: [Double]
  /// Rows a_i of the s stages, dense over s entries.
  public let matrix: [[Double]]
  /// b, over s entries.
  public let weights: [Double]
  /// One or two error estimates over s + 1 entries: with two, `e = e_5^2 / sqrt(e_5^2 + 0.01 e_3^2)`.
  public let errors: [[Double]]
  public let controller: StepSizeController
  /// Stages that dense output needs beyond the step's own, and their rows.
  public let denseNodes: [Double]
  public let denseMatrix: [[Double]]
  public let denseWeights: [[Double]]

  init(
    name: String, order: Int, nodes: [Double], matrix: [Sparse], weights: Sparse, errors: [Sparse],
    controller: StepSizeController, denseNodes: [Double], denseMatrix: [Sparse], denseWeights: [Sparse]
  ) {
    let s = nodes.count
    let all = s + 1 + denseNodes.count
    func dense(_ entries: Sparse, _ count: Int) -> [Double] {
      var row = [Double](repeating: 0, count: count)
      for (index, value) in entries { row[index] = value }
      return row
    }
    self.name = name
    self.order = order
    self.nodes = nodes
    self.matrix = matrix.map { dense($0, s) }
    self.weights = dense(weights, s)
    self.errors = errors.map { dense($0, s + 1) }
    self.controller = controller
    self.denseNodes = denseNodes
    self.denseMatrix = denseMatrix.map { dense($0, all) }
    self.denseWeights = denseWeights.map { dense($0, all) }
  }

  /// s.
  public var stageCount: Int { nodes.count }
}

/// How the next step's length follows from the last one's error (Gustafsson's PI controller).
///
/// `h_new = h / clamp(err^a / err_old^memory / 0.9)`. Source: Hairer, Norsett and Wanner I, II.4; Hairer and Wanner II, IV.2.
public struct StepSizeController: Sendable {
  /// Order of the error estimate's step dependence: the exponent is 1/errorOrder less a share of `memory`.
  public let errorOrder: Int
  public let smallest: Double
  public let largest: Double
  public let memory: Double

  public init(errorOrder: Int, smallest: Double, largest: Double, memory: Double) {
    self.errorOrder = errorOrder
    self.smallest = smallest
    self.largest = largest
    self.memory = memory
  }

  /// The factor on the step after an accepted one with this error (relative to what is allowed).
  func growth(error: Double, previous: Double, afterRejection: Bool) -> Double {
    guard error > 0 else { return afterRejection ? 1 : largest }
    let exponent = 1 / Double(errorOrder) - 0.75 * memory
    let factor = 0.9 * Self.power(error, -exponent) * Self.power(max(previous, 1e-4), memory)
    return min(afterRejection ? 1 : largest, max(smallest, factor))
  }

  /// The factor after a rejected step.
  func reduction(error: Double) -> Double {
    max(smallest, 0.9 * Self.power(error, -(1 / Double(errorOrder) - 0.75 * memory)))
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double {
    exponent == 0 ? 1 : exp(exponent * log(base))
  }
}
