import DepthRuns

/// The names that expressions may use: the components of a state, the depth, and parameters.
///
/// A name is a letter or `_`, then letters, digits and `_`. Names of functions and of constants are taken.
public struct ExpressionScope: Equatable, Sendable {
  /// d, the length of a state.
  public let dimension: Int
  public let parameterNames: [String]
  /// What may stand in an expression, as messages list it.
  let allowed: [String]
  private let meanings: [String: ExpressionGraph.Node]

  /// x1, x2, ... for the state, in up to three dimensions also x, y, z; `t` for the depth; then the parameters.
  ///
  /// - Throws: `InputError.usage` for a parameter whose name is malformed, taken, or there twice.
  public init(dimension: Int, parameters: [String] = []) throws {
    precondition(dimension > 0, "a state of dimension \(dimension)")
    var meanings: [String: ExpressionGraph.Node] = ["t": .depth]
    for i in 0..<dimension { meanings["x\(i + 1)"] = .state(Int32(i)) }
    let letters = dimension <= 3 ? Array(["x", "y", "z"].prefix(dimension)) : []
    for (i, letter) in letters.enumerated() { meanings[letter] = .state(Int32(i)) }
    for (i, name) in parameters.enumerated() {
      try Self.check(name, taken: meanings)
      meanings[name] = .parameter(Int32(i))
    }
    let numbered = dimension <= 12 ? (1...dimension).map { "x\($0)" } : ["x1 to x\(dimension)"]
    self.dimension = dimension
    self.meanings = meanings
    parameterNames = parameters
    allowed = letters + numbered + ["t"] + parameters + ExpressionGrammar.constants.map(\.name)
  }

  /// What a name stands for; nil for a name that is not in scope.
  func meaning(of name: String) -> ExpressionGraph.Node? {
    meanings[name] ?? ExpressionGrammar.constants.first { $0.name == name }.map { .constant($0.value.bitPattern) }
  }

  private static func check(_ name: String, taken: [String: ExpressionGraph.Node]) throws {
    let first = name.first ?? " "
    guard first.isLetter || first == "_", name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
      throw InputError.usage(
        "the parameter's name '\(name)' is malformed; allowed: a letter or _, then letters, digits, _")
    }
    let holder: String? =
      switch taken[name] {
      case .depth: "the depth"
      case .state: "a component of the state"
      case .parameter: "another parameter"
      default:
        if ExpressionGrammar.constants.contains(where: { $0.name == name }) {
          "a constant"
        } else if ExpressionGrammar.function(name) != nil {
          "a function"
        } else {
          nil
        }
      }
    if let holder {
      throw InputError.usage("the parameter's name '\(name)' is taken by \(holder); allowed: another name")
    }
  }
}
