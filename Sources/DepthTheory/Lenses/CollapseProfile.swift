import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation

/// The collapse of one network over its depth, beside the law of tau.
struct CollapseProfile {
  struct Exit {
    let nc1: Interval?
    let nc2: Interval?
    let nc3: Interval?
  }

  let name: String
  let rule: String
  let blocks: Int
  let exits: [Exit]
  /// nil without logits.
  let accuracy: [Double?]
  /// s_k; empty where NC1 never falls or is not defined.
  let shares: [Double]
  let collapseDepth: Double?
  /// Of tau.
  let law: [Double]
  let meanDepth: Double
  let distances: (kolmogorovSmirnov: Double, wasserstein: Double)?
  /// Classes that have samples.
  let classes: [Int]
  let classDepths: [Double?]
  let classMeanDepths: [Double]
  let classCorrelation: Interval?
  let sampleCorrelation: Interval?
  let warnings: [String]

  var hasLaw: Bool { collapseDepth != nil }

  init(_ subject: LensSubject, threads: Int) throws {
    let (layers, depths) = (subject.layers, subject.depths)
    let groups = try Self.groups(subject)
    let found = Parallel.map(layers.exits.count, threads: threads) { k in
      Result { try Self.look(layers, k, groups) }
    }
    let looks = try found.map { try $0.get() }
    (name, rule, blocks, exits) = (subject.name, subject.rule, subject.blocks, looks.map(\.exit))
    accuracy = (0..<layers.exits.count).map { k in Self.accuracy(subject.paths, k) }
    shares = Self.shares(looks.map(\.whole.nc1))
    collapseDepth = Self.meanDepth(shares)
    law = LawDistance.empirical(depths, blocks: subject.blocks)
    meanDepth = Double(depths.reduce(0, +)) / Double(depths.count)
    distances = Self.distances(shares, law)
    classes = Array(0..<layers.classCount)
    classDepths = classes.map { label in
      Self.meanDepth(Self.shares(looks.map { $0.whole.classes.isEmpty ? nil : $0.whole.classes[label] }))
    }
    classMeanDepths = Self.means(depths, layers.labels, layers.classCount)
    let pairs = zip(classDepths, classMeanDepths).compactMap { depth, mean in depth.map { ($0, mean) } }
    classCorrelation = RankCorrelation.spearman(pairs.map(\.0), pairs.map(\.1))
    sampleCorrelation = RankCorrelation.spearman(
      Self.logDistances(looks.map(\.whole.samples), layers.sampleCount), depths.map(Double.init))
    let blind = looks.indices.filter { looks[$0].whole.nc1 == nil }
    warnings =
      blind.isEmpty
      ? [] : ["\(subject.name): all class means coincide at exit \(blind.map(String.init).joined(separator: ", "))"]
  }

  private struct Look {
    let exit: Exit
    let whole: CollapseMeasures
  }

  private static func look(_ layers: RecordedLayers, _ k: Int, _ groups: Int) throws -> Look {
    let sums = CollapseSums(layers.exits[k], labels: layers.labels, classes: layers.classCount, groups: groups)
    let whole = try sums.measures()
    let parts = try (0..<groups).map { try sums.measures(without: $0) }
    func interval(_ member: (CollapseMeasures) -> Double?) -> Interval? {
      let others = parts.compactMap(member)
      guard let value = member(whole), others.count == groups else { return nil }
      return Self.jackknife(value, others)
    }
    return Look(exit: Exit(nc1: interval(\.nc1), nc2: interval(\.nc2), nc3: interval(\.nc3)), whole: whole)
  }

  /// Student's interval on pseudo-values, cut at 0: all three measures are non-negative.
  private static func jackknife(_ value: Double, _ others: [Double]) -> Interval {
    let n = Double(others.count)
    let spread = Interval(replicates: others.map { n * value - (n - 1) * $0 })
    let half = (spread.upper - spread.lower) / 2
    return Interval(value: value, lower: max(0, value - half), upper: value + half)
  }

