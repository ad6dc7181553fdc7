internal import CVectorMath

/// Expressions of one scope compiled together into a flat list of operations, subexpressions shared: a map from state, depth
/// and parameters to `outputCount` numbers, with exact derivatives.
///
/// Derivatives are differentiated operation by operation (dual numbers forward, cotangents in reverse), so they are exact up to
/// rounding; each costs a small multiple of a value. Every sweep comes for one sample and for eight at once (`laneCount`),
/// entry i of lane l at index 8 i + l; parameters are common to the lanes. Lanes equal single samples to the last bit,
/// except through exp, tanh, sigmoid, softplus and the derivative of erf (3 ulp), and depend on no other lane.
/// Evaluation allocates nothing: it uses the stack up to 32 kB; for longer tapes give `scratch` of `scratchCount`
/// doubles (times 8 for lanes), or a temporary buffer is made.
/// What is not finite is the caller's to look for.
/// Source: Griewank and Walther, "Evaluating Derivatives", 2nd ed. (2008), ch. 3; Wengert, CACM 7 (1964).
public struct ExpressionTape: Sendable {
  public let stateCount: Int
  public let parameterCount: Int
  public let outputCount: Int
  public let operationCount: Int
  /// Whether any output depends on the depth.
  public let dependsOnDepth: Bool
  /// Parameters that no output depends on.
  public let unusedParameters: [Int]

  let code: [Int32]
  let constants: [Double]
  let outputs: [Int32]

  /// Samples that a sweep over lanes takes.
  public static let laneCount = 8

  public init(_ expressions: [ScalarExpression]) {
    precondition(!expressions.isEmpty, "a tape of no expressions")
    let scope = expressions[0].scope
    precondition(expressions.allSatisfy { $0.scope == scope }, "a tape of expressions of different scopes")
    var graph = ExpressionGraph()
    let roots = expressions.map { graph.merge($0.graph, root: $0.root) }
    var layout = Layout(graph: graph, roots: roots, stateCount: scope.dimension, scope.parameterNames.count)
    layout.run()
    stateCount = scope.dimension
    parameterCount = scope.parameterNames.count
    outputCount = expressions.count
    operationCount = layout.code.count / 4
    dependsOnDepth = layout.used.contains(stateCount)
    unusedParameters = (0..<parameterCount).filter { [used = layout.used, stateCount] in
      !used.contains(stateCount + 1 + $0)
    }
    code = layout.code
    constants = layout.constants
    outputs = roots.map { layout.slots[Int($0)] }
  }

  /// One operation on the components of the state.
  init(single opcode: depth_opcode, operandCount: Int) {
    stateCount = operandCount
    (parameterCount, outputCount, operationCount) = (0, 1, 1)
    (dependsOnDepth, unusedParameters) = (false, [])
    code = [Int32(opcode.rawValue), 0, operandCount > 1 ? 1 : 0, operandCount > 2 ? 2 : 0]
    constants = []
    outputs = [Int32(operandCount + 1)]
  }

  static func operandCount(_ opcode: UInt32) -> Int {
    opcode == DEPTH_SELECT.rawValue ? 3 : opcode >= DEPTH_ADD.rawValue ? 2 : 1
  }

  /// Doubles that a sweep over one sample needs at most.
  public var scratchCount: Int { 3 * slotCount + stateCount }

  var slotCount: Int { stateCount + 1 + parameterCount + constants.count + operationCount }

  /// The outputs as an array: a convenience for tests and tables, not for loops.
  public func callAsFunction(depth: Double = 0, state: [Double], parameters: [Double] = []) -> [Double] {
    precondition(state.count == stateCount, "state has \(state.count) entries, the expressions \(stateCount)")
    precondition(
      parameters.count == parameterCount, "\(parameters.count) parameters, the expressions have \(parameterCount)")
    return [Double](unsafeUninitializedCapacity: outputCount) { buffer, count in
      evaluate(depth: depth, state: state, parameters: parameters, into: buffer.baseAddress!)
      count = outputCount
    }
  }

  /// The first output.
  public func value(depth: Double = 0, state: [Double], parameters: [Double] = []) -> Double {
    self(depth: depth, state: state, parameters: parameters)[0]
  }
}

/// Gives the nodes that the roots need their slots: state, depth, parameters, constants, operations.
private struct Layout {
  let graph: ExpressionGraph
  let stateCount: Int
  let inputCount: Int
  private var needed: [Bool]
  private(set) var slots: [Int32]
  private(set) var constants: [Double] = []
  private(set) var code: [Int32] = []
  /// Slots of the inputs that some root depends on.
  private(set) var used: Set<Int> = []

  init(graph: ExpressionGraph, roots: [Int32], stateCount: Int, _ parameterCount: Int) {
    self.graph = graph
    self.stateCount = stateCount
    inputCount = stateCount + 1 + parameterCount
    needed = [Bool](repeating: false, count: graph.nodes.count)
    slots = [Int32](repeating: -1, count: graph.nodes.count)
    for root in roots { needed[Int(root)] = true }
  }

  mutating func run() {
    for i in graph.nodes.indices.reversed() where needed[i] {
      if case .operation(let opcode, let a, let b, let c) = graph.nodes[i] {
        for operand in [a, b, c].prefix(ExpressionTape.operandCount(opcode)) { needed[Int(operand)] = true }
      }
    }
    for i in graph.nodes.indices where needed[i] { placeInput(i) }
    for i in graph.nodes.indices where needed[i] { placeOperation(i) }
  }

  private mutating func placeInput(_ i: Int) {
    switch graph.nodes[i] {
    case .state(let component): slots[i] = component
    case .depth: slots[i] = Int32(stateCount)
    case .parameter(let index): slots[i] = Int32(stateCount + 1) + index
    case .constant(let bits):
      slots[i] = Int32(inputCount + constants.count)
      constants.append(Double(bitPattern: bits))
      return
    case .operation: return
    }
    used.insert(Int(slots[i]))
  }

  private mutating func placeOperation(_ i: Int) {
    guard case .operation(let opcode, let a, let b, let c) = graph.nodes[i] else { return }
    let count = ExpressionTape.operandCount(opcode)
    slots[i] = Int32(inputCount + constants.count + code.count / 4)
    code += [
      Int32(opcode), slots[Int(a)], count > 1 ? slots[Int(b)] : 0, count > 2 ? slots[Int(c)] : 0,
    ]
  }
}
