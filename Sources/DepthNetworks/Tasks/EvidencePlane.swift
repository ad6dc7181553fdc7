import DepthNumerics
import Foundation

/// Bellman's recursion and the law of tau* for classes whose measurements are `m_y + N(0, I)` in the plane, all `|m_y|` equal, a
/// priori equally probable.
///
/// The sum s of the measurements is sufficient: `pi_i ~ e^(m_i . s)`. With `u(s) = mean_i e^(m_i . s)` and W = u V,
/// `W_k = min{u g, c u + e^(-|m|^2/2) (phi * W_{k+1})}`, phi the standard normal density of the plane; forwards
/// `q_{k+1} = e^(-|m|^2/2) phi * (q_k 1_continue)`, q u the density of s. On a square grid of spacing h by the trapezoidal rule,
/// spectrally accurate but for the kinks at boundaries, which cost O(h^2); a cell that a boundary cuts stops in part. Beyond
/// `radius` one stops. O(N M^3) with M points a side, as products with Toeplitz matrices.
struct EvidencePlane {
  let means: [[Double]]
  let steps: Int
  let cost: Double
  let loss: StoppingLossKind
  let spacing: Double
  let radius: Double

  struct Outcome {
    /// V_0 by the backward recursion.
    let objective: Double
    /// P(tau* = k), k = 0...N, by the forward one.
    let law: [Double]
    let expectedLoss: Double
    let expectedDepth: Double

    /// The objective by the forward recursion.
    func forwardObjective(_ cost: Double) -> Double { expectedLoss + cost * expectedDepth }
  }

  /// Where the kernel is below rounding.
  private static let reach = 8.5

  func solve() -> Outcome {
    let half = Int(((radius + Self.reach) / spacing).rounded(.up))
    let side = 2 * half + 1
    let squares = means[0].reduce(0) { $0 + $1 * $1 }
    precondition(
      means.allSatisfy { abs($0.reduce(0) { $0 + $1 * $1 } - squares) < 1e-12 * max(1, squares) },
      "means of different length")
    let plane = Plane(self, half: half, side: side)
    let decay = exp(-squares / 2)
    var value = plane.stopping
    var fractions: [[Double]] = []
    var first = 0.0
    let origin = half * side + half
    for _ in 0..<steps {
      var continued = plane.convolved(value, factor: decay)
      for i in continued.indices { continued[i] += cost * plane.weight[i] }
      fractions.append(plane.stoppingFractions(continued, radius: radius))
      first = min(plane.stopping[origin], continued[origin])
      for i in continued.indices where plane.isInside[i] { value[i] = min(plane.stopping[i], continued[i]) }
      for i in continued.indices where !plane.isInside[i] { value[i] = plane.stopping[i] }
    }
    fractions.reverse()
    return forward(plane, fractions, decay, objective: first, stopsAtOnce: fractions[0][origin] >= 0.5)
  }

  private func forward(
    _ plane: Plane, _ fractions: [[Double]], _ decay: Double, objective: Double, stopsAtOnce: Bool
  ) -> Outcome {
    var law = [Double](repeating: 0, count: steps + 1)
    guard !stopsAtOnce else {
      law[0] = 1
      return Outcome(objective: objective, law: law, expectedLoss: objective, expectedDepth: 0)
    }
    let cell = spacing * spacing
    var density = plane.kernel.map { decay * $0 }
    var expectedLoss = 0.0
    for block in 1...steps {
      var rest = density
      for i in density.indices {
        let share = block < steps ? fractions[block][i] : 1
        law[block] += cell * density[i] * plane.weight[i] * share
        expectedLoss += cell * density[i] * plane.stopping[i] * share
        rest[i] = density[i] * (1 - share)
      }
      if block < steps { density = plane.convolved(rest, factor: decay) }
    }
    let depth = law.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    return Outcome(objective: objective, law: law, expectedLoss: expectedLoss, expectedDepth: depth)
  }

  /// u, u g and the kernel on the grid, row-major in (x, y).
  private struct Plane {
    let side: Int
    let weight: [Double]
    let stopping: [Double]
    let isInside: [Bool]
    /// phi about the origin.
    let kernel: [Double]
    private let toeplitz: [Double]

