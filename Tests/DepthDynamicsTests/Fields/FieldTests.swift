import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct FieldTests {
  private static let core = TanhResidualCore(dimension: 3, width: 5, dependsOnDepth: true)

  private static func random(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return stream.normals(count).map { 0.6 * $0 }
  }

  @Test func jacobiansMatchDifferences() {
    let tanhField = TanhResidualField(
      core: Self.core, parameters: Self.random(Self.core.parameterCount, seed: 1))
    let fields: [any VectorField] = [
      LinearDecayField(rates: [1, 2]), SpiralField(), VanDerPolField(mu: 3), RobertsonField(), LorenzField(), tanhField,
    ]
    for field in fields + [Self.gradientFlow] {
      let (h, v) = (Self.random(field.dimension, seed: 2), Self.random(field.dimension, seed: 3))
      var exact = [Double](repeating: 0, count: field.dimension)
      field.applyJacobian(depth: 0.3, state: h, vector: v, into: &exact)
      let step = 1e-5
      let plus = field(depth: 0.3, state: zip(h, v).map { $0 + step * $1 })
      let minus = field(depth: 0.3, state: zip(h, v).map { $0 - step * $1 })
      for i in 0..<field.dimension {
        let difference = (plus[i] - minus[i]) / (2 * step)
        #expect(abs(exact[i] - difference) <= 1e-7 * max(1, abs(difference)), "\(field)")
      }
    }
  }

  private static let gradientFlow = GradientFlowField(dimension: 4, width: 3, parameters: random(15, seed: 8))

  private static var differentiable: [any DifferentiableField] {
    let tanhField = TanhResidualField(core: core, parameters: random(core.parameterCount, seed: 1))
    let blocks = (0..<3).map { TanhResidualField(core: core, parameters: random(core.parameterCount, seed: 20 + $0)) }
    return [
      LinearDecayField(rates: [1, 2]), SpiralField(), VanDerPolField(mu: 3), RobertsonField(), LorenzField(), tanhField,
      gradientFlow, BlockwiseField(blocks: blocks, blockSize: 0.25),
    ]
  }

  /// `w . J v = (J^T w) . v` and `w . (df/dp u) = ((df/dp)^T w) . u`, the latter against differences.
  @Test func pullbacksAreTheTransposes() {
    for field in Self.differentiable { check(field) }
    func check(_ field: some DifferentiableField) {
      let (d, p) = (field.dimension, field.parameterCount)
      let (h, v, w, u) = (
        Self.random(d, seed: 2), Self.random(d, seed: 3), Self.random(d, seed: 4), Self.random(p, seed: 5)
      )
      var (tangent, gradient) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
      var parameterGradient = [Double](repeating: 1, count: p)
      field.applyJacobian(depth: 0.3, state: h, vector: v, into: &tangent)
      field.pullback(
        depth: 0.3, state: h, cotangent: w, stateGradient: &gradient, parameterGradient: &parameterGradient)
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      func size(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + abs($1.0 * $1.1) } }
      #expect(abs(dot(w, tangent) - dot(gradient, v)) <= 1e-12 * max(size(w, tangent), size(gradient, v)), "\(field)")
      let accumulated = parameterGradient.map { $0 - 1 }  // pullbacks add
      let scale = max(size(accumulated, u), 1e-3)
      let step = 1e-5
      let (up, down) = (
        field.replacing(parameters: zip(field.parameters, u).map { $0 + step * $1 })(depth: 0.3, state: h),
        field.replacing(parameters: zip(field.parameters, u).map { $0 - step * $1 })(depth: 0.3, state: h)
      )
      let difference = zip(up, down).map { ($0 - $1) / (2 * step) }
      let roundOff = size(w, field(depth: 0.3, state: h)) * 1e-11
      #expect(abs(dot(w, difference) - dot(accumulated, u)) <= 1e-7 * scale + roundOff, "\(field)")
    }
  }

  @Test func lanesAndRowsAreTheSamplesOneByOne() {
    for field in Self.differentiable { check(field) }
    func check(_ field: some DifferentiableField) {
      let (d, p) = (field.dimension, field.parameterCount)
      let depths = (0..<8).map { 0.3 + 0.02 * Double($0) }  // in one block of the network
      let (block, cotangents) = (Self.random(8 * d, seed: 6), Self.random(8 * d, seed: 7))
      var (values, gradients) = (block, block)
      var (parameterGradient, expected) = ([Double](repeating: 0, count: p), [Double](repeating: 0, count: p))
      field.evaluateLanes(depths: depths, states: block, into: &values)
      var (kept, activations) = (values, [Double](repeating: .nan, count: 8 * field.activationCount + 1))
      field.evaluateLanes(depths: depths, states: block, activations: &activations, into: &kept)
      #expect(kept == values)
      field.pullbackLanes(
        depths: depths, states: block, activations: activations, cotangents: cotangents, stateGradients: &gradients,
        parameterGradient: &parameterGradient)
      func row(_ block: [Double], _ lane: Int) -> [Double] { (0..<d).map { block[8 * $0 + lane] } }
      var gradient = [Double](repeating: 0, count: d)
      for lane in 0..<8 {
        let value = field(depth: depths[lane], state: row(block, lane))
        field.pullback(
          depth: depths[lane], state: row(block, lane), cotangent: row(cotangents, lane), stateGradient: &gradient,
          parameterGradient: &expected)
        for i in 0..<d {
          #expect(abs(values[8 * i + lane] - value[i]) <= 1e-13 * max(1, abs(value[i])), "\(field)")
          #expect(abs(gradients[8 * i + lane] - gradient[i]) <= 1e-13 * max(1, abs(gradient[i])), "\(field)")
        }
      }
      for j in 0..<p {
        #expect(abs(parameterGradient[j] - expected[j]) <= 1e-12 * max(1, abs(expected[j])), "\(field)")
      }
      // one sample's pullback with and without kept activations
      var (one, viaActivations) = (gradient, gradient)
      field.evaluate(depth: 0.2, state: row(block, 1), activations: &activations, into: &one)
      field.pullback(
        depth: 0.2, state: row(block, 1), activations: activations, cotangent: row(cotangents, 1),
        stateGradient: &viaActivations, parameterGradient: nil)
      field.pullback(
        depth: 0.2, state: row(block, 1), cotangent: row(cotangents, 1), stateGradient: &gradient,
        parameterGradient: nil)
      #expect(viaActivations == gradient && one == field(depth: 0.2, state: row(block, 1)))
      let rows = (0..<8).flatMap { row(block, $0) }
      var together = rows
      field.evaluate(depth: 0.1, states: rows, count: 8, into: &together)
      for lane in 0..<8 {
        let value = field(depth: 0.1, state: row(block, lane))
        for i in 0..<d { #expect(abs(together[lane * d + i] - value[i]) <= 1e-13 * max(1, abs(value[i]))) }
      }
    }
  }

  @Test func thePullbackIsTheTransposeOfTheTangent() {
    let core = Self.core
    let parameters = Self.random(core.parameterCount, seed: 4)
    let count = 4
    let (states, cotangent) = (Self.random(count * 3, seed: 5), Self.random(count * 3, seed: 6))
    var (hidden, value) = ([Double](repeating: 0, count: count * 5), [Double](repeating: 0, count: count * 3))
    func objective(_ parameters: [Double], _ states: [Double]) -> Double {
      core.evaluate(parameters, depth: 0.4, states: states, count: count, hidden: &hidden, into: &value)
      return zip(value, cotangent).reduce(0) { $0 + $1.0 * $1.1 }
    }
    _ = objective(parameters, states)
    var gradient = [Double](repeating: 0, count: core.parameterCount)
    var stateGradient = [Double](repeating: 0, count: count * 3)
    var scratch = hidden
    core.pullback(
      parameters, depth: 0.4, states: states, count: count, hidden: hidden, cotangent: cotangent, scale: 2,
      scratch: &scratch, gradient: &gradient, stateGradient: &stateGradient)
    let step = 1e-5
    for i in 0..<core.parameterCount {
      var (up, down) = (parameters, parameters)
      up[i] += step
      down[i] -= step
      let difference = (objective(up, states) - objective(down, states)) / step  // times the scale 2
      #expect(abs(gradient[i] - difference) < 1e-8 * max(1, abs(difference)))
    }
    for i in states.indices {
      var (up, down) = (states, states)
      up[i] += step
      down[i] -= step
      let difference = (objective(parameters, up) - objective(parameters, down)) / step
      #expect(abs(stateGradient[i] - difference) < 1e-8 * max(1, abs(difference)))
    }
  }

  @Test func catalogueRefusesUnknownNamesAndParameters() throws {
    #expect(throws: InputError.self) { try FieldCatalogue.entry("flow-decy") }
    #expect(throws: InputError.self) { try FieldCatalogue.entry("flow-decay").field([("q", 1)]) }
    #expect(throws: InputError.self) { try FieldCatalogue.entry("flow-decay").field([("a", -1)]) }
    for entry in FieldCatalogue.entries {
      #expect(try entry.field([]).dimension == entry.initialState.count)
    }
  }
}
