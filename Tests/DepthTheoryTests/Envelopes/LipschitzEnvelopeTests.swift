import DepthNumerics
import DepthStopping
import Foundation
import Testing

@testable import DepthTheory

@Suite struct LipschitzEnvelopeTests {
  /// Two classes read off a scalar state by one head, logits (0, w h): Lambda = |w| exactly here, at most sqrt(2) ||U||.
  private static func paths(weights: [Double], seed: UInt64) -> StoppingPaths {
    var stream = RandomStream(seed: seed)
    let (n, exits) = (200, weights.count)
    let (z, u) = (stream.normals(n * exits), stream.uniforms(n))
    var (losses, features, logits): ([Double], [Double], [Double]) = ([], [], [])
    let labels = u.map { $0 < 0.5 ? 0 : 1 }
    for i in 0..<n {
      for k in 0..<exits {
        let (h, before) = (z[i * exits + k], k > 0 ? z[i * exits + k - 1] : z[i * exits])
        let logit = weights[k] * h
        logits += [0, logit]
        losses.append(log1p(exp(labels[i] == 1 ? -logit : logit)))
        features.append(abs(h - before))
      }
    }
    return StoppingPaths(
      sampleCount: n, exitCount: exits, stoppingLoss: losses, featureNames: ["update_norm"], features: features,
      classCount: 2, logits: logits, labels: labels, residualNorm: [Double](repeating: 0, count: n * (exits - 1)),
      lipschitzConstant: weights.map { 2.0.squareRoot() * abs($0) })
  }

  @Test func oneHeadIsExplainedByTheMove() throws {
    let envelope = try #require(LipschitzEnvelope(Self.paths(weights: [2, 2, 2, 2], seed: 1)))
    #expect(envelope.exceedingShare == [0, 0, 0] && envelope.headImprovement == [0, 0, 0])
    #expect(zip(envelope.localQuantile, envelope.global).allSatisfy { $0 <= $1 && $0 > 0 })
    #expect(envelope.table.rowCount == 3)
  }

  /// A head that gets sharper gains more than its move allows.
  @Test func headsThatDifferAreFoundOut() throws {
    var sharp = Self.paths(weights: [1, 1, 1], seed: 2)
    // the same states and moves, but exit 0 loses 20 nats more than its head would
    var losses = sharp.stoppingLoss
    for i in 0..<sharp.sampleCount { losses[i * 3] += 20 }
    sharp = StoppingPaths(
      sampleCount: sharp.sampleCount, exitCount: 3, stoppingLoss: losses, featureNames: sharp.featureNames,
      features: sharp.features, lipschitzConstant: sharp.lipschitzConstant)
    let envelope = try #require(LipschitzEnvelope(sharp))
    #expect(envelope.exceedingShare[0] == 1 && envelope.exceedingShare[1] == 0)
    #expect(envelope.headImprovement[0] > 10 && envelope.local.isEmpty)
  }

  @Test func pathsWithoutConstantsHaveNone() {
    #expect(LipschitzEnvelope(StoppingPaths(sampleCount: 2, exitCount: 2, stoppingLoss: [1, 0, 1, 0])) == nil)
  }
}
