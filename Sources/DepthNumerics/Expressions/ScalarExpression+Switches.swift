internal import CVectorMath

extension ScalarExpression {
  /// What decides between smooth branches: the expressions whose changes of sign are where this one may have kinks or jumps.
  ///
  /// `abs(u)`, `sign(u)` and `step(u)` switch at u = 0, `min(u, v)`, `max(u, v)` and comparisons at u = v. Between the
  /// zeros of these the expression is as smooth as its parts. `floor` has no such list: see `usesFloor`.
  public var switches: [ScalarExpression] {
    var graph = self.graph
    var found: [Int32] = []
    for index in reachable().sorted() {
      guard case .operation(let opcode, let a, let b, _) = self.graph.nodes[Int(index)] else { continue }
      let decides: Int32? =
        switch depth_opcode(opcode) {
        case DEPTH_ABS, DEPTH_SIGN, DEPTH_STEP: a
        case DEPTH_MIN, DEPTH_MAX, DEPTH_LESS, DEPTH_LESS_EQUAL, DEPTH_EQUAL, DEPTH_NOT_EQUAL:
          graph.apply(DEPTH_SUBTRACT, [a, b])
        default: nil
        }
      if let decides, graph.value(decides) == nil, !found.contains(decides) { found.append(decides) }
    }
    return found.map { ScalarExpression(text: "a switch of \(text)", scope: scope, graph: graph, root: $0) }
  }

  /// What the expression divides by, where that varies.
  public var denominators: [ScalarExpression] {
    reachable().sorted().compactMap { index in
      guard case .operation(DEPTH_DIVIDE.rawValue, _, let divisor, _) = graph.nodes[Int(index)],
        graph.value(divisor) == nil
      else { return nil }
      return ScalarExpression(text: "a denominator of \(text)", scope: scope, graph: graph, root: divisor)
    }
  }

  /// Whether `floor` is applied to something that varies.
  public var usesFloor: Bool {
    reachable().contains {
      if case .operation(DEPTH_FLOOR.rawValue, _, _, _) = graph.nodes[Int($0)] { true } else { false }
    }
  }

  /// The nodes that the value depends on.
  func reachable() -> Set<Int32> {
    var (seen, pending): (Set<Int32>, [Int32]) = ([root], [root])
    while let index = pending.popLast() {
      guard case .operation(let opcode, let a, let b, let c) = graph.nodes[Int(index)] else { continue }
      for operand in [a, b, c].prefix(ExpressionTape.operandCount(opcode)) where seen.insert(operand).inserted {
        pending.append(operand)
      }
    }
    return seen
  }
}
