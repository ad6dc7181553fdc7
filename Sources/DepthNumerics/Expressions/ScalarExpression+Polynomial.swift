internal import CVectorMath

extension ScalarExpression {
  /// The coefficients a_0, a_1, ... if the expression is a polynomial in the first component of the state alone, for these
  /// parameters; nil if it is none, depends on the depth or other components, or has a degree above `limit`.
  ///
  /// Read off the operations, not fitted: a typed `r*x - q*x` is known to be linear.
  public func polynomial(parameters: [Double], degree limit: Int = 4) -> [Double]? {
    let needed = reachable()
    var known: [Int32: [Double]] = [:]
    for index in needed.sorted() {
      switch graph.nodes[Int(index)] {
      case .state(let component): known[index] = component == 0 ? [0, 1] : nil
      case .depth: break
      case .parameter(let parameter): known[index] = [parameters[Int(parameter)]]
      case .constant(let bits): known[index] = [Double(bitPattern: bits)]
      case .operation(let opcode, let a, let b, let c):
        let operands = [a, b, c].prefix(ExpressionTape.operandCount(opcode)).map { known[$0] }
        guard operands.allSatisfy({ $0 != nil }) else { continue }
        let result = Self.combine(depth_opcode(opcode), operands.compactMap { $0 })
        if let result, result.count <= limit + 1 { known[index] = result }
      }
    }
    return known[root]
  }

  /// The value if it is the same everywhere, for these parameters.
  public func constant(parameters: [Double]) -> Double? {
    guard let coefficients = polynomial(parameters: parameters), coefficients.count == 1 else { return nil }
    return coefficients[0]
  }

  private static func combine(_ opcode: depth_opcode, _ operands: [[Double]]) -> [Double]? {
    if operands.allSatisfy({ $0.count == 1 }) {
      let tape = ExpressionTape(single: opcode, operandCount: operands.count)
      return [tape.value(depth: 0, state: operands.map { $0[0] }, parameters: [])]
    }
    switch opcode {
    case DEPTH_NEGATE: return operands[0].map { -$0 }
    case DEPTH_ADD: return sum(operands[0], operands[1], 1)
    case DEPTH_SUBTRACT: return sum(operands[0], operands[1], -1)
    case DEPTH_MULTIPLY: return product(operands[0], operands[1])
    case DEPTH_DIVIDE: return operands[1].count == 1 ? operands[0].map { $0 / operands[1][0] } : nil
    default: return nil
    }
  }

  private static func sum(_ p: [Double], _ q: [Double], _ sign: Double) -> [Double] {
    trimmed(
      (0..<max(p.count, q.count)).map { ($0 < p.count ? p[$0] : 0) + sign * ($0 < q.count ? q[$0] : 0) })
  }

  private static func product(_ p: [Double], _ q: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: p.count + q.count - 1)
    for (i, a) in p.enumerated() { for (j, b) in q.enumerated() { result[i + j] += a * b } }
    return trimmed(result)
  }

  private static func trimmed(_ p: [Double]) -> [Double] {
    var p = p
    while p.count > 1, p[p.count - 1] == 0 { p.removeLast() }
    return p
  }
}
