import DepthRuns
import Foundation
import Testing

@testable import DepthNumerics

@Suite struct ScalarExpressionTests {
  private static let refusals: [(String, String)] = [
    ("", "the expression is empty; allowed: an expression in x, y, x1, x2, t, a, mu_1, \u{03C3}, pi, e"),
    ("  ", "the expression is empty"), ("x +", "column 4: expected a number, a name or (, found the end"),
    ("* x", "column 1: expected a number, a name or (, found '*'"),
    ("x y", "column 3: expected an operator, found 'y'"),
    ("2x", "column 2: expected an operator, found 'x'; multiplication is written *"),
    ("(x)(y)", "column 4: expected an operator, found '('"),
    ("x(y)", "column 1: x is no function; multiplication is written x*(...)"),
    ("(x", "column 3: expected ), found the end; the ( in column 1 is not closed"),
    ("sin(x", "column 6: expected ), found the end; the ( in column 4 is not closed"),
    ("x)", "column 2: unexpected ')'; no ( is open"),
    ("1,5", "column 2: unexpected ','; the decimal point is written ."),
    ("()", "column 2: expected a number, a name or (, found ')'"),
    ("sin", "column 1: sin is a function and takes one argument in parentheses"),
    ("sin()", "column 1: sin takes one argument, found 0"),
    ("1 + sin(x, y)", "column 5: sin takes one argument, found 2"),
    ("atan2(x)", "column 1: atan2 takes 2 arguments, found 1"),
    ("min(x)", "column 1: min takes 2 or more arguments, found 1"),
    ("if(x, y)", "column 1: if takes 3 arguments, found 2"),
    (
      "1 + mu1", "column 5: unknown name 'mu1' (did you mean mu_1?); allowed: x, y, x1, x2, t, a, mu_1, \u{03C3}, pi, e"
    ),
    ("z", "column 1: unknown name 'z'"), ("x3", "column 1: unknown name 'x3' (did you mean"),
    ("tahn(x)", "column 1: unknown function 'tahn' (did you mean tan"),
    ("x < y < a", "column 7: comparisons do not chain"),
    ("x = 1", "column 3: unexpected '='; equality is written =="),
    ("x & y", "column 3: unexpected '&'; conditions are combined by *"),
    ("[x]", "column 1: unexpected '['; only ( and ) group"),
    ("x \u{2212} 1", "column 3: unexpected '\u{2212}'; the minus sign is written -"),
    ("x\u{00D7}y", "column 2: unexpected '\u{00D7}'; multiplication is written *"),
    ("1.2.3", "column 1: the number '1.2.3' is malformed"),
    ("x + 1e999", "column 5: the number 1e999 is too large for a double"),
    ("2e", "column 2: expected an operator, found 'e'"),
    ("x + 1/0", "column 6: the constant computed here is inf"),
    ("x*log(-1)", "column 3: the constant computed here is "),
    ("x $ y", "column 3: unexpected '$'; allowed: numbers, names, + - * / ^ ( ) , < <= > >= == !="),
    ("x \u{7} y", "column 3: unexpected U+7;"), ("x,", "column 2: unexpected ','"),
    ("max(x,,y)", "column 7: expected a number"),
    ("sin x", "column 1: sin is a function"), ("x^", "column 3: expected a number"),
    ("x..y", "column 2: unexpected '.'"),
    (".", "column 1: unexpected '.'"), ("x'", "column 2: unexpected '''"),
    ("if(x < y, x", "column 12: expected ), found the end"),
    ("if(x < y; x)", "column 9: unexpected ';'"), ("\u{1F600}", "column 1: unexpected '\u{1F600}'"),
  ]

