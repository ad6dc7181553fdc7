import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct InvariantImbeddingTests {
  private static var method: ERKStep {
    get throws { ERKStep(.verner, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14)) }
  }

  private static func imbedding<Field: VectorField>(
    _ field: Field, _ x: [Double], _ q: Double, target: [Double]
  ) throws -> InvariantImbedding<Field> {
    try InvariantImbedding(
      field, input: x, terminalDepth: q,
      loss: .halfSquaredDistance(to: target, dimension: x.count, count: 1))
  }

  @Test func theLinearCaseIsExact() throws {
    // z = x e^(-a (q - p)), Lambda = (z - y) e^(-a (q - p)), dl/dp = a x Lambda, weights at p: -x Lambda
    let (a, x, y, q) = (0.8, 1.5, 0.3, 2.0)
    let imbedding = try Self.imbedding(LinearDecayField(rates: [a]), [x], q, target: [y])
    for p in [-0.5, 0, 1.3, 2] {
      let found = try imbedding.state(from: p, by: Self.method)
      let decay = exp(-a * (q - p))
      let lambda = (x * decay - y) * decay
      #expect(abs(found.output[0] - x * decay) < 1e-11 && abs(found.inputGradient[0] - decay) < 1e-11)
      #expect(abs(found.loss - 0.5 * (x * decay - y) * (x * decay - y)) < 1e-11)
      #expect(abs(found.adjoint[0] - lambda) < 1e-11 && abs(found.depthDerivative - a * x * lambda) < 1e-11)
      #expect(abs(try #require(found.parameterDerivative)[0] + x * lambda) < 1e-11)
    }
  }

  @Test func derivativesMatchDifferences() throws {
    let field = TestNetworks.tanh(dimension: 3, width: 4, dependsOnDepth: true)
    let (x, q, target) = ([0.4, -0.7, 0.2], 1.8, [0.5, 0, -0.2])
    func loss(_ p: Double, _ x: [Double]) throws -> Double {
      try Self.imbedding(field, x, q, target: target).state(from: p, by: Self.method).loss
    }
    /// Of fourth order.
    func difference(_ f: (Double) throws -> Double) throws -> Double {
      let h = 1e-2
      return try (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
    }
    let imbedding = try Self.imbedding(field, x, q, target: target)
    for p in [0.0, 0.9] {
      let found = try imbedding.state(from: p, by: Self.method)
      #expect(abs(try difference { try loss(p + $0, x) } - found.depthDerivative) < 1e-8)
      for i in 0..<3 {
        let along = try difference { shift in
          var moved = x
          moved[i] += shift
          return try loss(p, moved)
        }
        #expect(abs(along - found.adjoint[i]) < 1e-8)
      }
    }
  }

  @Test func theParameterDerivativeIntegratesToTheGradient() throws {
    // along the characteristic int_p^q (df/dtheta)^T Lambda (t, h_t) dt = dl/dtheta; Simpson against differences
    let field = TestNetworks.tanh(dimension: 2, width: 3, dependsOnDepth: false)
    let (x, q, target, pieces) = ([0.4, -0.7], 1.0, [0.5, 0.1], 32)
    let problem = try InitialValueProblem(field: field, initialState: x, end: q)
    let depths = (0...pieces).map { Double($0) / Double(pieces) * q }
    let trajectory = try Self.method.integrate(problem, saving: depths, until: nil)
    var integral = [Double](repeating: 0, count: field.parameterCount)
    for (k, t) in depths.enumerated() {
      let here = try Self.imbedding(field, trajectory.state(k), q, target: target).state(from: t, by: Self.method)
      let weight = (k == 0 || k == pieces ? 1.0 : k % 2 == 1 ? 4 : 2) / (3 * Double(pieces)) * q
      for (j, value) in try #require(here.parameterDerivative).enumerated() { integral[j] += weight * value }
    }
    for j in stride(from: 0, to: field.parameterCount, by: 4) {
      let losses = try [1e-3, -1e-3].map { shift in
        var parameters = field.parameters
        parameters[j] += shift
        return try Self.imbedding(field.replacing(parameters: parameters), x, q, target: target)
          .state(from: 0, by: Self.method).loss
      }
      #expect(abs((losses[0] - losses[1]) / 2e-3 - integral[j]) < 1e-7)
    }
  }

  @Test func theSemigroupPropertyHolds() throws {
    let field = TestNetworks.tanh(dimension: 3, width: 4, dependsOnDepth: true)
    let imbedding = try Self.imbedding(field, [0.4, -0.7, 0.2], 2, target: [0, 0, 0])
    for p in [0.0, 1.1] { #expect(try imbedding.semigroupResidual(from: p, by: Self.method) < 1e-11) }
    #expect(try imbedding.semigroupResidual(from: 2, by: Self.method) == 0)
    // a method that breaks it is seen: Euler with the same number of blocks on every interval
    #expect(try imbedding.semigroupResidual(from: 0, by: Euler(blocks: 10)) > 1e-4)
  }

  @Test func depthsBeyondTheEndAreRefused() throws {
    let imbedding = try Self.imbedding(LinearDecayField(rates: [1]), [1], 1, target: [0])
    #expect(throws: InputError.self) { try imbedding.state(from: 1.5, by: Self.method) }
    #expect(throws: InputError.self) {
      try Self.imbedding(LinearDecayField(rates: [1]), [1, 2], 1, target: [0, 0])
    }
  }
}