  /// As many groups as the jackknife takes: no class may vanish when one is left out.
  private static func groups(_ subject: LensSubject) throws -> Int {
    let layers = subject.layers
    guard layers.classCount > 1 else { throw InputError.data("\(subject.name): one class alone does not collapse") }
    for groups in (2...NeuralCollapseLens.mostGroups).reversed() {
      var seen = [Set<Int>](repeating: [], count: layers.classCount)
      for (i, label) in layers.labels.enumerated() { seen[label].insert(i % groups) }
      if seen.allSatisfy({ $0.count > 1 }) { return groups }
    }
    var counts = [Int](repeating: 0, count: layers.classCount)
    for label in layers.labels { counts[label] += 1 }
    let poor = counts.indices.min { counts[$0] < counts[$1] } ?? 0
    throw InputError.data(
      "\(subject.name): class \(poor) has \(counts[poor]) of \(layers.sampleCount) samples, too few for within-class covariances; record more"
    )
  }

  private static func accuracy(_ paths: StoppingPaths, _ k: Int) -> Double? {
    let right = (0..<paths.sampleCount).compactMap { paths.isCorrect($0, k) }
    return right.isEmpty ? nil : Double(right.count { $0 }) / Double(right.count)
  }

  /// Shares of the fall of `ln nc` that are done at each exit; empty where it never falls. Before the class means part there is no
  /// NC1: the fall begins where there is.
  static func shares(_ nc: [Double?]) -> [Double] {
    var (lowest, running) = (Double.infinity, [Double]())
    for value in nc {
      if let value, value > 0 { lowest = min(lowest, log(value)) }
      running.append(lowest)
    }
    guard let first = running.first(where: \.isFinite), first > lowest else { return [] }
    return running.map { $0.isFinite ? (first - $0) / (first - lowest) : 0 }
  }

  private static func meanDepth(_ shares: [Double]) -> Double? {
    shares.isEmpty ? nil : shares.dropLast().reduce(0) { $0 + (1 - $1) }
  }

  private static func distances(
    _ shares: [Double], _ law: [Double]
  ) -> (kolmogorovSmirnov: Double, wasserstein: Double)? {
    guard !shares.isEmpty else { return nil }
    let collapse = shares.indices.map { $0 == 0 ? shares[0] : shares[$0] - shares[$0 - 1] }
    return (LawDistance.kolmogorovSmirnov(collapse, law), LawDistance.wasserstein(collapse, law))
  }

  private static func means(_ depths: [Int], _ labels: [Int], _ classes: Int) -> [Double] {
    var (sums, counts) = ([Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes))
    for (depth, label) in zip(depths, labels) {
      sums[label] += Double(depth)
      counts[label] += 1
    }
    return zip(sums, counts).map { $0 / $1 }
  }

  /// The mean over exits of each sample's log distance to its class mean.
  private static func logDistances(_ squares: [[Double]], _ count: Int) -> [Double] {
    let seen = squares.filter { !$0.isEmpty }
    return (0..<count).map { i in
      seen.reduce(0) { $0 + log(max($1[i], .leastNormalMagnitude)) } / Double(max(1, seen.count))
    }
  }

  var json: JSONValue {
    [
      "run": .string(name), "rule": .string(rule), "blocks": .integer(blocks),
      "exits": .array(
        exits.map { exit in
          ["nc1": exit.nc1?.json ?? .null, "nc2": exit.nc2?.json ?? .null, "nc3": exit.nc3?.json ?? .null]
        }),
      "collapse_depth": JSONValue(collapseDepth),
      "expected_stopping_depth": [["at": .null, "value": JSONValue(meanDepth)]],
      "distance": distances.map { pair in
        [
          "kolmogorov_smirnov": JSONValue(pair.kolmogorovSmirnov), "wasserstein": JSONValue(pair.wasserstein),
        ]
      } ?? .null,
      "class_rank_correlation": classCorrelation?.json ?? .null,
      "sample_rank_correlation": sampleCorrelation?.json ?? .null,
    ]
  }

  var text: String {
    func shown(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "none" }
    let ends = [exits.first, exits.last].map { shown($0??.nc1?.value) }.joined(separator: " to ")
    return
      "\(name): NC1 \(ends) over \(blocks) blocks, collapse depth \(shown(collapseDepth)), E tau \(shown(meanDepth)) (\(rule)); "
      + "KS of the two laws \(shown(distances?.kolmogorovSmirnov)); rank correlation with tau: classes "
      + "\(shown(classCorrelation?.value)), samples \(shown(sampleCorrelation?.value))"
  }
}
