import DepthRuns

/// The imbedding equations themselves, marched from p = q towards smaller p at one fixed input x: state z and Lambda as jets
/// in x about that input, variable s = q - p,
/// `d_s z = D_p z`, `d_s Lambda_i = D_p Lambda_i + sum_j (d_i f_j) Lambda_j`, with `D_p phi = grad phi . f(p, .)`.
///
/// No state is ever moved along the flow, and Lambda does not pass through z: the two are solved side by side, for every depth
/// at once. Each derivative of z asks for the next: the hierarchy is closed by dropping derivatives above `order`. The
/// result then agrees with the solution to order `order` of its Taylor series in s, and so needs s well within the radius of
/// convergence (`ConvergenceRadius`). With `scale` near the way that the flow goes in that radius, all
/// coefficients matter alike to an integrator's tolerance. 2 d C(order + d, d) components; few dimensions. It allocates: an
/// instrument, not a fast path. The loss is `||z - y||^2 / 2`.
/// Source: Corbett and Kangin (arXiv 2202.00113), equations (2) and (3).
public struct ImbeddingEquation<Field: TaylorField>: VectorField {
  public let field: Field
  public let input: [Double]
  /// q.
  public let terminalDepth: Double
  private let jets: JetAlgebra
  private let coordinates: [GradedSeries]
  /// f's jets and their derivatives where they do not depend on depth.
  private let fixed: Slope?

  private struct Slope {
    let values: [GradedSeries]
    /// `d_i f_j` at `i d + j`.
    let jacobian: [GradedSeries]
  }

  /// - Throws: `InputError.usage` when jets of this order do not fit the dimension.
  public init(_ field: Field, input: [Double], terminalDepth: Double, order: Int, scale: Double = 1) throws {
    precondition(input.count == field.dimension, "\(input.count) entries, the field has \(field.dimension)")
    try field.requireSeries()
    (self.field, self.input, self.terminalDepth) = (field, input, terminalDepth)
    jets = try JetAlgebra(dimension: input.count, order: order, scale: scale)
    coordinates = jets.coordinates(at: input)
    fixed = field.isAutonomous ? Self.slope(field, jets, coordinates, terminalDepth) : nil
  }

  private static func slope(
    _ field: Field, _ jets: JetAlgebra, _ coordinates: [GradedSeries], _ depth: Double
  ) -> Slope {
    let values = field.evaluate(depth: GradedSeries(depth, in: jets.algebra), state: coordinates)
    let d = values.count
    return Slope(values: values, jacobian: (0..<(d * d)).map { jets.derivative(of: values[$0 % d], by: $0 / d) })
  }

  public var dimension: Int { 2 * input.count * jets.algebra.count }
  public var discontinuities: [Double] { field.discontinuities.map { terminalDepth - $0 }.reversed() }

  /// z and Lambda at p = q: the identity and `x - y`.
  public func initialState(target: [Double]) -> [Double] {
    precondition(target.count == input.count, "a target of \(target.count) entries")
    let lambda = zip(coordinates, target).map { $0 + -$1 }
    return (coordinates + lambda).flatMap(\.coefficients)
  }

  public func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    let (d, count) = (input.count, jets.algebra.count)
    let slope = fixed ?? Self.slope(field, jets, coordinates, terminalDepth - depth)
    let series = (0..<(2 * d)).map { i in
      GradedSeries(
        coefficients: Array(UnsafeBufferPointer(start: state + i * count, count: count)), in: jets.algebra)
    }
    for i in 0..<(2 * d) {
      var rate = jets.transport(series[i], along: slope.values)
      if i >= d {
        for j in 0..<d { rate = rate + slope.jacobian[(i - d) * d + j] * series[d + j] }
      }
      for k in 0..<count { result[i * count + k] = rate.coefficients[k] }
    }
  }

  /// z, `grad_x z` and Lambda at one depth, from a state of this equation.
  public func imbedded(_ state: [Double]) -> (output: [Double], inputGradient: [Double], adjoint: [Double]) {
    let (d, count) = (input.count, jets.algebra.count)
    let outputs = (0..<d).map {
      GradedSeries(coefficients: Array(state[($0 * count)..<(($0 + 1) * count)]), in: jets.algebra)
    }
    let rows = outputs.map { jets.gradient(of: $0) }
    return (
      outputs.map(\.value), (0..<(d * d)).map { rows[$0 % d][$0 / d] }, (0..<d).map { state[(d + $0) * count] }
    )
  }
}
