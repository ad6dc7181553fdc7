import DepthNumerics
import Testing

@testable import DepthStopping

@Suite struct ConditionalGainsTests {
  private static func paths(_ n: Int, noise: Double, seed: UInt64) -> (paths: StoppingPaths, truth: [Double]) {
    var stream = RandomStream(seed: seed)
    let (u, z) = (stream.uniforms(n), stream.normals(n))
    let truth = u.map { 0.2 + 0.6 * $0 }
    let losses = (0..<n).flatMap { i -> [Double] in [1 + truth[i] + noise * z[i], 1] }
    let paths = StoppingPaths(
      sampleCount: n, exitCount: 2, stoppingLoss: losses, featureNames: ["u"],
      features: u.flatMap { state -> [Double] in [state, state] })
    return (paths, truth)
  }

  /// A linear conditional gain is recovered, with an error that falls like n^(-1/2).
  @Test func predictionsApproachTheConditionalGain() throws {
    let errors = try [1000, 16_000].map { n -> Double in
      let (paths, truth) = Self.paths(n, noise: 0.3, seed: 4)
      let gains = try #require(ConditionalGains(paths))
      return Statistics.mean(
        (0..<n).map { (gains.prediction($0, 0) - truth[$0]) * (gains.prediction($0, 0) - truth[$0]) }
      )
      .squareRoot()
    }
    #expect(errors[0] < 0.08 && errors[1] < errors[0] / 2, "\(errors)")
  }

  /// Out of fold: where gains are noise alone, a prediction has no positive correlation with its own sample's gain.
  @Test func noPredictionHasSeenItsOwnGain() throws {
    var correlations = 0.0
    for seed in 0..<20 {
      var stream = RandomStream(seed: 70 + UInt64(seed))
      let n = 60
      let (u, z) = (stream.uniforms(n), stream.normals(n))
      let paths = StoppingPaths(
        sampleCount: n, exitCount: 2, stoppingLoss: z.flatMap { draw -> [Double] in [5 + draw, 5] },
        featureNames: ["u"],
        features: u.flatMap { state -> [Double] in [state, state] })
      let gains = try #require(ConditionalGains(paths))
      let mean = Statistics.mean(z)
      correlations += Statistics.mean((0..<n).map { gains.prediction($0, 0) * (z[$0] - mean) })
    }
    #expect(correlations < 0.05, "\(correlations)")
  }

  @Test func tooFewSamplesHaveNone() {
    #expect(
      ConditionalGains(StoppingPaths(sampleCount: 9, exitCount: 2, stoppingLoss: [Double](repeating: 1, count: 18)))
        == nil)
  }
}
