import DepthDynamics
import DepthRuns
import Foundation

/// A stopping problem along a flow, always minimised: `J(s) = e^(-r (s - t)) g(s, h_s) + int_t^s e^(-r (u - t)) c du`.
///
/// As a vector field it carries J itself as a last component, `J' = e^(-r (s - t)) l(s, h_s)` with the look-ahead
/// `l = grad g . f + g_t - r g + c`: so the integrator's steps see every swing of the objective, however simple the flow.
struct FlowObjective<Field: VectorField>: VectorField {
  typealias StateFunction = @Sendable (_ depth: Double, _ state: UnsafePointer<Double>) -> Double

  let field: Field
  /// g, negated where the problem is maximised.
  let loss: StateFunction
  /// `grad g . f + g_t - r g + c`: negative where one must continue.
  let lookAhead: StateFunction
  /// c where it is constant.
  let constantCost: Double?
  let leastCost: Double
  /// r.
  let discount: Double
  /// A lower bound of g; nil where none is known.
  let infimum: Double?
  let horizon: Double?
  /// Whether f, g or c change with depth.
  let dependsOnDepth: Bool
  /// t, where a trajectory starts.
  var start = 0.0

  var stateDimension: Int { field.dimension }
  var dimension: Int { field.dimension + 1 }
  var discontinuities: [Double] { field.discontinuities }

  func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    field.evaluate(depth: depth, state: state, into: result)
    let factor = discount == 0 ? 1 : exp(-discount * (depth - start))
    result[field.dimension] = factor * lookAhead(depth, state)
  }

  /// J from the state where the cost is constant (free of the integration of J), else as integrated.
  func objective(depth: Double, state: [Double]) -> Double {
    guard let c = constantCost else { return state[stateDimension] }
    let elapsed = depth - start
    guard discount > 0 else { return loss(depth, state) + c * elapsed }
    return exp(-discount * elapsed) * loss(depth, state) - c * expm1(-discount * elapsed) / discount
  }

  func loss(depth: Double, at state: [Double]) -> Double {
    state.withUnsafeBufferPointer { loss(depth, $0.baseAddress!) }
  }

  func lookAhead(depth: Double, at state: [Double]) -> Double {
    state.withUnsafeBufferPointer { lookAhead(depth, $0.baseAddress!) }
  }
}

extension FlowObjective {
  /// A flow in R^d with a loss of the state.
  init(_ problem: StoppingProblem, _ field: Field, _ loss: StateLoss, probes: [[Double]]) {
    let (sign, d) = (problem.sign, field.dimension)
    let rate = problem.discount.constantValue ?? 0
    let cost = problem.cost.function
    let value = loss.value
    let gradient = loss.gradient
    self.init(
      field: field, loss: { _, state in sign * value(state) },
      lookAhead: { depth, state in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * d) { buffer in
          let slope = buffer.baseAddress!
          field.evaluate(depth: depth, state: state, into: slope)
          gradient(state, slope + d)
          var sum = cost.constantValue ?? cost(depth, state[0])
          for i in 0..<d { sum += sign * slope[i] * slope[d + i] }
          return rate == 0 ? sum : sum - rate * sign * value(state)
        }
      }, constantCost: cost.constantValue, leastCost: problem.runningCost, discount: rate,
      infimum: sign > 0 && loss.infimum.isFinite ? loss.infimum : nil, horizon: problem.horizon,
      // a field does not say whether it varies: it is asked at several depths
      dependsOnDepth: cost.dependsOnDepth
        || probes.contains { probe in
          let first = field(depth: 0, state: probe)
          return [0.1, 0.73, 3.9].contains { field(depth: $0, state: probe) != first }
        })
  }
}

extension FlowObjective where Field == ScalarFlowField {
  /// A scalar diffusion without noise.
  init(_ inequality: VariationalInequality, leastCost: Double) {
    let loss = inequality.loss
    let rate = inequality.discount.constantValue ?? 0
    let (drift, cost) = (inequality.drift, inequality.cost)
    self.init(
      field: ScalarFlowField(drift: drift), loss: { loss.value($0, $1[0]) },
      lookAhead: { depth, state in
        let x = state[0]
        let transport = loss.depthDerivative(depth, x) + drift(depth, x) * loss.derivative(depth, x)
        let sum = transport + (cost.constantValue ?? cost(depth, x))
        return rate == 0 ? sum : sum - rate * loss.value(depth, x)
      }, constantCost: cost.constantValue, leastCost: leastCost, discount: rate, infimum: nil,
      horizon: inequality.horizon, dependsOnDepth: inequality.dependsOnDepth)
  }
}

/// `x' = f(t, x)` on the line.
struct ScalarFlowField: VectorField {
  let drift: ScalarFunction
  var dimension: Int { 1 }
  func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    result[0] = drift(depth, state[0])
  }
}
