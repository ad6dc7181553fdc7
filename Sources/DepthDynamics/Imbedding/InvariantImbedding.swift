import DepthNumerics
import DepthRuns

/// Depth itself as the variable: one fixed input x, one terminal depth q, networks that start at every depth p.
///
/// `z(q; p, x)` is the output at q of the flow started in x at p, `l(z)` its loss and `Lambda(p, x) = grad_x l(z(q; p, x))`.
/// `d_p z = -grad_x z . f(p, x)`, `z(q; q, x) = x`; `d_p Lambda = -(grad_x Lambda) f - (grad_x f)^T Lambda`,
/// `Lambda(q, x) = grad l(x)`; so `dl/dp = -Lambda . f(p, x)`, and weights in force at depth p alone have the derivative
/// `(df/dtheta)^T(p, x) Lambda`.
///
/// Here by characteristics: from each p along the flow, `grad_x z` by the variational equation and
/// `Lambda = (grad_x z)^T grad l`. d (d + 1) components an integration, one integration a depth. `ImbeddingEquation` solves the
/// equations in p themselves. Source: Corbett and Kangin, "Imbedding Deep Neural Networks", ICLR 2022 (arXiv 2202.00113),
/// theorems 1 to 3, without running loss.
public struct InvariantImbedding<Field: VectorField>: Sendable {
  public let field: Field
  /// x.
  public let input: [Double]
  /// q.
  public let terminalDepth: Double
  /// l; its sample 0.
  public let loss: TerminalLoss

  /// States above this dimension are refused: d^2 components would be integrated.
  public static var largestDimension: Int { 100 }

  /// - Throws: `InputError.usage` when the input does not fit the field or is not finite.
  public init(_ field: Field, input: [Double], terminalDepth: Double, loss: TerminalLoss) throws {
    // the problem's own checks; the interval is checked with each p
    _ = try InitialValueProblem(field: field, initialState: input, end: 1)
    guard terminalDepth.isFinite else {
      throw InputError.value(terminalDepth, of: "the terminal depth", allowed: "finite numbers")
    }
    guard field.dimension <= Self.largestDimension else {
      throw InputError.value(
        field.dimension, of: "the dimension for invariant imbedding", allowed: "1 to \(Self.largestDimension)")
    }
    (self.field, self.input, self.terminalDepth, self.loss) = (field, input, terminalDepth, loss)
  }

  /// The network that starts at depth p.
  ///
  /// - Throws: `InputError.usage` for p beyond q; `IntegrationError`.
  public func state(from depth: Double, by integrator: some Integrator) throws -> ImbeddedState {
    let d = field.dimension
    let variational = VariationalField(of: field)
    let whole = try transported(from: depth) {
      try integrator.integrate(
        extended: InitialValueProblem(
          field: variational, initialState: variational.initialState(input), start: depth, end: terminalDepth))
    }
    let end = whole?.finalState ?? variational.initialState(input)
    let (output, gradient) = (Array(end.prefix(d)), Array(end.suffix(d * d)))
    var lossGradient = output
    loss.gradient(0, output, &lossGradient)
    let adjoint = (0..<d).map { BLAS.dot(d, Array(gradient[($0 * d)..<(($0 + 1) * d)]), lossGradient) }
    return ImbeddedState(
      depth: depth, output: output, inputGradient: gradient, loss: loss.value(0, output), adjoint: adjoint,
      depthDerivative: 0 - BLAS.dot(d, adjoint, field(depth: depth, state: input)),
      parameterDerivative: (field as? any DifferentiableField).map { parameterDerivative($0, depth, adjoint) },
      statistics: whole?.statistics ?? Trajectory.Statistics())
  }

  /// `||z(q; p, x) - z(q; r, z(r; p, x))||` with r halfway: what the integrator makes of the semigroup property.
  ///
  /// - Throws: as `state(from:by:)`.
  public func semigroupResidual(from depth: Double, by integrator: some Integrator) throws -> Double {
    guard depth < terminalDepth else { return 0 }
    let middle = 0.5 * (depth + terminalDepth)
    func flow(_ state: [Double], _ start: Double, _ end: Double) throws -> [Double] {
      try integrator.integrate(
        InitialValueProblem(field: field, initialState: state, start: start, end: end)
      ).finalState
    }
    let whole = try flow(input, depth, terminalDepth)
    let composed = try flow(flow(input, depth, middle), middle, terminalDepth)
    return BLAS.norm(whole.count, zip(whole, composed).map { $0 - $1 })
  }

  /// What `integrate` makes of the way from `depth` to q; nil where there is none to go.
  private func transported(from depth: Double, _ integrate: () throws -> Trajectory) throws -> Trajectory? {
    guard depth <= terminalDepth, depth.isFinite else {
      throw InputError.value(depth, of: "a depth p to start at", allowed: "numbers up to q = \(terminalDepth)")
    }
    return depth < terminalDepth ? try integrate() : nil
  }

  private func parameterDerivative(
    _ field: some DifferentiableField, _ depth: Double, _ adjoint: [Double]
  ) -> [Double] {
    var unused = adjoint
    var gradient = [Double](repeating: 0, count: field.parameterCount)
    field.pullback(
      depth: depth, state: input, cotangent: adjoint, stateGradient: &unused, parameterGradient: &gradient)
    return gradient
  }
}

/// What invariant imbedding knows of the network that starts at one depth p.
public struct ImbeddedState: Equatable, Sendable {
  /// p.
  public let depth: Double
  /// z(q; p, x).
  public let output: [Double]
  /// `grad_x z`, d x d column-major: the derivative by x_j is column j.
  public let inputGradient: [Double]
  /// l(z).
  public let loss: Double
  /// Lambda.
  public let adjoint: [Double]
  /// `dl/dp = -Lambda . f(p, x)`.
  public let depthDerivative: Double
  /// `(df/dtheta)^T(p, x) Lambda`: the loss's derivative by weights that act at depth p alone (per unit of depth). Along
  /// the flow it integrates to the gradient with respect to weights shared by all depths. nil for a field without them.
  public let parameterDerivative: [Double]?
  /// Of the integration along the characteristic.
  public let statistics: Trajectory.Statistics
}
