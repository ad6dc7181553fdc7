import DepthNumerics
import DepthRuns
import DepthStopping
import Testing

@testable import DepthTheory

/// The lens on networks whose collapse is made by hand.
@Suite struct NeuralCollapseLensTests {
  /// Simplices whose spread at exit k is `spreads[k]`; class 0 collapses `lag` exits late, and its samples halt late.
  private static func subject(_ spreads: [Double], lag: Int = 0, name: String = "a") throws -> LensSubject {
    let n = 4
    let exits = spreads.indices.map { k in
      let late = CollapseMeasuresTests.simplex(classes: n, radius: 1, spread: spreads[max(0, k - lag)])
      let usual = CollapseMeasuresTests.simplex(classes: n, radius: 1, spread: spreads[k])
      let own = 2 * n * n
      return RecordedLayers.Exit(
        featureCount: n, features: Array(late.exits[0].features[0..<own]) + usual.exits[0].features[own...],
        headWeights: usual.exits[0].headWeights)
    }
    let labels = CollapseMeasuresTests.simplex(classes: n, radius: 1, spread: 1).labels
    let losses = labels.flatMap { label in
      spreads.indices.map { k in spreads[max(0, k - (label == 0 ? lag : 0))] }
    }
    let paths = StoppingPaths(
      sampleCount: labels.count, exitCount: spreads.count, stoppingLoss: losses, labels: labels)
    return try LensSubject(
      name: name, layers: RecordedLayers(classCount: n, labels: labels, exits: exits), paths: paths,
      samples: Array(labels.indices), rule: "oracle", runningCost: 0.05)
  }

  @Test func geometricCollapseHasItsMeanDepth() throws {
    // ln NC1 falls evenly over L blocks: s_k = k/L, mean depth (L + 1)/2
    let spreads = (0...6).map { k in 1.0 / Double(1 << k) }
    let report = try NeuralCollapseLens().report([Self.subject(spreads)], threads: 2)
    let networks = try #require(report.tables.first { $0.name == "collapse-networks" })
    #expect(abs(try networks.numbers("collapse_depth")[0] - 3.5) < 1e-9)
    // the oracle stops where the loss 2^-k gains no more than 0.05: at 2^-5 > 0.05 > 2^-6 in gains
    #expect(try networks.numbers("expected_stopping_depth")[0] == 4)
    let exits = try #require(report.tables.first { $0.name == "collapse" })
    let nc1 = try exits.numbers("nc1")
    #expect((1...6).allSatisfy { abs(nc1[$0 - 1] / nc1[$0] - 4) < 1e-9 })
    #expect(try exits.numbers("collapse_share").last == 1)
  }

  @Test func lateClassHaltsLate() throws {
    let spreads = (0...6).map { k in 1.0 / Double(1 << k) }
    let report = try NeuralCollapseLens().report([Self.subject(spreads, lag: 2)], threads: 1)
    let classes = try #require(report.tables.first { $0.name == "collapse-classes" })
    let depths = try classes.numbers("collapse_depth")
    // shares k/6 of the usual classes, 0, 0, 0, 1/4, ..., 1 of the late one: sums of what is left are 3.5 and 4.5
    #expect(abs(depths[0] - 4.5) < 1e-9 && (1..<4).allSatisfy { abs(depths[$0] - 3.5) < 1e-9 })
    let halting = try classes.numbers("expected_stopping_depth")
    #expect(halting[0] == halting[1] + 2)
  }

  @Test func networksAreRanked() throws {
    // every block gains 0.1, more than it costs: tau is the network's depth
    let slow = (0...6).map { k in 1 - 0.1 * Double(k) }
    let subjects = try [2, 3, 4, 6].enumerated().map { index, length in
      try Self.subject(Array(slow.prefix(length + 1)), name: "L\(index)")
    }
    let report = try NeuralCollapseLens().report(subjects, threads: 2)
    let interval = try #require(report.results["networks_rank_correlation"])
    guard case .object(let members) = interval else {
      Issue.record("no interval: \(interval)")
      return
    }
    #expect((members["value"]?.doubleValue ?? 0) > 0.9)
  }

  /// One block pays on the fit part and on no other: a rule that had seen the others would stop at once.
  @Test func rulesSeeTheFitPartAlone() throws {
    let parts: [StoppingPaths.Split] = [.train, .train, .train, .fit, .fit, .test, .test, .test]
    let paths = StoppingPaths(
      sampleCount: 8, exitCount: 2, stoppingLoss: parts.flatMap { $0 == .fit ? [1.0, 0] : [0.0, 1] }, split: parts)
    let exit = RecordedLayers.Exit(featureCount: 1, features: [1, 2, 3], headWeights: [])
    let layers = RecordedLayers(classCount: 2, labels: [0, 1, 0], exits: [exit, exit])
    let subject = try LensSubject(
      name: "a", layers: layers, paths: paths, samples: [5, 6, 7], rule: "fixed-depth", runningCost: 0.1)
    #expect(subject.depths == [1, 1, 1])
  }

  @Test func damagedInputIsRefused() throws {
    let layers = CollapseMeasuresTests.simplex(classes: 3, radius: 1, spread: 1)
    let paths = StoppingPaths(sampleCount: 2, exitCount: 2, stoppingLoss: [1, 0, 1, 0])
    #expect(throws: InputError.self) {
      try LensSubject(name: "a", layers: layers, paths: paths, samples: [0, 1], rule: "oracle", runningCost: 1)
    }
    #expect(throws: InputError.self) { try LensCatalogue.named("telescope") }
    let lonely = RecordedLayers(
      classCount: 2, labels: [0, 0, 1],
      exits: (0..<2).map { _ in RecordedLayers.Exit(featureCount: 1, features: [1, 2, 3], headWeights: []) })
    let three = StoppingPaths(sampleCount: 3, exitCount: 2, stoppingLoss: [1, 0, 1, 0, 1, 0])
    let subject = try LensSubject(
      name: "b", layers: lonely, paths: three, samples: [0, 1, 2], rule: "oracle", runningCost: 1)
    #expect(throws: InputError.self) { try NeuralCollapseLens().report([subject], threads: 1) }
  }
}
