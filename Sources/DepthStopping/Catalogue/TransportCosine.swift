import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// `transport-cosine`: `x' = 1`, `g = cos x`, cost c < 1. With m(x) = cos x + c x, V = min_{y >= x} m(y) - c x: stop on [l, u] modulo
/// 2 pi, l = pi - arcsin c the local minimum of m (smooth fit), u < l + 2 pi the last state with m(u) <= m(l + 2 pi) (a kink).
enum TransportCosine {
  static let entry = ProblemCatalogue.Entry(
    name: "transport-cosine", kind: .flow,
    parameters: [
      ParameterDefinition(
        "running_cost", alias: "c", default: 0.5, allowed: .between(0, 1), unit: "loss/depth",
        meaning: "cost of one more unit of depth")
    ],
    groups: [:], formula: "x' = 1, g = cos x, cost c: stop on [pi - arcsin c, u] modulo 2 pi",
    citation: "minimum along the flow; theory.md section 3", methods: ["characteristics", "semi-lagrangian"],
    make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    // a window of one period around the stopping interval, its ends in the middle of where one continues
    let (left, right) = try ends(values["running_cost"])
    let middle = 0.5 * (right + left + 2 * .pi)
    return try StoppingProblem(
      name: entry.name, parameters: values.json,
      dynamics: .flow(
        ScalarFlowField(drift: ScalarFunction(constant: 1)),
        StateLoss(
          infimum: -1, alongFlow: enclosure, value: { cos($0[0]) },
          gradient: { state, gradient in gradient[0] = -sin(state[0]) }),
        probes: [[middle - 2 * .pi], [middle]]), runningCost: values["running_cost"])
  }

  private static let enclosure = FlowEnclosure(
    state: { start, depth in [OutwardInterval(start[0]) + depth] },
    jet: { start, depth in
      let x = OutwardInterval(start[0]) + depth
      return .init(loss: x.cosine(), slope: -x.sine(), curvature: -x.cosine())
    })

  /// l and u.
  private static func ends(_ c: Double) throws -> (left: Double, right: Double) {
    let period = 2 * Double.pi
    let left = .pi - asin(c)
    func m(_ x: Double) -> Double { cos(x) + c * x }
    let next = m(left + period)
    // m rises from l to its local maximum at 2 pi + arcsin c
    return (left, try RootFinding.brent(lower: left, upper: period + asin(c)) { m($0) - next })
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let c = values["running_cost"]
    let period = 2 * Double.pi
    let (left, right) = try ends(c)
    return ReferenceSolution(
      boundary: [left, right], citation: entry.citation, accuracy: 1e-15,
      value: { point in
        let x = point[0]
        let turns = ((x - left) / period).rounded(.down)
        let shifted = x - turns * period
        if shifted <= right { return cos(x) }
        return cos(left) + c * (left + period - shifted)
      },
      expectedDepth: { point in
        let shifted = point[0] - ((point[0] - left) / period).rounded(.down) * period
        return shifted <= right ? 0 : left + period - shifted
      })
  }
}
