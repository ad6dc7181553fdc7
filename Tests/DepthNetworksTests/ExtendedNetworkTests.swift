import DepthNumerics
import DepthRuns
import Testing

@testable import DepthNetworks

@Suite struct ExtendedNetworkTests {
  private static func logits(_ network: ResidualNetwork, _ input: [Double]) -> [[Double]] {
    let workspace = NetworkWorkspace<Double>(architecture: network.architecture, capacity: 1)
    workspace.forward(network.parameters, inputs: input, labels: [0], count: 1)
    return (0..<network.architecture.exits).map { exit in
      (0..<network.architecture.classCount).map { workspace.logits[exit][$0] }
    }
  }

  @Test func earlierExitsStayAndLaterOnesReadTheLastHead() throws {
    let network = TestNetworks.network(TestNetworks.vector(TestNetworks.preNorm, shared: true))
    let longer = try network.extended(toBlocks: 9)
    #expect(longer.architecture.blocks == 9 && longer.architecture.blockSize == network.architecture.blockSize)
    var stream = RandomStream(seed: 4)
    let input = stream.normals(5)
    let (short, long) = (Self.logits(network, input), Self.logits(longer, input))
    #expect(Array(long[0...3]) == short)
    // one more block of a network of one more block, with the last head kept
    let four = try network.extended(toBlocks: 4)
    #expect(Self.logits(four, input) == Array(long[0...4]))
    for exit in 3...9 { #expect(longer.headWeights(exit) == network.headWeights(3)) }
    #expect(try network.extended(toBlocks: 3) == network)
  }

  @Test func shownInputsRunOut() throws {
    let shown = NetworkArchitecture(
      stages: TestNetworks.shown.stages, shown: TestNetworks.shown.shown, classCount: TestNetworks.classes,
      depthHorizon: 3, sharesWeights: true)
    let network = TestNetworks.network(shown)
    var stream = RandomStream(seed: 5)
    let input = stream.normals(6)
    #expect(Array(Self.logits(try network.extended(toBlocks: 6), input)[0...3]) == Self.logits(network, input))
  }

  @Test func onlySharedWeightsGoOn() throws {
    let own = TestNetworks.network(TestNetworks.vector(TestNetworks.preNorm))
    #expect(throws: InputError.self) { try own.extended(toBlocks: 9) }
    let shared = TestNetworks.network(TestNetworks.vector(TestNetworks.preNorm, shared: true))
    #expect(throws: InputError.self) { try shared.extended(toBlocks: 2) }
    #expect(throws: InputError.self) { try shared.extended(toBlocks: 1_000_000) }
  }
}