  private static let slopesAtZero: [(String, Double)] = [
    ("abs(x)", 1), ("relu(x)", 1), ("min(x, -x)", 1), ("max(x, -x)", 1), ("max(-x, x)", -1), ("sign(x)", 0),
    ("step(x)", 0),
    ("floor(x)", 0), ("x < 0", 0), ("if(x < 0, -x, 2*x)", 2), ("x^1", 1), ("x^2", 0), ("x^3", 0), ("x*abs(x)", 0),
    ("pow(x, 1)", 1),
    ("x^40", 0), ("pow(x, a)", 0), ("pow(x, a - 3)", 1), ("pow(x, a - 4)", 0),
  ]

  private static let meanings: [(String, Double)] = [
    ("1 + 2*3", 7), ("(1 + 2)*3", 9), ("2*3^2", 18), ("-x^2", -9), ("(-x)^2", 9), ("2^3^2", 512), ("2**3**2", 512),
    ("2^-1", 0.5), ("2^-x^2", 0x1p-9), ("-2^2", -4), ("8/4/2", 1), ("8 - 4 - 2", 2), ("8/4*2", 4), ("2*-x", -6),
    ("x - -y", 1),
    ("--x", 3), ("-+-x", 3), ("+x", 3), ("x1 + x2", 1), ("x*y", -6), ("a*t", 2), ("mu_1/2", 3.5), ("\u{03C3}", 9),
    (".5 + 5.", 5.5),
    ("1e-3*1E+3", 1), ("1.5e1", 15), ("1 < 2", 1), ("2 < 1", 0), ("1 + 1 == 2", 1), ("x >= 3", 1), ("x > 3", 0),
    ("x <= 3", 1),
    ("x != 3", 0), ("if(x < y, 1, 2)", 2), ("if(y < x, x^2, log(y))", 9), ("min(x, y, a)", -2), ("max(x, y, a)", 4),
    ("pow(x, 2)", 9), ("atan2(0, 1)", 0), ("e^2", 7.38905609893065), ("2*pi", 2 * Double.pi), ("cos(pi)", -1),
    ("step(0)", 1),
    ("step(y)", 0),
    ("sign(y)", -1), ("sign(0*x)", 0), ("relu(y)", 0), ("relu(x)", 3), ("floor(y/3)", -1), ("abs(y)", 2),
    ("x^0.5", 3.0.squareRoot()),
    ("  x \t+\n y ", 1), ("y^3", -8), ("y^-2", 0.25), ("10^-3", 1e-3), ("log10(1000)", 3), ("log2(8)", 3),
    ("log(e)", 1),
    ("(1 < 2)*(2 < x)", 1), ("if(x, 1, 2)", 1), ("x^40", pow(3, 40)), ("x^-40", pow(3, -40)),
  ]

  private static let scope = Result { try ExpressionScope(dimension: 2, parameters: ["a", "mu_1", "\u{03C3}"]) }

  private static func tape(_ text: String) throws -> ExpressionTape {
    ExpressionTape([try ScalarExpression(text, in: scope.get())])
  }

  /// At x = 3, y = -2, t = 0.5, a = 4, mu_1 = 7, sigma = 9.
  private static func value(_ text: String) throws -> Double {
    try tape(text).value(depth: 0.5, state: [3, -2], parameters: [4, 7, 9])
  }

  @Test(arguments: Self.meanings)
  func readsAsMathematiciansWrite(_ text: String, _ expected: Double) throws {
    #expect(try Self.value(text) == expected)
  }

