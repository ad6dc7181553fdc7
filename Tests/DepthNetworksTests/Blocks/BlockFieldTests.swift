import DepthDynamics
import DepthNumerics
import Testing

@testable import DepthNetworks

@Suite struct BlockFieldTests {
  private static let kinds = [TestNetworks.tanh, TestNetworks.preNorm, TestNetworks.smoothPreNorm]

  /// In double precision, for one sample, the network's states are those of Euler on its own fields: the same bits.
  @Test func theForwardPassIsEulerBitForBit() throws {
    // Delta = 1/2, so that k Delta is exact
    let networks =
      Self.kinds.map { TestNetworks.vector($0, blocks: 4, horizon: 2) } + [
        TestNetworks.staged, TestNetworks.sequence(causal: true),
      ]
    for architecture in networks { try TestNetworks.requireEuler(architecture) }
  }

  @Test func shownInputsAreAFieldToo() throws {
    let network = TestNetworks.network(TestNetworks.shown)
    var stream = RandomStream(seed: 12)
    let input = stream.normals(6)
    let workspace = NetworkWorkspace<Double>(architecture: network.architecture, capacity: 1)
    workspace.forward(network.parameters, inputs: input, labels: [0], count: 1)
    let field = network.field(showing: input)
    let problem = try InitialValueProblem(field: field, initialState: network.embed(input), end: field.horizon)
    let state = try Euler(blocks: 3).integrate(problem).finalState
    for i in 0..<4 { #expect(abs(state[i] - workspace.states[3][i]) < 1e-13) }
  }

  @Test func derivativesMatchDifferences() {
    for kind in Self.kinds {
      let network = TestNetworks.network(TestNetworks.vector(kind))
      let field = network.field().blocks[1]
      let (d, state) = (4, [0.3, -1.2, 0.7, 0.4])
      var columns = [Double](repeating: 0, count: d * d)
      field.jacobian(depth: 0, state: state, into: &columns)
      for j in 0..<d {
        var (up, down) = (state, state)
        up[j] += 1e-6
        down[j] -= 1e-6
        let difference = zip(field(depth: 0, state: up), field(depth: 0, state: down)).map { ($0 - $1) / 2e-6 }
        for i in 0..<d { #expect(abs(columns[j * d + i] - difference[i]) < 1e-7) }
      }
      let cotangent = [1.0, -0.5, 0.25, 2]
      var (slope, gradient) = (
        [Double](repeating: 0, count: d), [Double](repeating: 0, count: field.parameterCount)
      )
      field.pullback(
        depth: 0, state: state, cotangent: cotangent, stateGradient: &slope, parameterGradient: &gradient)
      for j in 0..<d {
        let product = (0..<d).reduce(0) { $0 + cotangent[$1] * columns[j * d + $1] }
        #expect(abs(slope[j] - product) < 1e-12)
      }
      for p in stride(from: 0, to: field.parameterCount, by: 5) {
        func value(_ shift: Double) -> Double {
          var parameters = field.parameters
          parameters[p] += shift
          return zip(cotangent, field.replacing(parameters: parameters)(depth: 0, state: state)).reduce(0) {
            $0 + $1.0 * $1.1
          }
        }
        #expect(abs(gradient[p] - (value(1e-6) - value(-1e-6)) / 2e-6) < 1e-7)
      }
    }
  }

  @Test func tanhNetworksHaveTheirAnalyticFieldToo() throws {
    let network = TestNetworks.network(TestNetworks.vector(TestNetworks.tanh))
    let (own, analytic) = (network.field(), try #require(network.tanhField))
    for depth in [0.0, 0.6, 1.4] {
      let pair = (own(depth: depth, state: [1, 2, -1, 0.5]), analytic(depth: depth, state: [1, 2, -1, 0.5]))
      #expect(zip(pair.0, pair.1).allSatisfy { abs($0 - $1) < 1e-14 })
    }
    #expect(TestNetworks.network(TestNetworks.vector(TestNetworks.preNorm)).tanhField == nil)
  }

  @Test func preNormIsItsFormula() {
    let network = TestNetworks.network(TestNetworks.vector(TestNetworks.preNorm))
    let field = network.field().blocks[0]
    let (d, m, p, h) = (4, 6, field.parameters, [0.3, -1.2, 0.7, 0.4])
    let mean = h.reduce(0, +) / 4
    let deviation = (h.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4 + 1e-5).squareRoot()
    let y = (0..<d).map { p[$0] * (h[$0] - mean) / deviation + p[d + $0] }
    let (w1, b1) = (2 * d, 2 * d + m * d)
    let (w2, b2) = (b1 + m, b1 + m + d * m)
    let z = (0..<m).map { r in max(0, p[b1 + r] + (0..<d).reduce(0) { $0 + p[w1 + r * d + $1] * y[$1] }) }
    let f = (0..<d).map { r in p[b2 + r] + (0..<m).reduce(0) { $0 + p[w2 + r * m + $1] * z[$1] } }
    #expect(zip(f, field(depth: 0, state: h)).allSatisfy { abs($0 - $1) < 1e-14 })
  }
}
