import DepthNetworks
import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// What `depth infer` finds: how each rule answers the requests, and what skipping saves.
struct InferReport {
  /// One rule at one cost: on all requests, or on those that brought it.
  struct Judged {
    let rule: String
    let runningCost: Double
    let objective: Interval
    let accuracy: Interval
    let depth: Interval
    let stoppingLoss: Interval
    let operations: Double
    let requests: Int
    /// Of the recorded depths: how many are the same; nil for other data.
    let sameDepth: Double?
    /// Index among the measured speeds.
    let run: Int
  }

  /// One rule on one stream of requests.
  struct Measured {
    let rule: String
    /// nil where requests bring their own.
    let runningCost: Double?
    /// Of full depth over mean operations.
    let operationsRatio: Double
    /// At batch size 1, and at the size given.
    let speeds: [InferenceSpeed]
  }

  let judged: [Judged]
  let measured: [Measured]
  private let threads: Int

  /// About what a turn takes at full depth.
  private static let turnSeconds = 0.2

  /// The rule at every cost.
  private static func rules(_ name: String, _ setting: InferCommand.Setting) throws -> [any OnlineRule] {
    guard name == TheoryBoundary.name else {
      return try RuleCatalogue.online(
        name, on: setting.fit, runningCosts: setting.costs.costs, threads: setting.threads)
    }
    return try setting.costs.costs.map {
      try TheoryBoundary.rule(fitting: setting.fit, runningCost: $0, threads: setting.threads)
    }
  }

  /// - Throws: `InputError` as rules do, `NonFiniteAnswer`.
  init<Scalar: MatrixScalar>(_ setting: InferCommand.Setting, _ precision: Scalar.Type) throws {
    let requests = InferenceRequests<Scalar>(
      setting.dataset, samples: setting.samples, augmentation: setting.augmentation)
    let sizes = setting.batchSize == 1 ? [1] : [1, setting.batchSize]
    func inference(_ rules: [any OnlineRule], _ size: Int) -> SkippingInference<Scalar> {
      SkippingInference(setting.network, rules: rules, batchSize: size, threads: setting.threads)
    }
    let full = sizes.map { inference([FullDepth()], $0) }
    var (judged, measured) = ([Judged](), [Measured]())
    for name in setting.rules {
      let rules = try Self.rules(name, setting)
      // each cost a run of its own, or all in one
      let assigned = setting.costs.assigned
      let runs = assigned == nil ? rules.map { [$0] } : [rules]
      for (index, run) in runs.enumerated() {
        let skipping = sizes.map { inference(run, $0) }
        let outcome = try InferenceOutcome(
          skipping[sizes.count - 1], requests, rules: assigned, lossKind: setting.lossKind)
        let cost = assigned == nil ? setting.costs.costs[index] : nil
        let totals = setting.network.architecture.exitOperations.totals(reading: skipping[0].reading)
        let operations = outcome.stoppingDepths.map { totals[$0] }
        let fullOperations = setting.network.architecture.exitOperations.totals(reading: .last).last ?? 0
        judged += Self.judge(setting, outcome, assigned, run, cost, operations, measured.count)
        measured.append(
          Measured(
            rule: name, runningCost: cost, operationsRatio: fullOperations / Statistics.mean(operations),
            speeds: zip(full, skipping).map {
              InferenceSpeed(
                full: $0, skipping: $1, requests, rules: assigned, turns: setting.turns, seconds: Self.turnSeconds)
            }))
      }
    }
    (self.judged, self.measured, threads) = (judged, measured, setting.threads)
  }

  /// A row for the cost of the run, or for each cost that requests brought.
  private static func judge(
    _ setting: InferCommand.Setting, _ outcome: InferenceOutcome, _ assigned: [Int]?, _ rules: [any OnlineRule],
    _ cost: Double?, _ operations: [Double], _ run: Int
  ) -> [Judged] {
    rules.indices.map { index in
      let members = outcome.stoppingDepths.indices.filter { (assigned?[$0] ?? index) == index }
      let (runningCost, rule) = (cost ?? setting.costs.costs[index], rules[index])
      let depths = members.map { Double(outcome.stoppingDepths[$0]) }
      let losses = members.map { outcome.stoppingLoss[$0] }
      let recorded = setting.recorded.map { rule.stoppingDepths($0.selecting(members)) }
      return Judged(
        rule: rule.name, runningCost: runningCost,
        objective: Interval(meanOf: zip(losses, depths).map { $0 + runningCost * $1 }),
        accuracy: Interval(meanOf: members.map { outcome.correct[$0] }), depth: Interval(meanOf: depths),
        stoppingLoss: Interval(meanOf: losses), operations: Statistics.mean(members.map { operations[$0] }),
        requests: members.count,
        sameDepth: recorded.map { recorded in
          let same = zip(members, recorded).filter { outcome.stoppingDepths[$0] == $1 }
          return Double(same.count) / Double(members.count)
        }, run: run)
    }
  }

