import DepthRuns
internal import CVectorMath

/// Reads the words of an expression by the precedence of its operators, and writes its operations into a graph.
///
/// Recursion is only as deep as parentheses and signs are nested.
struct ExpressionParser {
  private let scope: ExpressionScope
  private let tokens: [ExpressionToken]
  private var position = 0
  private var nesting = 0
  private var graph = ExpressionGraph()

  static let deepestNesting = 200

  static func parse(
    _ text: String, in scope: ExpressionScope
  ) throws(ExpressionSyntaxError) -> (graph: ExpressionGraph, root: Int32) {
    var parser = ExpressionParser(scope: scope, tokens: try ExpressionLexer.tokens(of: text))
    let root = try parser.expression(.comparison)
    guard parser.current.kind == .end else { throw parser.unexpected() }
    return (parser.graph, root)
  }

  private init(scope: ExpressionScope, tokens: [ExpressionToken]) {
    self.scope = scope
    self.tokens = tokens
  }

  private var current: ExpressionToken { tokens[position] }

  private mutating func accept(_ symbol: String) -> Bool {
    guard current.kind == .symbol(symbol) else { return false }
    position += 1
    return true
  }

  /// Operands joined by operators that bind at least as strongly as `weakest`.
  private mutating func expression(_ weakest: ExpressionGrammar.Binding) throws(ExpressionSyntaxError) -> Int32 {
    var left = try signed()
    var compared = false
    while case .symbol(let symbol) = current.kind, let found = ExpressionGrammar.operator(symbol),
      found.binding >= weakest
    {
      let column = current.column
      if found.binding == .comparison {
        guard !compared else {
          throw ExpressionSyntaxError(
            column: column, message: "comparisons do not chain; write (a < b) * (b < c) for a < b < c")
        }
        compared = true
      }
      position += 1
      // ^ groups to the right, everything else to the left.
      let right = found.binding == .power ? try nested(.power) : try expression(found.binding.tighter)
      let node: Int32 =
        switch found.meaning {
        case .operation(let opcode): graph.apply(opcode, [left, right])
        case .exchanged(let opcode): graph.apply(opcode, [right, left])
        case .power: graph.power(left, right)
        }
      left = try finite(node, at: column)
    }
    return left
  }

  /// An expression inside of another: in parentheses, after a sign, or as an exponent.
  private mutating func nested(_ weakest: ExpressionGrammar.Binding) throws(ExpressionSyntaxError) -> Int32 {
    guard nesting < Self.deepestNesting else {
      throw ExpressionSyntaxError(
        column: current.column, message: "nested too deeply; allowed: \(Self.deepestNesting) levels")
    }
    nesting += 1
    defer { nesting -= 1 }
    return try expression(weakest)
  }

  private mutating func signed() throws(ExpressionSyntaxError) -> Int32 {
    if accept("-") { return graph.apply(DEPTH_NEGATE, [try nested(.power)]) }
    if accept("+") { return try nested(.power) }
    return try operand()
  }

  private mutating func operand() throws(ExpressionSyntaxError) -> Int32 {
    let token = current
    switch token.kind {
    case .number(let value):
      position += 1
      return graph.constant(value)
    case .name(let name):
      position += 1
      return current.kind == .symbol("(") ? try call(name, at: token.column) : try leaf(name, at: token.column)
    case .symbol("("):
      position += 1
      let inner = try nested(.comparison)
      guard accept(")") else { throw unexpected(missing: ")", openedAt: token.column) }
      return inner
    case .symbol, .end:
      throw ExpressionSyntaxError(
        column: token.column, message: "expected a number, a name or (, found \(token.description)")
    }
  }

  private mutating func leaf(_ name: String, at column: Int) throws(ExpressionSyntaxError) -> Int32 {
    if let meaning = scope.meaning(of: name) { return graph.insert(meaning) }
    if let function = ExpressionGrammar.function(name) {
      throw ExpressionSyntaxError(
        column: column, message: "\(name) is a function and takes \(function.arity) in parentheses")
    }
    throw unknown(name, "name", known: scope.allowed, at: column)
  }

  private mutating func call(_ name: String, at column: Int) throws(ExpressionSyntaxError) -> Int32 {
    guard let function = ExpressionGrammar.function(name) else {
      if scope.meaning(of: name) != nil {
        throw ExpressionSyntaxError(
          column: column, message: "\(name) is no function; multiplication is written \(name)*(...)")
      }
      throw unknown(name, "function", known: ExpressionGrammar.functions.map(\.name), at: column)
    }
    let opening = current.column
    position += 1
    var arguments: [Int32] = []
    if !accept(")") {
      repeat { arguments.append(try nested(.comparison)) } while accept(",")
      guard accept(")") else { throw unexpected(missing: ")", openedAt: opening) }
    }
    guard function.arguments.contains(arguments.count) else {
      throw ExpressionSyntaxError(
        column: column, message: "\(name) takes \(function.arity), found \(arguments.count)")
    }
    let node = apply(function, arguments)
    return try finite(node, at: column)
  }

  private mutating func apply(_ function: ExpressionGrammar.Function, _ arguments: [Int32]) -> Int32 {
    switch function.meaning {
    case .operation(let opcode): return graph.apply(opcode, arguments)
    case .power: return graph.power(arguments[0], arguments[1])
    case .relu:
      let zero = graph.constant(0)
      return graph.apply(DEPTH_MAX, [arguments[0], zero])
    case .fold(let opcode):
      var result = arguments[0]
      for argument in arguments.dropFirst() { result = graph.apply(opcode, [result, argument]) }
      return result
    }
  }

  /// A constant that is no number, 1/0 or log(-1), is a slip.
  private func finite(_ node: Int32, at column: Int) throws(ExpressionSyntaxError) -> Int32 {
    guard let value = graph.value(node), !value.isFinite else { return node }
    throw ExpressionSyntaxError(
      column: column, message: "the constant computed here is \(value); allowed: finite numbers")
  }

  private func unknown(
    _ name: String, _ kind: String, known: [String], at column: Int
  ) -> ExpressionSyntaxError {
    let message = InputError.unknown(ExpressionToken.shortened(name), kindOfName: kind, known: known).description
    return ExpressionSyntaxError(column: column, message: message)
  }

  /// A word that cannot stand where an operator or the end could.
  private func unexpected(missing: String? = nil, openedAt opening: Int = 0) -> ExpressionSyntaxError {
    let found = current.description
    switch current.kind {
    case .number, .name, .symbol("("):
      return ExpressionSyntaxError(
        column: current.column, message: "expected an operator, found \(found); multiplication is written *")
    default:
      if missing != nil {
        return ExpressionSyntaxError(
          column: current.column, message: "expected ), found \(found); the ( in column \(opening) is not closed")
      }
      let reason = current.kind == .symbol(")") ? "; no ( is open" : "; the decimal point is written ."
      return ExpressionSyntaxError(column: current.column, message: "unexpected \(found)\(reason)")
    }
  }
}
