import DepthNumerics
import DepthStopping
import Foundation
import Testing

@testable import DepthTheory

@Suite struct GainEnvelopeTests {
  /// One block; the gain is 0.5 where the second feature is above 0.8, else 0, with noise; the first feature is noise.
  private static func paths(_ n: Int, seed: UInt64, noise: Double = 0.2) -> StoppingPaths {
    var stream = RandomStream(seed: seed)
    let (u, z) = (stream.uniforms(2 * n), stream.normals(n))
    var (losses, features): ([Double], [Double]) = ([], [])
    for i in 0..<n {
      let gain = (u[2 * i + 1] > 0.8 ? 0.5 : 0) + noise * z[i]
      losses += [2 + gain, 2]
      features += [u[2 * i], u[2 * i + 1], u[2 * i], u[2 * i + 1]]
    }
    return StoppingPaths(
      sampleCount: n, exitCount: 2, stoppingLoss: losses, featureNames: ["other", "deciding"], features: features)
  }

  /// A coordinate that tells nothing hides the conditional gain; the regression finds it.
  @Test func sortedGroupsSeeWhatTheCoordinateHides() throws {
    let paths = Self.paths(3000, seed: 5)
    let envelope = try GainEnvelope(paths, coordinate: "other", gains: ConditionalGains(paths))
    #expect(envelope.binned[0] < 0.2)
    #expect(envelope.conditional[0] > 0.45 && envelope.conditional[0] < 0.75)
    #expect(envelope.envelope[0] == envelope.conditional[0])
    #expect(envelope.largestPrediction[0] > 0.3 && envelope.largestPrediction[0] < envelope.maximum[0])
  }

  /// With no signal at all the simultaneous bounds lie above the true conditional gain 0 in at least 95 % of data sets (here 99 %).
  @Test func boundsHoldSimultaneously() throws {
    var misses = 0
    for seed in 0..<100 {
      var stream = RandomStream(seed: 900 + UInt64(seed))
      let n = 600
      let (u, z) = (stream.uniforms(n), stream.normals(3 * n))
      let losses = z.map { 2 + $0 }
      let paths = StoppingPaths(
        sampleCount: n, exitCount: 3, stoppingLoss: losses, featureNames: ["u"],
        features: u.flatMap { state -> [Double] in [state, state, state] })
      let gains = try #require(ConditionalGains(paths))
      let cells = (0..<2).flatMap { block in
        SortedGains.groups((0..<n).map { gains.prediction($0, block) }).map { (block, $0) }
      }
      let bound = ClusteredBound(level: 1 - 0.05 / Double(cells.count), [])
      let isMissed = cells.contains { block, samples in
        let own = (0..<n).map { paths.loss($0, block) - paths.loss($0, block + 1) }
        return bound.upper(own, of: samples) < 0
      }
      if isMissed { misses += 1 }
    }
    // binomial with p = 0.05: more than 12 of 100 has probability 0.0015
    #expect(misses <= 12)
  }

  /// Ten copies of every sample, each a cluster: the bound of the samples themselves.
  @Test func clustersCountOnce() {
    var stream = RandomStream(seed: 8)
    let values = stream.normals(50)
    let copies = values.flatMap { [Double](repeating: $0, count: 10) }
    let clusters = (0..<500).map { $0 / 10 }
    let single = ClusteredBound(level: 0.99, []).upper(values, of: Array(0..<50))
    let clustered = ClusteredBound(level: 0.99, clusters).upper(copies, of: Array(0..<500))
    let naive = ClusteredBound(level: 0.99, []).upper(copies, of: Array(0..<500))
    #expect(abs(single - clustered) < 1e-12 && naive < clustered)
    #expect(ClusteredBound(level: 0.99, [Int](repeating: 1, count: 50)).upper(values, of: Array(0..<50)) == .infinity)
  }

  @Test func tailsAreGroupsWhereThereAreSamples() {
    let predicted = (0..<3000).map { Double($0 % 1000) }
    let groups = SortedGains.groups(predicted)
    #expect(groups.count == 13 && SortedGains.largestCount(3000) == 13)
    #expect(groups.dropFirst(10).map(\.count) == [150, 60, 30])
    #expect(Set(groups.prefix(10).joined()).count == 3000)
    #expect(SortedGains.groups([Double](repeating: 1, count: 100)).count == 1)
    #expect(SortedGains.groups([1, 2]).count == 1)
  }
}