    init(_ problem: EvidencePlane, half: Int, side: Int) {
      let h = problem.spacing
      let places = (0..<side).map { Double($0 - half) * h }
      var (weight, stopping, isInside) = ([Double](), [Double](), [Bool]())
      for x in places {
        for y in places {
          let exponents = problem.means.map { $0[0] * x + $0[1] * y }
          let (u, loss) = EvidencePlane.losses(exponents, problem.loss)
          weight.append(u)
          stopping.append(loss)
          isInside.append(x * x + y * y <= problem.radius * problem.radius)
        }
      }
      func density(_ z: Double) -> Double { abs(z) > EvidencePlane.reach ? 0 : NormalLaw.density(z) }
      (self.side, self.weight, self.stopping, self.isInside) = (side, weight, stopping, isInside)
      kernel = places.flatMap { x in places.map { density(x) * density($0) } }
      toeplitz = (0..<side).flatMap { i in (0..<side).map { h * density(Double(i - $0) * h) } }
    }

    /// `factor phi * values`.
    func convolved(_ values: [Double], factor: Double) -> [Double] {
      var (half, result) = (values, values)
      BLAS.multiply(rows: side, columns: side, inner: side, toeplitz, .normal, values, into: &half)
      BLAS.multiply(
        rows: side, columns: side, inner: side, alpha: factor, half, .normal, toeplitz, into: &result)
      return result
    }

    /// The share of each cell in which stopping is no worse, the gap taken for linear within a cell.
    func stoppingFractions(_ continued: [Double], radius: Double) -> [Double] {
      let gaps = zip(continued, stopping).map { $0 - $1 }
      var result = [Double](repeating: 1, count: gaps.count)
      for row in 1..<(side - 1) {
        for column in 1..<(side - 1) {
          let i = row * side + column
          guard isInside[i] else { continue }
          let rise = abs(gaps[i + side] - gaps[i - side]) / 2 + abs(gaps[i + 1] - gaps[i - 1]) / 2
          result[i] = rise > 0 ? min(1, max(0, 0.5 + gaps[i] / rise)) : gaps[i] >= 0 ? 1 : 0
        }
      }
      return result
    }
  }

  /// `u = mean e^(x_i)` and u times the expected loss of the posterior.
  static func losses(_ exponents: [Double], _ kind: StoppingLossKind) -> (weight: Double, loss: Double) {
    let top = exponents.indices.max { exponents[$0] < exponents[$1] } ?? 0
    let scale = exp(exponents[top]) / Double(exponents.count)
    var (others, weighted) = (0.0, 0.0)
    for (index, exponent) in exponents.enumerated() where index != top {
      let ratio = exp(exponent - exponents[top])
      others += ratio
      weighted += ratio * (exponent - exponents[top])
    }
    let total = 1 + others
    switch kind {
    case .zeroOne: return (scale * total, scale * others)
    // sum_i pi_i (ln total - x_i) = ln total - sum pi_i x_i, times u
    case .crossEntropy: return (scale * total, scale * (total * log1p(others) - weighted))
    }
  }
}

extension EvidenceTask {
  /// The exact optimum with three classes: V, the law of tau*, E tau*.
  public struct PlaneOptimum: Equatable, Sendable {
    public let objective: Double
    /// The distance of two resolutions and of the backward from the forward recursion.
    public let errorBound: Double
    public let expectedStoppingDepth: Double
    /// P(tau* = k), k = 0...N.
    public let law: [Double]
  }

  /// - Parameter spacing: of the grid, in standard deviations of a measurement.
  public func planeOptimum(
    runningCost: Double, loss: StoppingLossKind = .zeroOne, spacing: Double = 0.15
  ) -> PlaneOptimum {
    precondition(runningCost > 0 && classCount == 3, "\(runningCost) a block, \(classCount) classes")
    let means = (0..<3).map { mean($0) }
    let length = means[0].reduce(0) { $0 + $1 * $1 }.squareRoot()
    // beyond these log-odds nothing is worth a block; rays of two tied classes are cut where hardly any path still goes on
    let radius = (log(2 / runningCost) + 3) / (1.5 * length) + 8
    func run(_ spacing: Double) -> EvidencePlane.Outcome {
      EvidencePlane(
        means: means, steps: steps, cost: runningCost, loss: loss, spacing: spacing, radius: min(radius, 40)
      ).solve()
    }
    let (fine, coarse) = (run(spacing), run(1.5 * spacing))
    let error =
      abs(fine.objective - coarse.objective) + abs(fine.objective - fine.forwardObjective(runningCost))
    return PlaneOptimum(
      objective: fine.objective, errorBound: error, expectedStoppingDepth: fine.expectedDepth, law: fine.law)
  }
}
