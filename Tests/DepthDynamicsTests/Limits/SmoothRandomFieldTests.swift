import DepthNumerics
import Testing

@testable import DepthDynamics

@Suite struct SmoothRandomFieldTests {
  private static let field = SmoothRandomField(
    block: RandomBlock(.tanh, dimension: 5, width: 7), correlationLength: 0.3, seed: 3)

  @Test func derivativesAreDifferences() {
    let (state, v, step) = ([0.3, -0.5, 1, 0.2, -0.8], [1.0, 0.4, -0.3, 0.2, 0.9], 1e-5)
    var (jacobian, slope) = ([Double](repeating: 0, count: 5), [Double](repeating: 0, count: 5))
    Self.field.applyJacobian(depth: 0.4, state: state, vector: v, into: &jacobian)
    Self.field.depthDerivative(depth: 0.4, state: state, into: &slope)
    func moved(_ sign: Double) -> [Double] { zip(state, v).map { $0 + sign * step * $1 } }
    let (up, down) = (Self.field(depth: 0.4, state: moved(1)), Self.field(depth: 0.4, state: moved(-1)))
    let (later, sooner) = (Self.field(depth: 0.4 + step, state: state), Self.field(depth: 0.4 - step, state: state))
    for i in 0..<5 {
      #expect(abs(jacobian[i] - (up[i] - down[i]) / (2 * step)) < 1e-8)
      #expect(abs(slope[i] - (later[i] - sooner[i]) / (2 * step)) < 1e-7)
    }
  }

  /// Weights have the variances that they should, and forget each other over the correlation length.
  @Test func weightsAreGaussianProcesses() {
    let block = RandomBlock(.tanh, dimension: 4, width: 16)
    func weights(_ seed: UInt64, _ depth: Double) -> [Double] {
      var result = [Double](repeating: 0, count: block.weightCount)
      SmoothRandomField(block: block, correlationLength: 0.2, seed: seed).weights(at: depth, into: &result)
      return result
    }
    let pairs = (0..<300).map { (weights($0, 0.1), weights($0, 0.3)) }
    let (outer, inner) = (0..<64, 64..<128)
    for (range, variance) in [(outer, 1.0 / 16), (inner, 1.0 / 4)] {
      let squares = pairs.flatMap { pair in range.map { pair.0[$0] * pair.0[$0] } }
      // 19200 squares of relative deviation sqrt 2
      #expect(abs(Statistics.mean(squares) / variance - 1) < 4 * (2.0 / 19200).squareRoot())
      let products = pairs.flatMap { pair in range.map { pair.0[$0] * pair.1[$0] / variance } }
      // one correlation length apart: near e^(-1/2), up to the eight frequencies that stand for the normal law
      #expect(abs(Statistics.mean(products) - 0.6065) < 0.05)
    }
  }

  /// 1/L blocks with smooth weights tend to the flow of the field with those weights, with the predicted constant.
  @Test func networksTendToTheirODE() throws {
    let problem = try InitialValueProblem(field: Self.field, initialState: [1, 1, 1, 1, 1], end: 1)
    let reference = ERKStep(.dormandPrince, tolerances: try Tolerances(relative: 1e-12, absolute: 1e-13))
    let limit = try DepthLimit(problem, blocks: [256, 512, 1024, 2048], reference: reference)
    #expect(abs(limit.slope + 1) < 0.01)
    #expect(abs(limit.constant / limit.predictedConstant - 1) < 0.01)
    // the network itself is the Euler scheme
    let networks = RandomResidualNetworks(
      block: Self.field.block, weights: .smooth, correlationLength: 0.3, seed: 3)
    let state = networks.finalStates(network: 0, blocks: 64, scalings: [1])
    let euler = try Euler(blocks: 64).integrate(problem).finalState
    #expect(zip(state, euler).allSatisfy { abs($0 - $1) < 1e-13 })
  }
}
