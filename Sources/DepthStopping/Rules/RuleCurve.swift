public import DepthNumerics
public import DepthRuns

/// Accuracy, loss and operations of every rule against its mean depth, as its threshold or its running cost varies.
///
/// Families are made on the fit part; every member is shown on the test part, so that no point of a curve is chosen there.
public struct RuleCurve: Equatable, Sendable {
  public struct Point: Equatable, Sendable {
    public let rule: String
    public let seesLabels: Bool
    /// Threshold, patience, depth or running cost.
    public let parameter: Double
    public let expectedStoppingDepth: Interval
    public let stoppingLoss: Interval
    /// nil without labels.
    public let accuracy: Interval?
    /// nil where the paths do not tell.
    public let operations: Double?
  }

  public let points: [Point]
  /// Per family the shallowest member that keeps the last exit's accuracy on the fit part but for `accuracyTolerance`, judged on
  /// the test part; empty without labels.
  public let equalAccuracy: [Point]

  /// 0.3 points.
  public static let accuracyTolerance = 0.003

  public init(_ families: [RuleFamily], fitting fit: StoppingPaths, judging test: StoppingPaths, threads: Int = 1) {
    let hasLabels = fit.classCount > 0 && !fit.labels.isEmpty
    let judged = Parallel.map(families.count, threads: threads) { index -> (points: [Point], equal: Point?) in
      let family = families[index]
      let points = Self.points(family, test)
      guard hasLabels, !family.seesLabels else { return (points, nil) }
      let fitted = Self.points(family, fit)
      let last = Self.lastAccuracy(fit)
      let kept = fitted.indices.filter { (fitted[$0].accuracy?.value ?? 0) >= last - Self.accuracyTolerance }
      let shallowest = kept.min {
        fitted[$0].expectedStoppingDepth.value < fitted[$1].expectedStoppingDepth.value
      }
      return (points, shallowest.map { points[$0] })
    }
    points = judged.flatMap(\.points)
    equalAccuracy = judged.compactMap(\.equal)
  }

  private static func lastAccuracy(_ paths: StoppingPaths) -> Double {
    let right = (0..<paths.sampleCount).filter { paths.isCorrect($0, paths.blockCount) == true }.count
    return Double(right) / Double(paths.sampleCount)
  }

  /// The normal interval of a mean serves here: hundreds of points would each need the whole bootstrap.
  private static func points(_ family: RuleFamily, _ paths: StoppingPaths) -> [Point] {
    zip(family.parameters, family.depths(paths)).map { parameter, depths in
      let outcome = RuleOutcome(depths, reading: family.reading, on: paths, 0)
      return Point(
        rule: family.name, seesLabels: family.seesLabels, parameter: parameter,
        expectedStoppingDepth: Interval(meanOf: outcome.columns[1]), stoppingLoss: Interval(meanOf: outcome.columns[2]),
        accuracy: outcome.hasLabels ? Interval(meanOf: outcome.columns[3]) : nil,
        operations: outcome.hasOperations ? Statistics.mean(outcome.columns[outcome.columns.count - 1]) : nil)
    }
  }

  /// Tidy: `rule`, `parameter` (empty where infinite), then means with bounds, `operations`, `sees_labels`.
  public var table: Table { Self.table(points, name: "accuracy_depth") }

  /// The same columns, a row a family.
  public var equalAccuracyTable: Table { Self.table(equalAccuracy, name: "equal-accuracy") }

  private static func table(_ points: [Point], name: String) -> Table {
    let missing = Interval(value: .nan, lower: .nan, upper: .nan)
    var table = Table(name: name)
    table.add("rule", points.map(\.rule))
    table.add("parameter", points.map(\.parameter))
    table.add("expected_stopping_depth", points.map(\.expectedStoppingDepth))
    table.add("accuracy", points.map { $0.accuracy ?? missing })
    table.add("stopping_loss", points.map(\.stoppingLoss))
    table.add("operations", points.map { $0.operations ?? .nan })
    table.add("sees_labels", points.map { $0.seesLabels ? "yes" : "no" })
    return table
  }
}

extension Table {
  /// Three columns: the values, `_lower` and `_upper`.
  public mutating func add(_ name: String, _ intervals: [Interval]) {
    add(name, intervals.map(\.value))
    add("\(name)_lower", intervals.map(\.lower))
    add("\(name)_upper", intervals.map(\.upper))
  }
}
