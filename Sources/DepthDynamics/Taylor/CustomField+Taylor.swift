import DepthNumerics
import Foundation

/// The typed expressions in series arithmetic, operation by operation.
extension CustomField: TaylorField {
  public var isAutonomous: Bool { !tape.dependsOnDepth }

  /// The first drift in which the state or the depth goes through an operation with kinks or jumps.
  public var seriesObstacle: String? {
    let start = Dependence(varies: true)
    let outputs = tape.fold(
      depth: start, state: drift.map { _ in start }, parameters: parameters, number: { _ in Dependence(varies: false) },
      Dependence.apply)
    guard let index = outputs.firstIndex(where: { $0.obstacle != nil }), let obstacle = outputs[index].obstacle else {
      return nil
    }
    return "\(drift.count == 1 ? "the drift" : "drift \(index + 1)") uses \(obstacle.text)"
  }

  public func evaluate(depth: GradedSeries, state: [GradedSeries]) -> [GradedSeries] {
    let algebra = depth.algebra
    return tape.fold(
      depth: .series(depth), state: state.map { .series($0) }, parameters: parameters,
      number: { SeriesOperand.number($0) }, SeriesOperand.apply
    ).map { $0.series(in: algebra) }
  }

  /// What is known of a subexpression without its value.
  private struct Dependence {
    /// Whether state or depth enter.
    var varies: Bool
    var obstacle: ExpressionOperation?

    static func apply(_ operation: ExpressionOperation, _ operands: [Dependence]) -> Dependence {
      // a condition on parameters alone chooses once and for all
      let decisive = operation == .select ? operands.prefix(1) : operands[...]
      let isObstacle = operation.isPiecewise && decisive.contains { $0.varies }
      let first = operands.lazy.compactMap(\.obstacle).first
      return Dependence(
        varies: operands.contains { $0.varies }, obstacle: first ?? (isObstacle ? operation : nil))
    }
  }
}

/// A number or a series: numbers are kept apart, for products with them are cheap and any function takes them.
private enum SeriesOperand {
  case number(Double)
  case series(GradedSeries)

  var number: Double? { if case .number(let value) = self { value } else { nil } }

  func series(in algebra: GradedAlgebra) -> GradedSeries {
    switch self {
    case .number(let value): GradedSeries(value, in: algebra)
    case .series(let series): series
    }
  }

  static func apply(_ operation: ExpressionOperation, _ operands: [SeriesOperand]) -> SeriesOperand {
    let numbers = operands.compactMap(\.number)
    if numbers.count == operands.count { return .number(operation(numbers)) }
    switch (operation, operands[0], operands.count > 1 ? operands[1] : nil) {
    case (.select, .number(let condition), _): return operands[condition != 0 ? 1 : 2]
    case (_, .series(let a), nil): return .series(unary(operation, a))
    case (_, .series(let a), .number(let b)?): return .series(binary(operation, a, b))
    case (_, .number(let a), .series(let b)?): return .series(binary(operation, a, b))
    case (_, .series(let a), .series(let b)?): return .series(binary(operation, a, b))
    default: return .series(undefined(operands))
    }
  }

  /// `requireSeries` lets none come here; not finite if one does.
  private static func undefined(_ operands: [SeriesOperand]) -> GradedSeries {
    for case .series(let series) in operands { return .nan * series }
    preconditionFailure("an operation on no series")
  }

  private static func unary(_ operation: ExpressionOperation, _ a: GradedSeries) -> GradedSeries {
    switch operation {
    case .negate: -a
    case .sqrt: a.power(0.5)
    case .exp: a.exponential
    case .log: a.logarithm
    case .log10: (1 / 2.302585092994046) * a.logarithm
    case .log2: (1 / 0.6931471805599453) * a.logarithm
    case .sin: a.sineAndCosine.sine
    case .cos: a.sineAndCosine.cosine
    case .tan: a.tangent
    case .asin: a.arcSine
    case .acos: a.arcCosine
    case .atan: a.arcTangent
    case .sinh: a.hyperbolicSineAndCosine.sine
    case .cosh: a.hyperbolicSineAndCosine.cosine
    case .tanh: a.hyperbolicTangent
    case .erf: a.errorFunction
    case .sigmoid: a.sigmoid
    case .softplus: a.softplus
    default: undefined([.series(a)])
    }
  }

  private static func binary(_ operation: ExpressionOperation, _ a: GradedSeries, _ b: Double) -> GradedSeries {
    switch operation {
    case .add: a + b
    case .subtract: a + -b
    case .multiply: b * a
    case .divide: GradedSeries(coefficients: a.coefficients.map { $0 / b }, in: a.algebra)
    case .power: power(a, b)
    default: binary(operation, a, GradedSeries(b, in: a.algebra))
    }
  }

  /// Whole exponents by products where the value is zero: the quotients of the recurrence have no answer there.
  private static func power(_ a: GradedSeries, _ b: Double) -> GradedSeries {
    guard a.value == 0, b >= 0, let exponent = Int(exactly: b) else { return a.power(b) }
    return a.wholePower(exponent)
  }

  private static func binary(_ operation: ExpressionOperation, _ a: Double, _ b: GradedSeries) -> GradedSeries {
    switch operation {
    case .add: b + a
    case .subtract: a - b
    case .multiply: a * b
    case .power: (Foundation.log(a) * b).exponential(value: Foundation.pow(a, b.value))
    default: binary(operation, GradedSeries(a, in: b.algebra), b)
    }
  }

  private static func binary(_ operation: ExpressionOperation, _ a: GradedSeries, _ b: GradedSeries) -> GradedSeries {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: a.power(b)
    case .atan2: .angle(y: a, x: b)
    default: undefined([.series(a)])
    }
  }
}
