public import DepthRuns

/// `full-depth`: never stops before the last exit.
public struct FullDepth: OnlineRule {
  public let name = "full-depth"
  public init() {}
  public var reading: ExitReading { .last }
  public var inputs: RuleInputs { .none }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    shown.decide(into: stops) { _, _, _ in false }
  }
}

/// `fixed-depth`: one depth for all samples.
public struct FixedDepth: OnlineRule {
  public let name = "fixed-depth"
  public let depth: Int
  public init(_ depth: Int) { self.depth = depth }

  /// The depth of least objective on these paths; the shallowest among ties.
  public init(fitting paths: StoppingPaths, runningCost: Double) {
    let objectives = (0..<paths.exitCount).map { k in
      (0..<paths.sampleCount).reduce(0) { $0 + paths.loss($1, k) } / Double(paths.sampleCount) + runningCost * Double(k)
    }
    depth = objectives.indices.min { objectives[$0] < objectives[$1] } ?? 0
  }

  public var reading: ExitReading { .last }
  public var parameters: [String: JSONValue] { ["depth": .integer(depth)] }

  public var inputs: RuleInputs { .none }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    shown.decide(into: stops) { _, _, _ in shown.exit >= depth }
  }
}

/// `oracle`: `argmin_k g_k + c k` of the sample itself. It sees the label: a lower bound of every rule, not a rule.
public struct Oracle: StoppingRule {
  public let name = "oracle"
  public let seesLabels = true
  public let runningCost: Double
  public init(runningCost: Double) { self.runningCost = runningCost }

  public func stoppingDepths(_ paths: StoppingPaths) -> [Int] {
    (0..<paths.sampleCount).map { sample in
      var (best, least) = (0, paths.loss(sample, 0))
      for exit in 1..<max(1, paths.exitCount) {
        let cost = paths.loss(sample, exit) + runningCost * Double(exit)
        if cost < least { (best, least) = (exit, cost) }
      }
      return best
    }
  }
}

/// `theory-boundary`: stops where a coordinate lies in given intervals, exit by exit; the last exit always stops.
public struct BoundaryRule: OnlineRule {
  public let name: String
  /// Index of the coordinate among the features.
  public let feature: Int
  /// One list per exit.
  public let intervals: [[StateInterval]]

  public init(feature: Int, intervals: [[StateInterval]], name: String = "theory-boundary") {
    self.name = name
    self.feature = feature
    self.intervals = intervals
  }

  public var inputs: RuleInputs { RuleInputs(features: [feature]) }

  public func decide(_ shown: ExitObservation, into stops: UnsafeMutablePointer<Bool>) {
    precondition(intervals.count == shown.blocks + 1, "\(intervals.count) exits, the paths have \(shown.blocks + 1)")
    let here = intervals[shown.exit]
    shown.decide(into: stops) { features, _, _ in here.contains { $0.contains(features[feature]) } }
  }
}