  /// Few depths may move by rounding in single precision; many mean that the network is not the recorded one.
  var warnings: [String] {
    judged.compactMap { row in
      guard let same = row.sameDepth, same < 0.99 else { return nil }
      return "\(row.rule) at c = \(row.runningCost): only \(same) of the requests halt where the recorded paths do"
    }
  }

  private static func json(_ interval: Interval) -> JSONValue {
    ["value": JSONValue(interval.value), "lower": JSONValue(interval.lower), "upper": JSONValue(interval.upper)]
  }

  var results: [String: JSONValue] {
    let rules = judged.map { row -> JSONValue in
      [
        "name": .string(row.rule), "running_cost": JSONValue(row.runningCost),
        "objective": JSONValue(row.objective.value), "accuracy": JSONValue(row.accuracy.value),
        "expected_stopping_depth": [
          [
            "at": .null, "value": JSONValue(row.depth.value), "lower": JSONValue(row.depth.lower),
            "upper": JSONValue(row.depth.upper),
          ]
        ],
        "operations": JSONValue(row.operations), "requests": .integer(row.requests),
        "same_depth_as_recorded": JSONValue(row.sameDepth),
        "intervals": [
          "objective": Self.json(row.objective), "accuracy": Self.json(row.accuracy),
          "expected_stopping_depth": Self.json(row.depth), "stopping_loss": Self.json(row.stoppingLoss),
        ],
      ]
    }
    let speeds = measured.flatMap { run in
      run.speeds.map { speed -> JSONValue in
        [
          "rule": .string(run.rule), "running_cost": JSONValue(run.runningCost),
          "batch_size": .integer(speed.batchSize), "threads": .integer(threads),
          "full_seconds_per_sample": JSONValue(speed.fullSecondsPerSample),
          "skipping_seconds_per_sample": JSONValue(speed.skippingSecondsPerSample), "ratio": JSONValue(speed.ratio),
          "ratio_lowest": JSONValue(speed.ratioRange.lowerBound),
          "ratio_highest": JSONValue(speed.ratioRange.upperBound),
          "operations_ratio": JSONValue(run.operationsRatio), "requests": .integer(speed.requests),
        ]
      }
    }
    return ["rules": .array(rules), "speed_up": .array(speeds)]
  }

  /// Tidy: a row for each rule, cost and batch size.
  var table: Table {
    let rows = judged.flatMap { row in measured[row.run].speeds.map { (row: row, speed: $0) } }
    var table = Table(name: "inference")
    table.add("rule", rows.map(\.row.rule))
    table.add("running_cost", rows.map(\.row.runningCost))
    table.add("requests", rows.map(\.row.requests))
    table.add("objective", rows.map(\.row.objective))
    table.add("accuracy", rows.map(\.row.accuracy))
    table.add("expected_stopping_depth", rows.map(\.row.depth))
    table.add("stopping_loss", rows.map(\.row.stoppingLoss))
    table.add("operations", rows.map(\.row.operations))
    table.add("operations_ratio", rows.map { measured[$0.row.run].operationsRatio })
    table.add("batch_size", rows.map(\.speed.batchSize))
    table.add("full_seconds_per_sample", rows.map(\.speed.fullSecondsPerSample))
    table.add("skipping_seconds_per_sample", rows.map(\.speed.skippingSecondsPerSample))
    table.add("speed_up", rows.map(\.speed.ratio))
    return table
  }

  var text: [String] {
    func short(_ value: Double) -> String { String(format: "%.4f", value) }
    func significant(_ value: Double) -> String { String(format: "%.3g", value) }
    return measured.indices.flatMap { run in
      let own = judged.filter { $0.run == run }
      let lines = own.map { row in
        "\(row.rule) at c = \(row.runningCost), \(row.requests) requests: accuracy \(short(row.accuracy.value)), "
          + "E tau = \(short(row.depth.value)), J = \(short(row.objective.value)), \(significant(row.operations)) FLOP"
      }
      return lines
        + measured[run].speeds.map { speed in
          "  batches of \(speed.batchSize): \(significant(1e6 * speed.skippingSecondsPerSample)) us a request, "
            + "\(significant(1e6 * speed.fullSecondsPerSample)) at full depth, \(significant(speed.ratio)) times as fast "
            + "(\(significant(speed.ratioRange.lowerBound)) to \(significant(speed.ratioRange.upperBound))); "
            + "\(significant(measured[run].operationsRatio)) times fewer operations"
        }
    }
  }
}
