/// What came of a run over some samples: its cost, and why it ended early if it did.
struct LaneOutcome: Sendable {
  let statistics: Trajectory.Statistics
  let failure: IntegrationError?

  /// The sum of all.
  ///
  /// - Throws: the first failure, with what all of them have cost together; one sample alone is not named.
  static func statistics(_ outcomes: [LaneOutcome], of count: Int) throws(IntegrationError) -> Trajectory.Statistics {
    let sum = outcomes.reduce(Trajectory.Statistics()) { $0 + $1.statistics }
    guard let failure = outcomes.lazy.compactMap(\.failure).first else { return sum }
    throw failure.ofSample(count == 1 ? nil : failure.sample).afterSpending(sum)
  }
}

extension LaneRun {
  func outcome(of range: Range<Int>) -> LaneOutcome {
    do throws(IntegrationError) {
      try run(range)
      return LaneOutcome(statistics: statistics, failure: nil)
    } catch {
      return LaneOutcome(statistics: statistics, failure: error)
    }
  }
}
