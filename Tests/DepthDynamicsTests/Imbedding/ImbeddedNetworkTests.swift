import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct ImbeddedNetworkTests {
  private static func resnet(_ field: some VectorField, _ x: [Double], _ horizon: Double, _ blocks: Int) throws
    -> [Double]
  {
    let problem = try InitialValueProblem(field: field, initialState: x, end: horizon)
    return try Euler(blocks: blocks).integrate(problem).finalState
  }

  private static func output(
    _ field: some TaylorField, _ x: [Double], _ horizon: Double, _ blocks: Int, segments: Int = 1, order: Int = 64
  ) throws -> ImbeddedNetworkOutput {
    try ImbeddedNetwork(field, horizon: horizon, blocks: blocks, segments: segments, order: order).output(x)
  }

  @Test(arguments: [1, 3, 10, 40, 300])
  func anAffineFieldGivesExactlyTheResNet(blocks: Int) throws {
    let x = [1.2, -0.7]
    for field in [AffineField.autonomous, .depthDependent] {
      let network = try Self.output(field, x, 1.5, blocks)
      #expect(distance(network.state, try Self.resnet(field, x, 1.5, blocks)) < 2e-15 * Double(max(10, blocks)))
    }
    let decay = LinearDecayField(rates: [1, 0.2, 3])
    let network = try Self.output(decay, [1, 2, 3], 1, blocks)
    #expect(distance(network.state, try Self.resnet(decay, [1, 2, 3], 1, blocks)) < 1e-15 * Double(max(10, blocks)))
  }

  @Test func theThreeWaysOfTheProductAgree() throws {
    // an autonomous network by the binomial sum, on nilpotent units, on jets
    for (field, x) in [
      (TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: false), [0.4, -0.3]),
      (TestNetworks.tanh(dimension: 3, width: 3, dependsOnDepth: false), [0.4, -0.3, 0.9]),
    ] {
      let network = try ImbeddedNetwork(field, horizon: 0.8, blocks: 7)
      let sum = try network.binomialSum(x, 0..<7).state
      #expect(distance(network.nilpotentProduct(x, 0..<7).state, sum) < 1e-14)
      #expect(distance(try network.jetProduct(x, 0..<7).state, sum) < 1e-14)
    }
  }

  @Test func orderedProductsAgreeOnUnitsAndOnJets() throws {
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: true)
    let network = try ImbeddedNetwork(field, start: 0.2, horizon: 1.5, blocks: 9)
    let units = network.nilpotentProduct([0.4, -0.3], 0..<9)
    let jets = try network.jetProduct([0.4, -0.3], 0..<9)
    #expect(distance(units.state, jets.state) < 1e-14 && jets.truncationError == 0)
    // the order of the factors matters: reversed depth is another network
    struct Reversed: TaylorField {
      let field: TanhResidualField
      var dimension: Int { 2 }
      var isAutonomous: Bool { false }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        field.evaluate(depth: 1.7 + 0.2 - depth - 1.5 / 9, state: state, into: result)
      }
      func evaluate(depth: GradedSeries, state: [GradedSeries]) -> [GradedSeries] {
        field.evaluate(depth: 1.7 + 0.2 - 1.5 / 9 - depth, state: state)
      }
    }
    let reversed = try ImbeddedNetwork(Reversed(field: field), start: 0.2, horizon: 1.5, blocks: 9)
    #expect(distance(reversed.nilpotentProduct([0.4, -0.3], 0..<9).state, units.state) > 1e-3)
  }

  @Test func aTrainedNetworksBlocksMakeAnOrderedProductToo() throws {
    // weights constant in each block: the network has as many factors as the residual network has blocks
    let blocks = (0..<8).map {
      TestNetworks.tanh(dimension: 2, width: 3, dependsOnDepth: false, size: 0.3 + 0.1 * Double($0))
    }
    let field = BlockwiseField(blocks: blocks, blockSize: 0.2)
    let network = try ImbeddedNetwork(field, horizon: field.horizon, blocks: 8)
    let (x, resnet) = ([0.4, -0.3], try Self.resnet(field, [0.4, -0.3], field.horizon, 8))
    let units = network.nilpotentProduct(x, 0..<8).state
    #expect(distance(units, try network.jetProduct(x, 0..<8).state) < 1e-14)
    // near the ResNet, not equal to it
    #expect(distance(units, resnet) < 0.3 && distance(units, resnet) > 1e-3)
    #expect(distance(try Self.output(field, x, field.horizon, 8, segments: 8).state, resnet) < 1e-15)
  }

  @Test func theSquareHasItsClosedSum() throws {
    // h' = h^2: D^n x = n! x^(n+1), so the network is sum_n L!/(L-n)! (T/L)^n x^(n+1)
    let (x, horizon, blocks) = (0.5, 0.9, 12)
    var (expected, term) = (0.0, x)
    for n in 0...blocks {
      expected += term
      term *= Double(blocks - n) * horizon / Double(blocks) * x
    }
    #expect(abs(try Self.output(RiccatiField.square, [x], horizon, blocks).state[0] / expected - 1) < 1e-14)
  }

  @Test func segmentsInterpolateBetweenImbeddedNetworkAndResNet() throws {
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: true)
    let x = [0.4, -0.3]
    let resnet = try Self.resnet(field, x, 2, 24)
    #expect(distance(try Self.output(field, x, 2, 24, segments: 24).state, resnet) < 1e-15)
    let gaps = try [3, 6, 12].map { distance(try Self.output(field, x, 2, 24, segments: $0).state, resnet) }
    #expect(gaps[0] > gaps[1] && gaps[1] > gaps[2] && gaps[2] > 1e-6, "\(gaps)")
  }

  @Test func pastTheRadiusTheTruncatedSumSaysSoAndSegmentsHelp() throws {
    // the logistic flow lives for ever; the radius of its series from 0.2 is about 3.4
    let exact = 1 / (1 + 4 * exp(-6.0))
    let broken = try Self.output(RiccatiField.logistic, [0.2], 6, 400, order: 40)
    #expect(try #require(broken.radiusShare) > 1.5 && broken.truncationError > 0.1)
    let errors = try [480, 960].map { blocks in
      let whole = try Self.output(RiccatiField.logistic, [0.2], 6, blocks, segments: 6, order: 40)
      #expect(try #require(whole.radiusShare) < 0.5 && whole.truncationError < 1e-10)
      return abs(whole.state[0] - exact)
    }
    #expect(abs(errors[0] / errors[1] - 2) < 0.05 && errors[1] < 1e-3, "\(errors)")
  }

  @Test func segmentsAreSuggested() throws {
    // the logistic flow's nearest singularities: pi away at the least, at h = 1/2
    let logistic = try #require(ImbeddedNetwork.segmentsWithinRadius(RiccatiField.logistic, horizon: 6, input: [0.2]))
    #expect(logistic == 4)
    let decay = LinearDecayField(rates: [1])
    #expect(ImbeddedNetwork.segmentsWithinRadius(decay, horizon: 10, input: [1]) == 1)
    #expect(ImbeddedNetwork.segmentsWithinRadius(decay, horizon: 50, input: [1]) == 4)
    // h' = h^2 from 1 ends at depth 1
    #expect(ImbeddedNetwork.segmentsWithinRadius(RiccatiField.square, horizon: 2, input: [1]) == nil)
  }

  @Test func theNetworkReachesFurtherThanTheSeries() throws {
    // h' = h^2 from -1: radius 1, but e^-s (1 - s T/L)^L keeps the network convergent up to T = 3.59 (ln T = 1 + 1/T)
    let exact = -1 / (1 + 2.0)
    let errors = try [8, 16, 32].map { blocks in
      let network = try Self.output(RiccatiField.square, [-1], 2, blocks)
      #expect(network.truncationError == 0)
      return abs(network.state[0] - exact) * Double(blocks)
    }
    // -(T^2/2) J f at the end: (T^2/2) 2 |h|^3 = 4/27
    #expect(abs(errors[2] / (4.0 / 27) - 1) < 0.1, "\(errors)")
    let beyond = try [8, 16, 32].map { abs(try Self.output(RiccatiField.square, [-1], 4.5, $0).state[0]) }
    #expect(beyond[2] > 100 * beyond[0], "\(beyond)")
  }

  @Test func roundingIsEstimated() throws {
    // alternating terms: e^-T from (1 - T/L)^L at T = 20; the sum loses what the estimate says
    let field = LinearDecayField(rates: [20])
    let network = try Self.output(field, [1], 1, 200, order: 120)
    let error = abs(network.state[0] - pow(1 - 20.0 / 200, 200))
    #expect(network.truncationError < 1e-12)
    #expect(
      error > 1e-13 && error < network.roundingError && network.roundingError < 1e4 * error, "\(network) \(error)")
  }

  @Test func truncationIsEstimated() throws {
    let field = TestNetworks.tanh(dimension: 2, width: 4, dependsOnDepth: false)
    let exact = try Self.output(field, [0.4, -0.3], 2, 60, order: 60).state
    for order in [8, 12, 20] {
      let network = try Self.output(field, [0.4, -0.3], 2, 60, order: order)
      let error = distance(network.state, exact)
      #expect(error < 30 * network.truncationError + 1e-13, "\(order): \(error), \(network)")
      #expect(network.truncationError < 1e4 * error + 1e-12, "\(order): \(error), \(network)")
    }
  }

  @Test func impossibleNetworksAreRefused() throws {
    let wide = TestNetworks.tanh(dimension: 16, width: 3, dependsOnDepth: true)
    #expect(throws: InputError.self) { try ImbeddedNetwork(wide, horizon: 1, blocks: 11) }
    let cut = try ImbeddedNetwork(wide, horizon: 1, blocks: 11, segments: 2)
    #expect(try cut.output([Double](repeating: 0.1, count: 16)).state.count == 16)
    #expect(throws: InputError.self) { try ImbeddedNetwork(RiccatiField.square, horizon: 1, blocks: 4, segments: 5) }
    #expect(throws: InputError.self) { try ImbeddedNetwork(RiccatiField.square, horizon: -1, blocks: 4) }
    #expect(throws: InputError.self) { try ImbeddedNetwork(RiccatiField.square, horizon: 1, blocks: 0) }
    #expect(throws: IntegrationError.self) { try Self.output(RiccatiField.square, [1], 1e8, 100) }
  }
}
