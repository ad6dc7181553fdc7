import DepthRuns

/// A real function of the state, the depth and parameters, typed as text; differentiated exactly.
///
/// The language:
/// - numbers `2`, `.5`, `1e-3`; the names of the scope; the constants `pi` and `e`;
/// - operators, from weak to strong: `< <= > >= == !=` (1 if so, else 0; they do not chain), `+ -`, `* /`, signs, `^`. All group
///   to the left but `^`: `-x^2` is `-(x^2)`, `2^3^2` is `2^(3^2)`. `**` is read as `^`. Multiplication is always written;
/// - functions of one argument: sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, exp, log (natural), log10, log2, sqrt, abs,
///   sign, step (1 from 0 on, else 0), floor, erf, sigmoid `1/(1+e^-x)`, softplus `log(1+e^x)`, relu `max(x, 0)`;
/// - atan2(y, x), pow(x, y), min and max of two or more arguments, `if(condition, a, b)`: a unless the condition is 0.
///
/// Integer powers up to 32 are products, so they and their derivatives are right at 0 and for negative bases.
///
/// Outside its domain (log or sqrt of a negative number, division by zero) an expression is not finite, never a wrong number:
/// comparisons, min and max pass on what is not a number. Only the branch of an `if` that is not taken cannot do harm.
///
/// Derivatives at kinks are those of one side: `abs` at 0 and `relu` at 0 that of the right, min and max at a tie that of the
/// earlier argument, `if` that of the branch taken. Those of sign, step, floor and comparisons are 0 everywhere: the jumps are
/// not seen. An infinite derivative counts only in directions that move its argument: `sqrt(x)` at 0.
///
/// (Not called `Expression`, which Foundation has.)
public struct ScalarExpression: Sendable, CustomStringConvertible {
  public let text: String
  public let scope: ExpressionScope
  let graph: ExpressionGraph
  let root: Int32

  public static let longestText = 65_536

  /// Reads `text`, which messages call `name`: "drift 2, column 7: unknown name 'yy' (did you mean y?); allowed: ...".
  ///
  /// - Throws: `InputError.usage` naming the first character at fault; for an empty text, one of more than `longestText`
  ///   characters, or one nested more than 200 levels deep.
  public init(_ text: String, in scope: ExpressionScope, called name: String = "the expression") throws {
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw InputError.usage("\(name) is empty; allowed: an expression in \(scope.allowed.joined(separator: ", "))")
    }
    guard text.utf8.count <= Self.longestText else {
      throw InputError.usage("\(name) has \(text.utf8.count) bytes; allowed: \(Self.longestText)")
    }
    do throws(ExpressionSyntaxError) {
      (graph, root) = try ExpressionParser.parse(text, in: scope)
    } catch {
      throw InputError.usage("\(name), column \(error.column): \(error.message)")
    }
    self.text = text
    self.scope = scope
  }

  /// Another value of the same scope.
  init(text: String, scope: ExpressionScope, graph: ExpressionGraph, root: Int32) {
    self.text = text
    self.scope = scope
    self.graph = graph
    self.root = root
  }

  public var description: String { text }
}
