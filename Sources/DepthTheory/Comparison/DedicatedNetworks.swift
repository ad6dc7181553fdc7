public import DepthNumerics
public import DepthRuns
public import DepthStopping

/// Networks trained for one depth each, judged at their last exit on the samples of the network with exits.
///
/// What early exits are up against: a network of L' blocks costs c L' and has all its training in its one head.
public struct DedicatedNetworks: Sendable {
  /// Names of the runs, by depth.
  public let names: [String]
  /// One per run, by depth.
  public let evaluations: [RuleEvaluation]
  /// The one of least objective on the fit part, as the rule `dedicated`.
  public let best: RuleEvaluation

  /// - Throws: `InputError.data` when a run's fit or test part has other samples than `paths` (told by their labels).
  public init(
    _ runs: [(name: String, paths: StoppingPaths)], alongside paths: StoppingPaths, runningCost c: Double,
    bootstrap: Bootstrap, threads: Int = 1
  ) throws {
    precondition(!runs.isEmpty, "no runs")
    let own = try paths.fitAndTest()
    let sorted = runs.sorted { $0.paths.blockCount < $1.paths.blockCount }
    let parts = try sorted.map { run in
      let parts = try run.paths.fitAndTest()
      for (name, mine, other) in [("fit", own.fit, parts.fit), ("test", own.test, parts.test)] {
        guard mine.sampleCount == other.sampleCount, mine.labels == other.labels else {
          throw InputError.data(
            "\(run.name): its \(name) part holds other samples (\(other.sampleCount)) than the run that it is compared with "
              + "(\(mine.sampleCount)); train both on the same data with the same seed")
        }
      }
      return parts
    }
    names = sorted.map(\.name)
    evaluations = parts.map { part in
      RuleEvaluation(
        DedicatedDepth(depth: part.test.blockCount), on: part.test, runningCost: c, bootstrap: bootstrap,
        threads: threads)
    }
    let objectives = parts.map { RuleEvaluation.objective(FullDepth(), $0.fit, c) }
    best = evaluations[objectives.indices.min { objectives[$0] < objectives[$1] } ?? 0]
  }

  public var json: JSONValue {
    .array(
      zip(names, evaluations).map { name, evaluation in
        .object(RuleTable.json(evaluation).merging(["run": .string(name)]) { $1 })
      })
  }

  /// The columns of the rules' table and `run`.
  public func table(runningCost: Double) -> Table {
    var table = RuleTable.table(evaluations, runningCost: runningCost, name: "dedicated")
    table.add("run", names)
    return table
  }
}

/// The last exit of a network made for its depth.
private struct DedicatedDepth: StoppingRule {
  let name = "dedicated"
  let depth: Int
  var reading: ExitReading { .last }
  var parameters: [String: JSONValue] { ["depth": .integer(depth)] }
  func stoppingDepths(_ paths: StoppingPaths) -> [Int] { [Int](repeating: depth, count: paths.sampleCount) }
}
