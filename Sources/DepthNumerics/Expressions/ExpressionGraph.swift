internal import CVectorMath

/// The operations of one or several expressions, each different one kept once, operands before results.
struct ExpressionGraph: Sendable {
  enum Node: Hashable, Sendable {
    case state(Int32)
    case depth
    case parameter(Int32)
    /// By its bits, so that equal means identical.
    case constant(UInt64)
    /// With the indices of its operands, 0 where there is none.
    case operation(UInt32, Int32, Int32, Int32)
  }

  private(set) var nodes: [Node] = []
  private var indices: [Node: Int32] = [:]

  mutating func insert(_ node: Node) -> Int32 {
    if let index = indices[node] { return index }
    let index = Int32(nodes.count)
    nodes.append(node)
    indices[node] = index
    return index
  }

  mutating func constant(_ value: Double) -> Int32 { insert(.constant(value.bitPattern)) }

  /// The number that a node is, whatever the state; nil if it is none.
  func value(_ index: Int32) -> Double? {
    if case .constant(let bits) = nodes[Int(index)] { Double(bitPattern: bits) } else { nil }
  }

  /// An operation on earlier nodes: computed at once if they are constants, left out if it changes nothing.
  mutating func apply(_ opcode: depth_opcode, _ operands: [Int32]) -> Int32 {
    let values = operands.compactMap { value($0) }
    if values.count == operands.count { return constant(Self.compute(opcode, values)) }
    if let kept = simplified(opcode, operands) { return kept }
    var (a, b) = (operands[0], operands.count > 1 ? operands[1] : 0)
    // Sums and products are symmetric to the last bit.
    if opcode == DEPTH_ADD || opcode == DEPTH_MULTIPLY { (a, b) = (min(a, b), max(a, b)) }
    return insert(.operation(opcode.rawValue, a, b, operands.count > 2 ? operands[2] : 0))
  }

  /// `base ^ exponent`: integers up to `largestProduct` by multiplication, which is exact where the products are and
  /// differentiable at 0; one half by the square root; powers of e by the exponential, whose base is not rounded.
  mutating func power(_ base: Int32, _ exponent: Int32) -> Int32 {
    if value(base) == ExpressionGrammar.eulersNumber { return apply(DEPTH_EXP, [exponent]) }
    guard let value = value(exponent) else { return apply(DEPTH_POWER, [base, exponent]) }
    if value == 0.5 { return apply(DEPTH_SQRT, [base]) }
    guard let integer = Int(exactly: value), abs(integer) <= Self.largestProduct else {
      return apply(DEPTH_POWER, [base, exponent])
    }
    guard integer != 0 else { return constant(1) }
    let product = product(base, abs(integer))
    return integer > 0 ? product : apply(DEPTH_DIVIDE, [constant(1), product])
  }

  /// Beyond it the rounding errors of repeated multiplication exceed those of `pow`.
  static let largestProduct = 32

  private mutating func product(_ base: Int32, _ count: Int) -> Int32 {
    if count == 1 { return base }
    let half = product(base, count / 2)
    let square = apply(DEPTH_MULTIPLY, [half, half])
    return count % 2 == 0 ? square : apply(DEPTH_MULTIPLY, [square, base])
  }

  /// The nodes of another graph, of the same scope, in this one; returns the new index of `root`.
  mutating func merge(_ other: ExpressionGraph, root: Int32) -> Int32 {
    var moved: [Int32] = []
    for node in other.nodes {
      switch node {
      case .operation(let opcode, let a, let b, let c):
        let operands = [a, b, c].prefix(ExpressionTape.operandCount(opcode)).map { moved[Int($0)] }
        moved.append(apply(depth_opcode(opcode), operands))
      default: moved.append(insert(node))
      }
    }
    return moved[Int(root)]
  }

  private func simplified(_ opcode: depth_opcode, _ operands: [Int32]) -> Int32? {
    switch opcode {
    case DEPTH_ADD:
      return value(operands[0]) == 0 ? operands[1] : value(operands[1]) == 0 ? operands[0] : nil
    case DEPTH_MULTIPLY:
      return value(operands[0]) == 1 ? operands[1] : value(operands[1]) == 1 ? operands[0] : nil
    case DEPTH_SUBTRACT: return value(operands[1]) == 0 ? operands[0] : nil
    case DEPTH_DIVIDE: return value(operands[1]) == 1 ? operands[0] : nil
    case DEPTH_NEGATE:
      if case .operation(DEPTH_NEGATE.rawValue, let inner, _, _) = nodes[Int(operands[0])] { return inner }
      return nil
    case DEPTH_SELECT:
      return value(operands[0]).map { $0 != 0 ? operands[1] : operands[2] }
    default: return nil
    }
  }

  /// By the tape itself, so that a constant is what the operation would have given.
  private static func compute(_ opcode: depth_opcode, _ operands: [Double]) -> Double {
    ExpressionTape(single: opcode, operandCount: operands.count).value(depth: 0, state: operands, parameters: [])
  }
}
