import DepthNumerics

/// Functions of depth and a scalar state made from a typed expression, with exact derivatives.
///
/// Constants and polynomials of degree up to 4 run as such, as fast as a catalogue's own; everything else on the expression's
/// tape, eight states at once.
struct ExpressionFunction: Sendable {
  let expression: ScalarExpression
  let parameters: [Double]
  private let tape: ExpressionTape
  /// Where the expression is one.
  private let coefficients: [Double]?

  init(_ expression: ScalarExpression, parameters: [Double]) {
    self.expression = expression
    self.parameters = parameters
    tape = ExpressionTape([expression])
    coefficients = expression.polynomial(parameters: parameters)
  }

  var dependsOnDepth: Bool { tape.dependsOnDepth }

  var value: ScalarFunction {
    if let coefficients { return Self.polynomial(coefficients) }
    let (tape, parameters) = (self.tape, self.parameters)
    return ScalarFunction(
      dependsOnDepth: tape.dependsOnDepth, blockwise: Self.block(tape, parameters)
    ) { depth, state in
      var result = 0.0
      withUnsafePointer(to: state) { tape.evaluate(depth: depth, state: $0, parameters: parameters, into: &result) }
      return result
    }
  }

  /// d/dx.
  var derivative: ScalarFunction {
    if let coefficients { return Self.polynomial(Self.differentiated(coefficients)) }
    return tangent(depthTangent: 0, stateTangent: 1)
  }

  /// d2/dx2.
  var curvature: ScalarFunction {
    if let coefficients { return Self.polynomial(Self.differentiated(Self.differentiated(coefficients))) }
    let (tape, parameters) = (self.tape, self.parameters)
    return ScalarFunction(dependsOnDepth: tape.dependsOnDepth) { depth, state in
      var (result, one) = (0.0, 1.0)
      withUnsafePointer(to: state) {
        tape.secondDerivative(depth: depth, state: $0, parameters: parameters, stateTangent: &one, into: &result)
      }
      return result
    }
  }

  /// d/dt.
  var depthDerivative: ScalarFunction {
    dependsOnDepth ? tangent(depthTangent: 1, stateTangent: 0) : ScalarFunction(constant: 0)
  }

  private func tangent(depthTangent: Double, stateTangent: Double) -> ScalarFunction {
    let (tape, parameters) = (self.tape, self.parameters)
    return ScalarFunction(dependsOnDepth: tape.dependsOnDepth) { depth, state in
      var (result, along) = (0.0, stateTangent)
      withUnsafePointer(to: state) {
        tape.applyJacobian(
          depth: depth, state: $0, parameters: parameters, depthTangent: depthTangent, stateTangent: &along,
          into: &result)
      }
      return result
    }
  }

  private static func block(_ tape: ExpressionTape, _ parameters: [Double]) -> ScalarFunction.Blockwise {
    { depth, states, count, values in
      let lanes = ExpressionTape.laneCount
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * lanes) { buffer in
        let (depths, tail) = (buffer.baseAddress!, buffer.baseAddress! + lanes)
        depths.update(repeating: depth, count: lanes)
        var start = 0
        while start + lanes <= count {
          tape.evaluateLanes(depths: depths, states: states + start, parameters: parameters, into: values + start)
          start += lanes
        }
        guard start < count else { return }
        // the last lanes repeat a state that is there
        for lane in 0..<lanes { tail[lane] = states[min(start + lane, count - 1)] }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: lanes) { results in
          tape.evaluateLanes(depths: depths, states: tail, parameters: parameters, into: results.baseAddress!)
          for lane in 0..<(count - start) { values[start + lane] = results[lane] }
        }
      }
    }
  }

  private static func polynomial(_ c: [Double]) -> ScalarFunction {
    switch c.count {
    case 1: return ScalarFunction(constant: c[0])
    case 2:
      let (a, b) = (c[0], c[1])
      return ScalarFunction { _, x in a + b * x }
    case 3:
      let (a, b, c2) = (c[0], c[1], c[2])
      return ScalarFunction { _, x in a + x * (b + x * c2) }
    default: return ScalarFunction { _, x in c.reversed().reduce(0) { $0 * x + $1 } }
    }
  }

  private static func differentiated(_ c: [Double]) -> [Double] {
    c.count == 1 ? [0] : (1..<c.count).map { Double($0) * c[$0] }
  }
}