  /// Every function of one argument with its derivatives, at points inside of its domain.
  @Test func functionsOfOneArgument() throws {
    let real = [-2.3, -0.4, 0.1, 1.7]
    let positive = [0.02, 0.6, 1.0, 42.0]
    let inner = [-0.9, -0.1, 0.3, 0.8]
    let table: [(String, [Double], (Float80) -> Float80)] = [
      ("sin", real, { sin($0) }), ("cos", real, { cos($0) }), ("tan", real, { tan($0) }), ("asin", inner, { asin($0) }),
      ("acos", inner, { acos($0) }), ("atan", real, { atan($0) }), ("sinh", real, { sinh($0) }),
      ("cosh", real, { cosh($0) }), ("tanh", real, { tanh($0) }), ("exp", real, { exp($0) }),
      ("log", positive, { log($0) }), ("log10", positive, { log10($0) }), ("log2", positive, { log2($0) }),
      ("sqrt", positive, { $0.squareRoot() }), ("abs", real, { abs($0) }), ("erf", real, { erf($0) }),
      ("sigmoid", real + [-40, 30], { 1 / (1 + exp(-$0)) }), ("softplus", real + [-40, 30], { log1p(exp($0)) }),
      ("relu", real, { max($0, 0) }), ("sign", real, { $0 < 0 ? -1 : 1 }), ("step", real, { $0 < 0 ? 0 : 1 }),
      ("floor", real, { $0.rounded(.down) }),
    ]
    let functions = Set(ExpressionGrammar.functions.filter { $0.arguments == 1...1 }.map(\.name))
    #expect(functions == Set(table.map(\.0)))
    for (name, points, exact) in table {
      let tape = try Self.tape("\(name)(x)")
      for x in points {
        var (value, first, second) = ([0.0], [0.0], [0.0])
        tape.secondDerivative(
          depth: 0, state: [x, 0], parameters: [0, 0, 0], stateTangent: [1, 0], values: &value, first: &first,
          into: &second)
        func f(_ s: Float80) -> Float80 { exact(Float80(x) + s) }
        #expect(abs(Float80(value[0]) - f(0)) <= 2 * Float80(value[0].ulp), "\(name)(\(x))")
        // Against differences of f on its own scale, and on the argument's near a pole.
        let scale = min(1, name.hasPrefix("log") || name == "sqrt" ? x : 1)
        let slope = ExtendedDifference.first { f($0 * Float80(scale)) } / scale
        let bend = ExtendedDifference.second { f($0 * Float80(scale)) } / (scale * scale)
        #expect(
          abs(first[0] - slope) <= 1e-12 * max(abs(slope), abs(value[0])), "\(name)'(\(x)): \(first[0]), \(slope)")
        #expect(
          abs(second[0] - bend) <= 1e-9 * max(abs(bend), abs(value[0]), 1e-6), "\(name)''(\(x)): \(second[0]), \(bend)")
      }
    }
  }

  /// At a kink the documented side; jumps are not seen.
  @Test(arguments: Self.slopesAtZero)
  func derivativesAtZero(_ text: String, _ expected: Double) throws {
    let tape = try Self.tape(text)
    var (tangent, gradient) = ([0.0], [0.0, 0])
    tape.applyJacobian(depth: 0, state: [0, 0], parameters: [4, 0, 0], stateTangent: [1, 0], into: &tangent)
    tape.pullback(depth: 0, state: [0, 0], parameters: [4, 0, 0], cotangent: [1], stateGradient: &gradient)
    #expect(tangent == [expected])
    #expect(gradient == [expected, 0])
  }

  @Test(arguments: [
    "log(y)", "sqrt(y)", "1/(x - 3)", "asin(x)", "y^0.3", "log(x - 3)", "exp(a^6)", "min(log(y), x)", "max(x, log(y))",
    "if(log(y) < 0, 1, 2)", "log(y) < 1", "step(log(y))", "sign(log(y))", "(log(y) == 0)", "log(y) != 0", "abs(log(y))",
  ])
  func outsideOfTheDomainNothingIsFinite(_ text: String) throws {
    #expect(!(try Self.value(text)).isFinite)
  }

  @Test func derivativesOfIntegerPowersAreExact() throws {
    for n in [-5, -3, -2, -1, 1, 2, 3, 4, 5, 7] {
      var (first, second) = ([0.0], [0.0])
      try Self.tape("x^\(n)").secondDerivative(
        depth: 0, state: [-2, 0], parameters: [0, 0, 0], stateTangent: [1, 0], first: &first, into: &second)
      #expect(first[0] == Double(n) * pow(-2, Double(n - 1)))
      #expect(second[0] == Double(n * (n - 1)) * pow(-2, Double(n - 2)))
    }
  }

  /// Each message is one line that names the column and what is allowed.
  @Test(arguments: Self.refusals)
  func refuses(_ text: String, _ message: String) throws {
    let scope = try Self.scope.get()
    let error = #expect(throws: InputError.self) { try ScalarExpression(text, in: scope) }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains { $0.isNewline } == false)
  }

  /// Words in any order: read or refused in one line, never a trap, and what is read can be evaluated.
  @Test func anyTextIsReadOrRefused() throws {
    let scope = try Self.scope.get()
    let words = [
      "x", "y", "t", "a", "pi", "e", "1", "0", ".5", "2e3", "1e", ".", "+", "-", "*", "/", "^", "**", "(", ")", "(",
      ")",
      ",", "<", ">=", "==", "=", "sin", "sin(", "min(", "if(", "pow(", "q", "\u{301}", "\u{0}", "\n", "\u{1F469}",
    ]
    var stream = RandomStream(seed: 21)
    var count = (read: 0, refused: 0)
    for _ in 0..<4000 {
      let text = (0...stream.integer(below: 9)).map { _ in words[stream.integer(below: words.count)] }.joined()
      do {
        _ = ExpressionTape([try ScalarExpression(text, in: scope)]).value(state: [0.5, 2], parameters: [1, 2, 3])
        count.read += 1
      } catch let error as InputError {
        #expect(!error.description.contains { $0.isNewline })
        count.refused += 1
      }
    }
    #expect(count.read > 100 && count.refused > 1000, "\(count)")
  }

  @Test func refusesWhatIsTooLongOrTooDeep() throws {
    let scope = try Self.scope.get()
    func nested(_ levels: Int, _ open: String, _ close: String) -> String {
      String(repeating: open, count: levels) + "x" + String(repeating: close, count: levels)
    }
    for (open, close) in [("(", ")"), ("-", ""), ("x^", ""), ("sin(", ")"), ("1+x*(", ")"), ("max(x,", ")")] {
      #expect(throws: Never.self) { try ScalarExpression(nested(200, open, close), in: scope) }
      let error = #expect(throws: InputError.self) { try ScalarExpression(nested(5_000, open, close), in: scope) }
      #expect(error?.description.contains("nested too deeply; allowed: 200 levels") == true)
    }
    let long = #expect(throws: InputError.self) {
      try ScalarExpression(String(repeating: "x+", count: 40_000), in: scope)
    }
    #expect(long?.description == "the expression has 80000 bytes; allowed: 65536")
    let name = #expect(throws: InputError.self) {
      try ScalarExpression(String(repeating: "q", count: 60_000), in: scope)
    }
    #expect((name?.description.count ?? 0) < 300)
  }

  /// Long is not deep: thirty thousand terms, and the deepest nesting allowed, on a small thread's stack.
  @Test func longAndDeepExpressionsFitASmallStack() async throws {
    let scope = try Self.scope.get()
    let long = "x" + String(repeating: "+x", count: 30_000)
    let deep = String(repeating: "-a+x^(2*", count: 100) + "1" + String(repeating: ")", count: 100)
    let values: [Double] = await withCheckedContinuation { continuation in
      let thread = Thread {
        let values = [long, deep].map { text in
          (try? ScalarExpression(text, in: scope)).map {
            ExpressionTape([$0]).value(state: [1, 0], parameters: [1, 0, 0])
          }
        }
        continuation.resume(returning: values.map { $0 ?? .nan })
      }
      // a sanitizer's frames are several times as large
      let isSanitized = ProcessInfo.processInfo.environment["DEPTH_SANITIZED"] != nil
      thread.stackSize = (isSanitized ? 2048 : 256) << 10
      thread.start()
    }
    #expect(values[0] == 30_001)
    #expect(values[1] == 0)
  }
}