/// The equations in p against the characteristics: two methods that share nothing but f.
@Suite struct ImbeddingEquationTests {
  private static var method: ERKStep {
    get throws { ERKStep(.verner, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14)) }
  }

  /// Largest difference in z, its gradient and Lambda at each depth.
  private static func gaps(
    _ field: some TaylorField, _ x: [Double], q: Double, target: [Double], order: Int, depths: [Double]
  ) throws -> [Double] {
    let equation = try ImbeddingEquation(field, input: x, terminalDepth: q, order: order, scale: 0.7)
    let lengths = depths.map { q - $0 }
    let problem = try InitialValueProblem(
      field: equation, initialState: equation.initialState(target: target), end: lengths.last!)
    let trajectory = try method.integrate(problem, saving: lengths, until: nil)
    let imbedding = try InvariantImbedding(
      field, input: x, terminalDepth: q, loss: .halfSquaredDistance(to: target, dimension: x.count, count: 1))
    return try depths.indices.map { k in
      let marched = equation.imbedded(trajectory.state(k))
      let along = try imbedding.state(from: depths[k], by: method)
      return max(
        distance(marched.output, along.output), distance(marched.inputGradient, along.inputGradient),
        distance(marched.adjoint, along.adjoint))
    }
  }

  @Test func affineFieldsCloseAtOrderOne() throws {
    for field in [AffineField.autonomous, .depthDependent] {
      let gaps = try Self.gaps(
        field, [1.2, -0.7], q: 1.4, target: [0.2, 0.3], order: 1, depths: [1.4, 1.1, 0.5, -0.4])
      #expect(gaps.max()! < 1e-10, "\(gaps)")
    }
  }

  @Test func depthDependentNetworksAgreeWithTheirCharacteristics() throws {
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: true)
    let gaps = try Self.gaps(field, [0.4, -0.3], q: 1, target: [0.2, 0.3], order: 14, depths: [1, 0.9, 0.6])
    #expect(gaps[0] == 0 && gaps.max()! < 1e-8, "\(gaps)")
  }

  @Test func theClosureErrsAtItsOrder() throws {
    // z errs at s^(order + 2), its gradient and Lambda at s^(order + 1)
    let field = TestNetworks.tanh(dimension: 1, width: 3, dependsOnDepth: false)
    let errors = try [0.1, 0.05].map { s in
      try Self.gaps(field, [0.2], q: 0, target: [0], order: 3, depths: [-s])[0]
    }
    let slope = log2(errors[0] / errors[1])
    #expect(abs(slope - 4) < 0.1, "\(errors)")
  }

  @Test func itsEulerSchemeIsTheImbeddedNetwork() throws {
    // equation (14) of the paper: steps in p with the field at the step's new depth; autonomous fields do not care
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: false)
    let equation = try ImbeddingEquation(field, input: [0.4, -0.3], terminalDepth: 0.7, order: 6)
    let problem = try InitialValueProblem(
      field: equation, initialState: equation.initialState(target: [0, 0]), end: 0.7)
    let marched = equation.imbedded(try Euler(blocks: 6).integrate(problem).finalState)
    let network = try ImbeddedNetwork(field, horizon: 0.7, blocks: 6).output([0.4, -0.3])
    #expect(distance(marched.output, network.state) < 1e-14)
  }
}
