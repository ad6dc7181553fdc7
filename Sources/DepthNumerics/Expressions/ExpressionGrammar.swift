internal import CVectorMath

/// What the language of expressions knows by name.
enum ExpressionGrammar {
  struct Function: Sendable {
    let name: String
    let arguments: ClosedRange<Int>
    let meaning: Meaning

    /// What the arguments become.
    enum Meaning: Sendable {
      /// One operation of the tape.
      case operation(depth_opcode)
      /// An operation of two arguments, from left to right over any number.
      case fold(depth_opcode)
      /// max(x, 0).
      case relu
      case power
    }

    var arity: String {
      switch (arguments.lowerBound, arguments.upperBound) {
      case (1, 1): "one argument"
      case (let low, Int.max): "\(low) or more arguments"
      case (let low, _): "\(low) arguments"
      }
    }
  }

  static let eulersNumber = 2.718281828459045
  static let constants: [(name: String, value: Double)] = [("pi", .pi), ("e", eulersNumber)]

  static let functions: [Function] =
    unary.map { Function(name: $0.0, arguments: 1...1, meaning: .operation($0.1)) } + [
      Function(name: "relu", arguments: 1...1, meaning: .relu),
      Function(name: "pow", arguments: 2...2, meaning: .power),
      Function(name: "atan2", arguments: 2...2, meaning: .operation(DEPTH_ATAN2)),
      Function(name: "min", arguments: 2...Int.max, meaning: .fold(DEPTH_MIN)),
      Function(name: "max", arguments: 2...Int.max, meaning: .fold(DEPTH_MAX)),
      Function(name: "if", arguments: 3...3, meaning: .operation(DEPTH_SELECT)),
    ]

  static func function(_ name: String) -> Function? { functions.first { $0.name == name } }

  private static let unary: [(String, depth_opcode)] = [
    ("sin", DEPTH_SIN), ("cos", DEPTH_COS), ("tan", DEPTH_TAN), ("asin", DEPTH_ASIN), ("acos", DEPTH_ACOS),
    ("atan", DEPTH_ATAN), ("sinh", DEPTH_SINH), ("cosh", DEPTH_COSH), ("tanh", DEPTH_TANH), ("exp", DEPTH_EXP),
    ("log", DEPTH_LOG), ("log10", DEPTH_LOG10), ("log2", DEPTH_LOG2), ("sqrt", DEPTH_SQRT), ("abs", DEPTH_ABS),
    ("sign", DEPTH_SIGN), ("step", DEPTH_STEP), ("floor", DEPTH_FLOOR), ("erf", DEPTH_ERF),
    ("sigmoid", DEPTH_SIGMOID), ("softplus", DEPTH_SOFTPLUS),
  ]

  /// An operator between two operands.
  struct Operator: Sendable {
    let binding: Binding
    let meaning: Meaning

    enum Meaning: Sendable {
      case operation(depth_opcode)
      /// The operation with its operands exchanged: a > b is b < a.
      case exchanged(depth_opcode)
      case power
    }
  }

  /// How strongly an operator binds: -x^2 is -(x^2), and 2^-x is 2^(-x).
  enum Binding: Int, Comparable, Sendable {
    case comparison = 1
    case sum, product, power

    static func < (a: Binding, b: Binding) -> Bool { a.rawValue < b.rawValue }
    /// For the right operand of an operator that groups to the left.
    var tighter: Binding { Binding(rawValue: rawValue + 1) ?? .power }
  }

  static func `operator`(_ symbol: String) -> Operator? {
    switch symbol {
    case "+": Operator(binding: .sum, meaning: .operation(DEPTH_ADD))
    case "-": Operator(binding: .sum, meaning: .operation(DEPTH_SUBTRACT))
    case "*": Operator(binding: .product, meaning: .operation(DEPTH_MULTIPLY))
    case "/": Operator(binding: .product, meaning: .operation(DEPTH_DIVIDE))
    case "^": Operator(binding: .power, meaning: .power)
    case "<": Operator(binding: .comparison, meaning: .operation(DEPTH_LESS))
    case "<=": Operator(binding: .comparison, meaning: .operation(DEPTH_LESS_EQUAL))
    case ">": Operator(binding: .comparison, meaning: .exchanged(DEPTH_LESS))
    case ">=": Operator(binding: .comparison, meaning: .exchanged(DEPTH_LESS_EQUAL))
    case "==": Operator(binding: .comparison, meaning: .operation(DEPTH_EQUAL))
    case "!=": Operator(binding: .comparison, meaning: .operation(DEPTH_NOT_EQUAL))
    default: nil
    }
  }
}
