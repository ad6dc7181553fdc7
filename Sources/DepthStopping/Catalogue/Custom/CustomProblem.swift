import DepthDynamics
import DepthNumerics
import DepthRuns

/// Makes a `StoppingProblem` of a typed statement; bad expressions are named with the column at fault.
///
/// One dimension with or without noise, any dimension without. Not supported: noise in several dimensions, losses that
/// jump, kinks that move with depth.
public enum CustomProblem {
  public static let name = "custom"

  /// - Throws: `InputError.usage` naming the expression and the column, or what is missing.
  public static func problem(_ statement: CustomStatement) throws -> StoppingProblem {
    let parsed = try ParsedStatement(statement)
    if statement.drift.count > 1 { return try flow(parsed) }
    return try scalar(parsed)
  }

  private static func scalar(_ parsed: ParsedStatement) throws -> StoppingProblem {
    let statement = parsed.statement
    let (lower, upper) = statement.domain.first ?? (-.infinity, .infinity)
    let (drift, diffusion) = (parsed.function(parsed.drift[0]), parsed.function(parsed.diffusion[0]))
    try parsed.requireValues(lower: lower, upper: upper)
    let kinks = try LossKinks(
      loss: parsed.loss, parameters: parsed.values, lower: lower, upper: upper, horizon: statement.horizon
    ).find()
    let loss = parsed.function(parsed.loss)
    func end(_ asked: ScalarDiffusion.End?, at state: Double) -> ScalarDiffusion.End {
      asked ?? ScalarDiffusion.End.ofCoefficients(drift.value, diffusion.value, at: state, lower: lower, upper: upper)
    }
    let process = ScalarDiffusion(
      drift: drift.value, diffusion: diffusion.value, lower: lower, upper: upper,
      lowerEnd: end(statement.ends.lower, at: lower), upperEnd: end(statement.ends.upper, at: upper),
      law: parsed.transitionLaw)
    return try StoppingProblem(
      name: name, parameters: parsed.record,
      dynamics: .diffusion(
        process,
        ScalarLoss(
          value: loss.value, derivative: loss.derivative.branchwise(kinks), curvature: loss.curvature.branchwise(kinks),
          depthDerivative: loss.depthDerivative.branchwise(kinks), kinks: kinks.map(\.state))),
      sense: statement.maximizes ? .maximize : .minimize, cost: try parsed.cost(lower: lower, upper: upper),
      discount: parsed.function(parsed.discount).value, horizon: statement.horizon)
  }

  private static func flow(_ parsed: ParsedStatement) throws -> StoppingProblem {
    let statement = parsed.statement
    guard parsed.diffusion.allSatisfy({ $0.constant(parameters: parsed.values) == 0 }) else {
      throw InputError.usage(
        "custom takes noise in one dimension only, this problem has \(statement.drift.count); without --diffusion it is a flow"
      )
    }
    guard let cost = parsed.runningCost.constant(parameters: parsed.values) else {
      throw InputError.usage("a flow in \(statement.drift.count) dimensions takes a constant running cost")
    }
    let (tape, values) = (ExpressionTape([parsed.loss]), parsed.values)
    guard !tape.dependsOnDepth else {
      throw InputError.usage("a flow in \(statement.drift.count) dimensions takes a stopping loss without t")
    }
    guard !statement.maximizes, parsed.discount.constant(parameters: values) == 0, statement.horizon == nil else {
      throw InputError.usage(
        "a flow in \(statement.drift.count) dimensions is minimised, without discount and horizon; allowed: leave them out"
      )
    }
    let loss = StateLoss(
      infimum: -.infinity,
      value: { state in
        var result = 0.0
        tape.evaluate(depth: 0, state: state, parameters: values, into: &result)
        return result
      },
      gradient: { state, gradient in
        var one = 1.0
        tape.pullback(depth: 0, state: state, parameters: values, cotangent: &one, stateGradient: gradient)
      })
    return try StoppingProblem(
      name: name, parameters: parsed.record,
      dynamics: .flow(
        CustomField(drift: parsed.drift, parameters: values), loss, probes: edge(of: statement.domain)),
      runningCost: cost)
  }

  /// States on the edge of a bounded rectangle, from which flows trace a boundary; none otherwise.
  private static func edge(of domain: [(lower: Double, upper: Double)]) -> [[Double]] {
    guard domain.count == 2, domain.allSatisfy({ $0.lower.isFinite && $0.upper.isFinite }) else { return [] }
    let (x, y) = (domain[0], domain[1])
    func along(_ side: (lower: Double, upper: Double), _ share: Double) -> Double {
      side.lower + (side.upper - side.lower) * share
    }
    // counterclockwise, so that the boundary's points follow one another
    return (0..<64).map { i in
      let share = (Double(i % 16) + 0.5) / 16
      switch i / 16 {
      case 0: return [along(x, share), y.lower]
      case 1: return [x.upper, along(y, share)]
      case 2: return [along(x, 1 - share), y.upper]
      default: return [x.lower, along(y, 1 - share)]
      }
    }
  }
}

/// The statement's expressions, read in one scope, and what they are known to be.
struct ParsedStatement {
  let statement: CustomStatement
  let drift: [ScalarExpression]
  let diffusion: [ScalarExpression]
  let loss: ScalarExpression
  let runningCost: ScalarExpression
  let discount: ScalarExpression
  let values: [Double]

