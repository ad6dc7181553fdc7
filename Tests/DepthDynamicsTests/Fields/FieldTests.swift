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
    for field in fields {
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
