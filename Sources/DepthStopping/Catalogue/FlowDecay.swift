import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// `flow-decay`: `h' = -a h`, `g = h^2/2`, cost c: stop at `|h| <= sqrt(c/a)`;
/// outside, `V(h) = c/(2a) + (c/a) ln(|h|/sqrt(c/a))`.
enum FlowDecay {
  static let entry = ProblemCatalogue.Entry(
    name: "flow-decay", kind: .flow,
    parameters: [
      ParameterDefinition("decay_rate", alias: "a", default: 1, unit: "1/depth", meaning: "rate of contraction"),
      ProblemCatalogue.runningCost,
    ],
    groups: [:], formula: "h' = -a h, g = h^2/2, cost c",
    citation: "first-order condition along the flow; theory.md section 3",
    methods: ["characteristics", "semi-lagrangian"], make: problem, solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let (a, c) = (values["decay_rate"], values["running_cost"])
    let far = 4 * (c / a).squareRoot()
    return try StoppingProblem(
      name: entry.name, parameters: values.json,
      dynamics: .flow(LinearDecayField(rates: [a]), .halfSquare(decaying: [a]), probes: [[-far], [far]]), runningCost: c
    )
  }

  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let (a, c) = (values["decay_rate"], values["running_cost"])
    let b = (c / a).squareRoot()
    return ReferenceSolution(
      boundary: [-b, b], citation: entry.citation, accuracy: 1e-15,
      value: { point in
        let h = abs(point[0])
        return h <= b ? h * h / 2 : c / (2 * a) + c / a * log(h / b)
      }, expectedDepth: { point in max(0, log(abs(point[0]) / b) / a) })
  }
}

/// `anisotropic-decay`: `h_i' = -a_i h_i` in the plane, `g = |h|^2/2`, cost c: stop inside the
/// ellipse `a1 h1^2 + a2 h2^2 = c`.
enum AnisotropicDecay {
  static let entry = ProblemCatalogue.Entry(
    name: "anisotropic-decay", kind: .flow,
    parameters: [
      ParameterDefinition("decay_rate_1", alias: "a1", default: 1, unit: "1/depth", meaning: "rate along h1"),
      ParameterDefinition("decay_rate_2", alias: "a2", default: 2, unit: "1/depth", meaning: "rate along h2"),
      ProblemCatalogue.runningCost,
    ],
    groups: [:], formula: "h_i' = -a_i h_i, g = |h|^2/2, cost c",
    citation: "first-order condition along the flow; theory.md section 3", methods: ["characteristics"], make: problem,
    solve: reference)

  private static func problem(_ values: ParameterValues) throws -> StoppingProblem {
    let (a1, a2, c) = (values["decay_rate_1"], values["decay_rate_2"], values["running_cost"])
    let far = 4 * (c / min(a1, a2)).squareRoot()
    let probes = (0..<64).map { index in
      let angle = 2 * Double.pi * (Double(index) + 0.5) / 64
      return [far * cos(angle), far * sin(angle)]
    }
    return try StoppingProblem(
      name: entry.name, parameters: values.json,
      dynamics: .flow(LinearDecayField(rates: [a1, a2]), .halfSquare(decaying: [a1, a2]), probes: probes),
      runningCost: c)
  }

  /// The halt is the root of `sum a_i h_i^2 e^(-2 a_i s) = c`, by Newton on a convex decreasing function of s.
  private static func reference(_ values: ParameterValues) throws -> ReferenceSolution {
    let (a1, a2, c) = (values["decay_rate_1"], values["decay_rate_2"], values["running_cost"])
    let depth: @Sendable ([Double]) -> Double = { h in
      let (p, q) = (a1 * h[0] * h[0], a2 * h[1] * h[1])
      guard p + q > c else { return 0 }
      var s = 0.0
      for _ in 0..<200 {
        let (u, v) = (p * exp(-2 * a1 * s), q * exp(-2 * a2 * s))
        let step = (u + v - c) / (2 * a1 * u + 2 * a2 * v)
        s += step
        if abs(step) <= 1e-16 * s { break }
      }
      return s
    }
    return ReferenceSolution(
      boundary: [], citation: entry.citation, accuracy: 1e-14,
      value: { h in
        let s = depth(h)
        let (x, y) = (h[0] * exp(-a1 * s), h[1] * exp(-a2 * s))
        return (x * x + y * y) / 2 + c * s
      }, expectedDepth: depth)
  }
}

extension StateLoss {
  /// `g(h) = |h|^2 / 2` on `h_i' = -a_i h_i`: along the flow `sum h_i^2 e^(-2 a_i s) / 2`.
  static func halfSquare(decaying rates: [Double]) -> StateLoss {
    let dimension = rates.count
    return StateLoss(
      infimum: 0,
      alongFlow: FlowEnclosure(
        state: { start, depth in
          rates.indices.map { start[$0] * (-rates[$0] * depth).exponential() }
        },
        jet: { start, depth in
          var (loss, slope, curvature) = (OutwardInterval(0), OutwardInterval(0), OutwardInterval(0))
          for i in 0..<dimension {
            let square = OutwardInterval(start[i]).square * (-2 * rates[i] * depth).exponential()
            let fall = rates[i] * square
            loss = loss + 0.5 * square
            slope = slope - fall
            curvature = curvature + 2 * rates[i] * fall
          }
          return .init(loss: loss, slope: slope, curvature: curvature)
        }),
      value: { state in
        var sum = 0.0
        for i in 0..<dimension { sum += state[i] * state[i] }
        return sum / 2
      }, gradient: { state, gradient in gradient.update(from: state, count: dimension) })
  }
}
