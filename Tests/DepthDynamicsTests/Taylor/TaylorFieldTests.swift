import Foundation
import Testing

@testable import DepthDynamics

/// The second formula of every field against its first.
@Suite struct TaylorFieldTests {
  private static let fields: [any TaylorField] = [
    LinearDecayField(rates: [1, 2, 0.3]), SpiralField(), VanDerPolField(mu: 3), RobertsonField(), LorenzField(),
    TestNetworks.tanh(dimension: 3, width: 5, dependsOnDepth: true),
    TestNetworks.tanh(dimension: 4, width: 3, dependsOnDepth: false),
    TestNetworks.gradientFlow(dimension: 3, width: 4),
    BlockwiseField(
      blocks: [0.5, 0.9].map { TestNetworks.tanh(dimension: 2, width: 3, dependsOnDepth: false, size: $0) },
      blockSize: 0.25), RiccatiField.tangent, DepthRiccatiField(), AffineField.depthDependent,
  ]

  @Test func valuesAndDerivativesAgree() {
    for field in Self.fields {
      check(field)
    }
  }

  private func check(_ field: some TaylorField) {
    let d = field.dimension
    let (h, v) = ((0..<d).map { cos(1.1 * Double($0) + 0.2) }, (0..<d).map { sin(0.7 * Double($0) + 1) })
    let depth = 0.3
    let algebra = GradedAlgebra.nilpotent(2)
    // eps_1 moves the state along v, eps_2 the depth
    let values = field.evaluate(
      depth: GradedSeries(coefficients: [depth, 0, 1, 0], in: algebra),
      state: zip(h, v).map { GradedSeries(coefficients: [$0, $1, 0, 0], in: algebra) })
    let value = field(depth: depth, state: h)
    var (tangent, rate) = (value, value)
    field.applyJacobian(depth: depth, state: h, vector: v, into: &tangent)
    field.depthDerivative(depth: depth, state: h, into: &rate)
    let size = max(1, (value + tangent).map { abs($0) }.max()!)
    #expect(distance(values.map(\.value), value) < 1e-14 * size, "\(field)")
    #expect(distance(values.map { $0.coefficients[1] }, tangent) < 1e-14 * size, "\(field)")
    #expect(distance(values.map { $0.coefficients[2] }, rate) < 1e-14 * size, "\(field)")
    if field.isAutonomous { #expect(rate.allSatisfy { $0 == 0 }) }
  }
}
