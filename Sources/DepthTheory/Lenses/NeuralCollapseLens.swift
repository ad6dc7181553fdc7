import DepthNumerics
public import DepthRuns
public import DepthStopping

/// Neural collapse exit by exit, and whether halting follows it (arXiv 2505.15239).
///
/// NC1, NC2, NC3 as in `CollapseMeasures`, with intervals by the delete-a-group jackknife (Student). The collapse's own law over
/// depth: `s_k` = share of the whole fall of ln NC1 (running minimum) that is done at exit k, its increments a law on 0...L with
/// mean `collapse_depth`. Held against the law of tau by Kolmogorov-Smirnov and Wasserstein distance; class by class by the rank
/// correlation of a class's own collapse depth with its mean tau; sample by sample by that of the mean over exits of a sample's
/// log distance to its class mean (in S_B^+) with tau; over several runs by that of the networks' collapse depths with E tau.
/// It describes: a sample's distance needs its label, so that nothing here is a rule. O(n d K) an exit, ten times for the intervals.
public struct NeuralCollapseLens: Lens {
  public init() {}

  public let name = "neural-collapse"
  public let summary = "NC1 to NC3 at every exit, and whether halting follows the collapse (arXiv 2505.15239)"
  /// Groups of the jackknife.
  static let mostGroups = 10

  public func report(_ runs: [LensSubject], threads: Int) throws -> LensReport {
    let profiles = try runs.map { try CollapseProfile($0, threads: threads) }
    let networks =
      RankCorrelation.spearman(profiles.compactMap(\.collapseDepth), profiles.filter(\.hasLaw).map(\.meanDepth))
    return LensReport(
      tables: [Self.exitTable(profiles), Self.networkTable(profiles), Self.classTable(profiles)],
      results: [
        "runs": .array(profiles.map(\.json)), "networks_rank_correlation": networks?.json ?? .null,
      ], text: profiles.map(\.text) + Self.text(networks, profiles.count), warnings: profiles.flatMap(\.warnings),
      picture: LensReport.Picture(table: "collapse", x: "block", y: "nc1", by: "run", hasLogarithmicY: true))
  }

  private static func text(_ networks: Interval?, _ count: Int) -> [String] {
    guard let networks else { return [] }
    let range = "[\(networks.lower), \(networks.upper)]"
    return ["over \(count) networks: rank correlation of collapse depth and E tau \(networks.value) \(range)"]
  }

  /// Tidy: a row a run and exit.
  private static func exitTable(_ profiles: [CollapseProfile]) -> Table {
    let missing = Interval(value: .nan, lower: .nan, upper: .nan)
    var table = Table(name: "collapse")
    let rows = profiles.flatMap { profile in profile.exits.indices.map { (profile, $0) } }
    table.add("run", rows.map(\.0.name))
    table.add("blocks", rows.map { Double($0.0.blocks) })
    table.add("block", rows.map { Double($0.1) })
    table.add("nc1", rows.map { $0.0.exits[$0.1].nc1 ?? missing })
    table.add("nc2", rows.map { $0.0.exits[$0.1].nc2 ?? missing })
    table.add("nc3", rows.map { $0.0.exits[$0.1].nc3 ?? missing })
    table.add("accuracy", rows.map { $0.0.accuracy[$0.1] ?? .nan })
    table.add("collapse_share", rows.map { $0.0.shares.isEmpty ? .nan : $0.0.shares[$0.1] })
    table.add("stopping_law", rows.map { $0.0.law[$0.1] })
    return table
  }

  /// A row a run.
  private static func networkTable(_ profiles: [CollapseProfile]) -> Table {
    let missing = Interval(value: .nan, lower: .nan, upper: .nan)
    var table = Table(name: "collapse-networks")
    table.add("run", profiles.map(\.name))
    table.add("blocks", profiles.map { Double($0.blocks) })
    table.add("collapse_depth", profiles.map { $0.collapseDepth ?? .nan })
    table.add("expected_stopping_depth", profiles.map(\.meanDepth))
    table.add("kolmogorov_smirnov", profiles.map { $0.distances?.kolmogorovSmirnov ?? .nan })
    table.add("wasserstein", profiles.map { $0.distances?.wasserstein ?? .nan })
    table.add("class_rank_correlation", profiles.map { $0.classCorrelation ?? missing })
    table.add("sample_rank_correlation", profiles.map { $0.sampleCorrelation ?? missing })
    return table
  }

  /// A row a run and class.
  private static func classTable(_ profiles: [CollapseProfile]) -> Table {
    var table = Table(name: "collapse-classes")
    let rows = profiles.flatMap { profile in profile.classDepths.indices.map { (profile, $0) } }
    table.add("run", rows.map(\.0.name))
    table.add("class", rows.map { Double($0.0.classes[$0.1]) })
    table.add("collapse_depth", rows.map { $0.0.classDepths[$0.1] ?? .nan })
    table.add("expected_stopping_depth", rows.map { $0.0.classMeanDepths[$0.1] })
    return table
  }
}
