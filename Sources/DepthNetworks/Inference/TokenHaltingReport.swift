public import DepthNumerics
public import DepthRuns
public import DepthStopping

/// Token-level halting judged: loss, accuracy and depth of the answers, operations really done, what copying changes, and
/// sequence-level halting at the same mean depth.
///
/// Intervals are of a paired bootstrap over sequences, 95 %.
public struct TokenHaltingReport: Sendable {
  /// nil for given depths.
  public let threshold: Double?
  public let expectedStoppingDepth: Interval
  /// In nats an answer.
  public let stoppingLoss: Interval
  public let accuracy: Interval
  /// The loss on the recorded full-depth path at the same depths: what one gets when halted tokens go on being computed for the others.
  public let recordedStoppingLoss: Interval
  /// `stoppingLoss - recordedStoppingLoss`: what it costs that others see copied states.
  public let copyingEffect: Interval
  /// The share of answers whose class copying changes.
  public let changedAnswers: Interval
  /// At the last exit of the full-depth path.
  public let fullDepthLoss: Interval
  /// Mean floating-point operations of a sequence, and their share of full depth's with one head an answer.
  public let operations: Interval
  public let operationsShare: Double
  public let sequenceLevel: SequenceLevel
  /// Law of tau on 0...L.
  public let law: [Double]
  /// Mean depth and loss of each answer's place in its sequence.
  public let depthByPlace: [Double]
  public let lossByPlace: [Double]

  /// All answers of a sequence stopped together, at (nearly) the same mean depth.
  public struct SequenceLevel: Equatable, Sendable {
    public let threshold: Double
    public let expectedStoppingDepth: Interval
    public let stoppingLoss: Interval
    public let accuracy: Interval
    public let operations: Interval
    /// Loss of token-level halting minus its loss, paired.
    public let difference: Interval
  }

  /// - Parameters:
  ///   - recorded: the full-depth paths of the same answers in the same order.
  ///   - feature: what sequence-level halting averages over a sequence's answers.
  ///   - reading: what both levels compute on the way.
  /// - Throws: `InputError.usage` when the paths lack the feature.
  public init(
    _ halted: HaltedTokens, recorded: StoppingPaths, feature: String, reading: ExitReading, threshold: Double? = nil,
    seed: UInt64 = 0, threads: Int = 1
  ) throws {
    let (n, answers, last) = (recorded.sampleCount, halted.answersPerSample, recorded.blockCount)
    precondition(halted.depths.count == n, "\(halted.depths.count) answers, \(n) recorded")
    let tau = halted.depths
    let mean = Double(tau.reduce(0, +)) / Double(n)
    let sequences = try SequenceHalting(recorded, feature: feature, meanDepth: mean)
    let together = (0..<n).map { sequences.depths[$0 / answers] }
    func rows(_ value: (Int) -> Double) -> [Double] { (0..<n).map(value) }
    func isRight(_ row: Int, _ exit: Int) -> Double { recorded.isCorrect(row, exit) == true ? 1 : 0 }
    let totals = recorded.operations?.totals(reading: reading) ?? []
    let columns = [
      rows { Double(tau[$0]) }, halted.losses, rows { halted.predictions[$0] == recorded.labels[$0] ? 1 : 0 },
      rows { recorded.loss($0, tau[$0]) }, rows { halted.losses[$0] - recorded.loss($0, tau[$0]) },
      rows { halted.predictions[$0] != recorded.predictedClass($0, tau[$0]) ? 1 : 0 }, rows { recorded.loss($0, last) },
      rows { halted.operations[$0 / answers] }, rows { Double(together[$0]) }, rows { recorded.loss($0, together[$0]) },
      rows { isRight($0, together[$0]) },
      rows { totals.isEmpty ? 0 : Double(answers) * totals[together[$0]] },
      rows { halted.losses[$0] - recorded.loss($0, together[$0]) },
    ]
    let found = Bootstrap(sampleCount: n, seed: seed, groups: (0..<n).map { $0 / answers })
      .means(columns, threads: threads)
    self.threshold = threshold
    (expectedStoppingDepth, stoppingLoss, accuracy) = (found[0], found[1], found[2])
    (recordedStoppingLoss, copyingEffect, changedAnswers) = (found[3], found[4], found[5])
    (fullDepthLoss, operations) = (found[6], found[7])
    let full = recorded.operations.map { Double(answers) * $0.totals(reading: .last)[last] } ?? .nan
    operationsShare = found[7].value / full
    sequenceLevel = SequenceLevel(
      threshold: sequences.threshold, expectedStoppingDepth: found[8], stoppingLoss: found[9], accuracy: found[10],
      operations: found[11], difference: found[12])
    law = LawDistance.empirical(tau, blocks: last)
    func places(_ values: [Double]) -> [Double] {
      (0..<answers).map { place in
        let own = stride(from: place, to: n, by: answers)
        return own.reduce(0) { $0 + values[$1] } / Double(n / answers)
      }
    }
    (depthByPlace, lossByPlace) = (places(columns[0]), places(columns[1]))
  }
}

