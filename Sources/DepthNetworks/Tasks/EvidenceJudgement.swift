public import DepthNumerics
public import DepthRuns
public import DepthStopping

/// A trained network's halting on `evidence` against the exact optimum, on the same test samples.
///
/// The optimal rule stops on the exact posterior and predicts by it. A rule's excess is the mean over the test samples of its cost
/// minus the optimal rule's on the same sample, as a share of the exact objective: sampling noise common to both drops out.
public struct EvidenceJudgement: Sendable {
  public struct Excess: Equatable, Sendable {
    public let rule: String
    /// `(J(rule) - J(optimal rule)) / V_0`; bootstrap interval, paired.
    public let share: Interval
  }

  public let optimum: EvidenceOptimum
  /// The optimal rule on the test samples; its interval should hold `optimum.objective`.
  public let realised: Interval
  public let excesses: [Excess]

  /// - Parameters:
  ///   - split: of the run, a part a sample of the task's data.
  ///   - evaluations: rules judged on its test part at `runningCost`, losses of kind `loss`.
  /// - Throws: as `EvidenceTask.optimum`; `InputError.data` where the run is not of this task's samples.
  public init(
    _ task: EvidenceTask, split: [StoppingPaths.Split], evaluations: [RuleEvaluation], runningCost: Double,
    loss: StoppingLossKind, seed: UInt64 = 0, threads: Int = 1
  ) throws {
    let dataset = try task.dataset()
    let test = split.indices.filter { split[$0] == .test }
    guard split.count == dataset.sampleCount, evaluations.allSatisfy({ $0.costs.count == test.count }) else {
      throw InputError.data("the run's \(split.count) samples are not those of its task, \(dataset.sampleCount)")
    }
    let optimum = try task.optimum(runningCost: runningCost, loss: loss)
    let posterior = task.posteriorPaths(dataset, loss: loss)
    let depths = task.stoppingDepths(dataset, under: optimum)
    let costs = test.map { posterior.loss($0, depths[$0]) + runningCost * Double(depths[$0]) }
    let bootstrap = Bootstrap(sampleCount: test.count, seed: seed)
    realised = bootstrap.mean(costs, threads: threads)
    let intervals = bootstrap.means(
      evaluations.map { zip($0.costs, costs).map { ($0 - $1) / optimum.objective } }, threads: threads)
    excesses = zip(evaluations, intervals).map { Excess(rule: $0.name, share: $1) }
    self.optimum = optimum
  }

  public var json: JSONValue {
    [
      "objective": JSONValue(optimum.objective), "error_bound": JSONValue(optimum.errorBound),
      "error_bound_kind": "estimate", "expected_stopping_depth": JSONValue(optimum.expectedStoppingDepth),
      "law": JSONValue(optimum.law), "thresholds": JSONValue(optimum.thresholds), "realised": realised.json,
      "excess": .array(excesses.map { ["rule": .string($0.rule), "share": $0.share.json] }),
    ]
  }

  /// Columns `rule`, `excess` with bounds, `exact_objective`, `exact_depth`.
  public var table: Table {
    var table = Table(name: "exact-optimum")
    table.add("rule", excesses.map(\.rule))
    table.add("excess", excesses.map(\.share))
    table.add("exact_objective", excesses.map { _ in optimum.objective })
    table.add("exact_depth", excesses.map { _ in optimum.expectedStoppingDepth })
    return table
  }
}

extension EvidenceTask {
  /// The task of a run's recorded configuration; nil where its data are something else.
  ///
  /// - Throws: `InputError` for parameters out of range.
  public init?(configuration: [String: JSONValue]) throws {
    guard configuration["data"]?.stringValue == Self.entry.name else { return nil }
    let source = DataSource.task(Self.entry.name)
    try self.init(source.values(source.settings(configuration["parameters"])))
  }
}