  init(_ statement: CustomStatement) throws {
    let dimension = statement.drift.count
    guard dimension > 0 else { throw InputError.usage("custom needs --drift, one per dimension") }
    guard statement.diffusion.isEmpty || statement.diffusion.count == dimension else {
      throw InputError.usage(
        "--diffusion is there \(statement.diffusion.count) times, --drift \(dimension) times; allowed: one per dimension, or none"
      )
    }
    guard statement.domain.isEmpty || statement.domain.count == dimension else {
      throw InputError.usage("--domain is there \(statement.domain.count) times; allowed: one per dimension, or none")
    }
    for (lower, upper) in statement.domain where !(lower < upper) {
      throw InputError.usage("the domain \(lower):\(upper) is empty; allowed: lower:upper with lower < upper")
    }
    if let bad = statement.parameters.first(where: { !$0.value.isFinite }) {
      throw InputError.value(bad.value, of: "parameter \(bad.name)", allowed: "finite numbers")
    }
    let scope = try ExpressionScope(dimension: dimension, parameters: statement.parameters.map(\.name))
    func read(_ text: String, _ what: String) throws -> ScalarExpression {
      try ScalarExpression(text, in: scope, called: what)
    }
    func numbered(_ what: String, _ index: Int) -> String { dimension == 1 ? "the \(what)" : "\(what) \(index + 1)" }
    self.statement = statement
    drift = try statement.drift.enumerated().map { try read($1, numbered("drift", $0)) }
    let noise = statement.diffusion.isEmpty ? [String](repeating: "0", count: dimension) : statement.diffusion
    diffusion = try noise.enumerated().map { try read($1, numbered("diffusion", $0)) }
    loss = try read(statement.stoppingLoss, "the stopping loss")
    runningCost = try read(statement.runningCost, "the running cost")
    discount = try read(statement.discount, "the discount")
    values = statement.parameters.map(\.value)
    let tape = ExpressionTape(drift + diffusion + [loss, runningCost, discount])
    if let unused = tape.unusedParameters.first {
      throw InputError.usage(
        "no expression uses the parameter \(statement.parameters[unused].name); allowed: parameters that one names")
    }
  }

  /// - Throws: `InputError.usage` where an expression has no value inside the domain, or the noise is negative there.
  func requireValues(lower: Double, upper: Double) throws {
    let states = DomainSamples.states(lower: lower, upper: upper).filter { $0 > lower && $0 < upper }
    let named = [
      ("drift", drift[0]), ("diffusion", diffusion[0]), ("stopping loss", loss), ("running cost", runningCost),
      ("discount", discount),
    ]
    for (what, expression) in named {
      let values = function(expression).value.values(depth: 0, states)
      if let i = values.firstIndex(where: \.isNaN) {
        throw InputError.usage(
          "the \(what) is not a number at x = \(states[i]), inside the domain; allowed: another --domain lower:upper")
      }
      if values.allSatisfy({ !$0.isFinite }) {
        throw InputError.usage("the \(what) is infinite on the whole domain; allowed: finite expressions")
      }
      if what == "diffusion", let i = values.firstIndex(where: { $0 < 0 }) {
        throw InputError.usage(
          "the diffusion is \(values[i]) at x = \(states[i]); allowed: sigma >= 0 (abs(..), or another --domain)")
      }
    }
  }

  func function(_ expression: ScalarExpression) -> ExpressionFunction {
    ExpressionFunction(expression, parameters: values)
  }

  /// The cost with its least value: of a varying one over samples of the domain.
  func cost(lower: Double, upper: Double) throws -> RunningCost {
    if let constant = runningCost.constant(parameters: values) { return .constant(constant) }
    let rate = function(runningCost).value
    let depths = [0, 0.5, 1].map { $0 * (statement.horizon ?? 1) }
    let seen = depths.flatMap { rate.values(depth: $0, DomainSamples.states(lower: lower, upper: upper)) }
    let least = seen.filter(\.isFinite).min() ?? 0
    return .rate(rate, least: least)
  }

  /// Gaussian or log-normal dynamics, recognised by their operations.
  var transitionLaw: TransitionLaw? {
    guard let f = drift[0].polynomial(parameters: values), let s = diffusion[0].polynomial(parameters: values),
      f.count <= 2, s.count <= 2
    else { return nil }
    let (f0, f1) = (f[0], f.count > 1 ? f[1] : 0)
    if s.count == 1, s[0] != 0 {
      if f1 == 0 { return .brownian(drift: f0, noise: s[0]) }
      return .ornsteinUhlenbeck(rate: -f1, center: -f0 / f1, noise: s[0])
    }
    guard s.count == 2, s[0] == 0, f0 == 0, (statement.domain.first?.lower ?? -1) >= 0 else { return nil }
    return .lognormal(growth: f1, volatility: s[1])
  }

  var record: [String: JSONValue] {
    var record: [String: JSONValue] = [
      "drift": .array(statement.drift.map { .string($0) }),
      "diffusion": .array(statement.diffusion.map { .string($0) }),
      "stopping_loss": .string(statement.stoppingLoss), "running_cost": .string(statement.runningCost),
      "discount": .string(statement.discount), "sense": .string(statement.maximizes ? "maximize" : "minimize"),
      "domain": .array(statement.domain.map { .string("\($0.lower):\($0.upper)") }),
    ]
    for (name, value) in statement.parameters { record[name] = JSONValue(value) }
    return record
  }
}