extension TokenHaltingReport {
  public var json: JSONValue {
    [
      "threshold": JSONValue(threshold), "expected_stopping_depth": Self.json(expectedStoppingDepth),
      "stopping_loss": Self.json(stoppingLoss), "accuracy": Self.json(accuracy),
      "recorded_stopping_loss": Self.json(recordedStoppingLoss), "copying_effect": Self.json(copyingEffect),
      "changed_answers": Self.json(changedAnswers), "full_depth_loss": Self.json(fullDepthLoss),
      "operations": Self.json(operations), "operations_share": JSONValue(operationsShare),
      "stopping_law": JSONValue(law), "expected_stopping_depth_by_place": JSONValue(depthByPlace),
      "stopping_loss_by_place": JSONValue(lossByPlace),
      "sequence_level": [
        "threshold": sequenceLevel.threshold.isFinite ? JSONValue(sequenceLevel.threshold) : .null,
        "expected_stopping_depth": Self.json(sequenceLevel.expectedStoppingDepth),
        "stopping_loss": Self.json(sequenceLevel.stoppingLoss), "accuracy": Self.json(sequenceLevel.accuracy),
        "operations": Self.json(sequenceLevel.operations), "difference": Self.json(sequenceLevel.difference),
      ],
    ]
  }

  private static func json(_ interval: Interval) -> JSONValue {
    ["value": JSONValue(interval.value), "lower": JSONValue(interval.lower), "upper": JSONValue(interval.upper)]
  }

  /// A row a threshold: `threshold`, then means with bounds.
  public static func table(_ reports: [TokenHaltingReport]) -> Table {
    var table = Table(name: "token-halting")
    table.add("threshold", reports.map { $0.threshold ?? .nan })
    table.add("expected_stopping_depth", reports.map(\.expectedStoppingDepth))
    table.add("stopping_loss", reports.map(\.stoppingLoss))
    table.add("accuracy", reports.map(\.accuracy))
    table.add("recorded_stopping_loss", reports.map(\.recordedStoppingLoss))
    table.add("copying_effect", reports.map(\.copyingEffect))
    table.add("operations", reports.map(\.operations))
    table.add("operations_share", reports.map(\.operationsShare))
    table.add("sequence_stopping_depth", reports.map(\.sequenceLevel.expectedStoppingDepth))
    table.add("sequence_stopping_loss", reports.map(\.sequenceLevel.stoppingLoss))
    table.add("difference_from_sequence", reports.map(\.sequenceLevel.difference))
    return table
  }

  /// A row a threshold and place of an answer: `threshold`, `token`, `expected_stopping_depth`, `stopping_loss`.
  public static func placeTable(_ reports: [TokenHaltingReport]) -> Table {
    let rows = reports.flatMap { report in report.depthByPlace.indices.map { (report, $0) } }
    var table = Table(name: "token-places")
    table.add("threshold", rows.map { $0.0.threshold ?? .nan })
    table.add("token", rows.map(\.1))
    table.add("expected_stopping_depth", rows.map { $0.0.depthByPlace[$0.1] })
    table.add("stopping_loss", rows.map { $0.0.lossByPlace[$0.1] })
    return table
  }
}
