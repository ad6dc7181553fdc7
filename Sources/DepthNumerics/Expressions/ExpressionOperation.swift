internal import CVectorMath

/// The operations that expressions are made of, in the order of the tape's opcodes.
public enum ExpressionOperation: UInt32, CaseIterable, Sendable {
  case negate, abs, sign, step, floor, sqrt, exp, log, log10, log2, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh
  case erf, sigmoid, softplus
  case add, subtract, multiply, divide, power, atan2, min, max, less, lessEqual, equal, notEqual
  /// `if(condition, a, b)`.
  case select

  /// Whether it is pieced together: with jumps or kinks, between which it has a power series that knows nothing of them.
  public var isPiecewise: Bool {
    switch self {
    case .abs, .sign, .step, .floor, .min, .max, .less, .lessEqual, .equal, .notEqual, .select: true
    default: false
    }
  }

  /// As it is typed.
  public var text: String {
    switch self {
    case .max: "max (or relu)"
    case .less, .lessEqual, .equal, .notEqual: "a comparison"
    case .select: "if"
    default: "\(self)"
    }
  }

  /// The operation on numbers, to the last bit what a tape gives.
  public func callAsFunction(_ operands: [Double]) -> Double {
    ExpressionTape(single: depth_opcode(rawValue), operandCount: operands.count).value(state: operands)
  }
}

extension ExpressionTape {
  /// The outputs in another arithmetic than that of numbers: operation after operation, operands before results.
  ///
  /// What `number` makes of constants and parameters goes into `apply` with the values of state and depth. O(operations).
  public func fold<Value>(
    depth: Value, state: [Value], parameters: [Double], number: (Double) -> Value,
    _ apply: (ExpressionOperation, [Value]) -> Value
  ) -> [Value] {
    precondition(state.count == stateCount, "state has \(state.count) entries, the expressions \(stateCount)")
    precondition(
      parameters.count == parameterCount, "\(parameters.count) parameters, the expressions have \(parameterCount)")
    var slots = state + [depth] + parameters.map(number) + constants.map(number)
    slots.reserveCapacity(slotCount)
    for index in stride(from: 0, to: code.count, by: 4) {
      let opcode = UInt32(bitPattern: code[index])
      guard let operation = ExpressionOperation(rawValue: opcode) else { preconditionFailure("opcode \(opcode)") }
      let operands = (1...Self.operandCount(opcode)).map { slots[Int(code[index + $0])] }
      slots.append(apply(operation, operands))
    }
    return outputs.map { slots[Int($0)] }
  }
}
