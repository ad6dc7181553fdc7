import DepthNumerics
import Foundation
import Testing

@testable import DepthStopping

@Suite struct CoordinateTests {
  static let chain = EvidenceChain(blocks: 10, rho: 0.8)

  /// Every coordinate's rule decides online as it does from values computed beforehand: nothing later is read.
  @Test func rulesDecideOnlineAsOnValues() throws {
    let (fit, test) = (Self.chain.paths(1500, seed: 1), Self.chain.paths(400, seed: 2))
    let regression = ValueRegression(fitting: fit, runningCost: 0.02)
    let all = try PredictionCoordinate.all(fitting: fit, feature: "log_odds", regression: regression)
    #expect(all.count == 6 && Set(all.map(\.name)).count == 6)
    for coordinate in all {
      let cells = CoordinateCells(coordinate.fitted, bins: (10, 4))
      // at exit 0 all samples are alike: nobody stops there
      let stops = (0..<10).map { exit in (0..<cells.count(exit)).map { exit > 0 && ($0 + exit) % 3 == 0 } }
      let rule = CoordinateRule(coordinate, cells: cells, stops: stops)
      let depths = rule.stoppingDepths(test)
      #expect(depths == rule.stoppingDepths(coordinate.values(test)), "\(coordinate.name)")
      #expect(Set(depths).count > 2, "\(coordinate.name)")
    }
  }

  /// The posterior's own conditional expectations are known: m_0 is the mean last loss, and u, q agree with Bellman's recursion.
  @Test func regressionsRecoverKnownExpectations() {
    let c = 0.02
    let fit = Self.chain.paths(20_000, seed: 3)
    let regression = ValueRegression(fitting: fit, runningCost: c)
    let value = Self.chain.optimum(runningCost: c).value
    let last = Statistics.mean((0..<fit.sampleCount).map { fit.loss($0, 10) })
    let start = regression.outOfFold
    #expect(abs(start.finalLoss(0, 0) - last) < 0.01)
    let found = last + min(start.excess(0, 0), start.continuation(0, 0))
    #expect(abs(found - value) < 0.01, "\(found) against \(value)")
    // g_5 = 1/(1 + e^|y|)
    var error = 0.0
    for sample in 0..<2000 {
      let exact = 1 / (1 + exp(abs(fit.feature(sample, 5, 3))))
      let difference = start.finalLoss(sample, 5) + start.excess(sample, 5) - exact
      error += difference * difference / 2000
    }
    #expect(error.squareRoot() < 0.02, "\(error.squareRoot())")
  }

  /// Two classes with known transitions: the filter's log-odds are Bayes'.
  @Test func filterFollowsBayes() {
    let n = 8000
    let (stay, blocks) = ([0.8, 0.4], 6)
    var (losses, features, exact): ([Double], [Double], [Double]) = ([], [], [])
    for sample in 0..<n {
      var stream = RandomStream(seed: 9, stream: UInt64(sample))
      let draws = stream.uniforms(blocks + 2)
      let isHard = draws[0] < 0.3
      var (state, odds) = (draws[1] < 0.5, log(0.3 / 0.7))
      for exit in 0...blocks {
        if exit > 0 {
          let stays = draws[exit + 1] < stay[isHard ? 1 : 0]
          odds += log(stays ? stay[1] / stay[0] : (1 - stay[1]) / (1 - stay[0]))
          if !stays { state.toggle() }
        }
        features.append(state ? 1 : 0)
        losses.append(isHard ? 1 : 0)
        if exit == blocks - 1 { exact.append(odds) }
      }
    }
    let paths = StoppingPaths(
      sampleCount: n, exitCount: blocks + 1, stoppingLoss: losses, featureNames: ["z"], features: features)
    let filter = DifficultyFilter(paths, feature: 0, members: Array(0..<n))
    var worst = 0.0
    for sample in 0..<200 {
      var memory = [0.0, 0.0]
      var odds = 0.0
      for exit in 0..<blocks { odds = filter.advance(at: exit, paths.feature(sample, exit, 0), memory: &memory) }
      worst = max(worst, abs(odds - exact[sample]))
    }
    #expect(worst < 0.5, "\(worst)")
  }
}
