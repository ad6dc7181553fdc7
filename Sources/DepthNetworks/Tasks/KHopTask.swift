public import DepthNumerics
public import DepthRuns

/// `k-hop`: pointer chasing from node 0 through one table of pointers a hop; the label is the node after the last hop.
///
/// *Shown*: block j is shown hop j's table, a fresh uniform permutation of the m nodes as a one-hot matrix (row: from, column: to),
/// and a last entry that is 1 at the sample's last hop; rows behind it are zero. The number of hops is uniform between `leastHops`
/// and `hops`. After its last hop the label is known; before, every node has probability exactly 1/m given what was shown.
/// *Tokens*: one cyclic permutation for all hops, as the sequence of its m images and then `queries` questions, each a start and a
/// number of hops h in one token, start + m (h - leastHops). Question j asks for `leastHops` + j modulo the numbers of hops there are;
/// a single one's is uniform. Each question is answered by the
/// image of its start after h hops, uniform over the m - 1 other nodes (hops < m). A block of attention can follow one pointer, but
/// everything is seen at once, so a network may also learn to compose the map with itself.
public struct KHopTask: KnownDepthTask {
  public enum Presentation: String, CaseIterable, Sendable { case shown, tokens }

  public let name = "k-hop"
  /// m.
  public let nodes: Int
  public let hops: Int
  public let leastHops: Int
  /// Of a sample as tokens.
  public let queries: Int
  public let presentation: Presentation
  public let samples: Int
  public let seed: UInt64

  /// - Parameter leastHops: nil: all samples take `hops`.
  /// - Throws: `InputError.usage` when `leastHops` is above `hops`, with tokens `hops` is not below `nodes`, or without there are
  ///   several queries.
  public init(
    nodes: Int, hops: Int, leastHops: Int? = nil, queries: Int = 1, presentation: Presentation = .shown, samples: Int,
    seed: UInt64 = 0
  ) throws {
    precondition(nodes > 1 && hops > 0 && samples > 0, "\(nodes) nodes, \(hops) hops, \(samples) samples")
    precondition(queries > 0, "\(queries) queries")
    let least = leastHops ?? hops
    guard (1...hops).contains(least) else {
      throw InputError.value(least, of: "least_hops of k-hop", allowed: "integers from 1 to hops, \(hops)")
    }
    if presentation == .tokens {
      guard hops < nodes else {
        throw InputError.value(hops, of: "hops of k-hop as tokens", allowed: "integers below nodes, \(nodes)")
      }
    } else if queries > 1 {
      throw InputError.usage("k-hop shown a table a block has one query; allowed: queries with presentation=tokens")
    }
    (self.nodes, self.hops, self.presentation, self.samples, self.seed) = (nodes, hops, presentation, samples, seed)
    (self.leastHops, self.queries) = (least, queries)
  }

  public var inputShape: InputShape {
    switch presentation {
    case .shown: .shown(steps: hops, count: nodes * nodes + 1)
    case .tokens: .tokens(length: nodes + queries, vocabulary: nodes * (hops - leastHops + 1))
    }
  }
  public var classCount: Int { nodes }
  public var answersPerSample: Int { queries }
  /// The best accuracy before the last hop is shown.
  public var chance: Double { presentation == .shown ? 1 / Double(nodes) : 1 / Double(nodes - 1) }

  public var parameters: [String: JSONValue] {
    // the identity of data with one query is older than queries
    (queries > 1 ? ["queries": .integer(queries)] : [:]).merging([
      "nodes": .integer(nodes), "hops": .integer(hops), "least_hops": .integer(leastHops),
      "presentation": .string(presentation.rawValue), "samples": .integer(samples),
      "task_seed": .string(String(seed)),
    ]) { $1 }
  }

  /// Hops of every answer; where they are shown that is the block from which on its label is known: the row that says so, and one.
  public func labelDepths(_ dataset: Dataset) -> [Int] {
    guard case .shown(let steps, let count) = dataset.inputShape else {
      return (0..<dataset.sampleCount).flatMap { sample in
        dataset.input(sample).suffix(queries).map { leastHops + Int($0) / nodes }
      }
    }
    return (0..<dataset.sampleCount).map { sample in
      let row = (0..<steps).first { dataset.inputs[(sample * steps + $0 + 1) * count - 1] == 1 }
      return (row ?? steps - 1) + 1
    }
  }

  public func draw(_ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>) -> Int {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: queries) { labels in
      labels.initialize(repeating: 0)
      draw(&stream, into: inputs, labels: labels)
      return labels[queries - 1]
    }
  }

  public func draw(
    _ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int>
  ) {
    switch presentation {
    case .shown: labels[0] = drawShown(&stream, inputs)
    case .tokens: drawTokens(&stream, inputs, labels)
    }
  }

  private func drawShown(_ stream: inout RandomStream, _ inputs: UnsafeMutableBufferPointer<Float>) -> Int {
    let count = leastHops + (leastHops < hops ? stream.integer(below: hops - leastHops + 1) : 0)
    let width = nodes * nodes + 1
    var node = 0
    for hop in 0..<count {
      let table = stream.permutation(nodes)
      for (from, to) in table.enumerated() { inputs[hop * width + from * nodes + to] = 1 }
      node = table[node]
    }
    inputs[count * width - 1] = 1
    return node
  }

  private func drawTokens(
    _ stream: inout RandomStream, _ inputs: UnsafeMutableBufferPointer<Float>, _ labels: UnsafeMutableBufferPointer<Int>
  ) {
    let cycle = stream.permutation(nodes)
    for i in 0..<nodes { inputs[cycle[i]] = Float(cycle[(i + 1) % nodes]) }
    let kinds = hops - leastHops + 1
    for query in 0..<queries {
      let start = stream.integer(below: nodes)
      let more = queries > 1 ? query % kinds : kinds > 1 ? stream.integer(below: kinds) : 0
      inputs[nodes + query] = Float(cycle[start] + nodes * more)
      labels[query] = cycle[(start + leastHops + more) % nodes]
    }
  }

  static let entry = TaskCatalogue.Entry(
    name: "k-hop",
    description: "pointer chasing, one table of pointers shown a block: known after the last hop, chance before",
    parameters: TaskCatalogue.parameters([
      ParameterDefinition(
        "nodes", alias: "m", default: 4, allowed: .integer(from: 2, to: 256), meaning: "nodes that pointers lead to"),
      ParameterDefinition(
        "hops", alias: "k", default: 4, allowed: .integer(from: 1, to: 10_000), unit: "blocks", meaning: "most hops"),
      ParameterDefinition(
        "least_hops", alias: "least_hops", default: 0, allowed: .integer(from: 0, to: 10_000), unit: "blocks",
        meaning: "fewest hops of a sample; 0: all take the most"),
      ParameterDefinition(
        "presentation", alias: "presentation", default: 0, allowed: .choice(Presentation.allCases.map(\.rawValue)),
        meaning: "a table a block, or all at once as tokens"),
      ParameterDefinition(
        "queries", alias: "queries", default: 1, allowed: .integer(from: 1, to: 1024),
        meaning: "questions of a sequence of tokens, an answer each"),
    ])
  ) { values in
    try KHopTask(
      nodes: Int(values["nodes"]), hops: Int(values["hops"]),
      leastHops: values["least_hops"] > 0 ? Int(values["least_hops"]) : nil, queries: Int(values["queries"]),
      presentation: Presentation.allCases[Int(values["presentation"])], samples: Int(values["samples"]),
      seed: UInt64(values["task_seed"])
    ).dataset()
  }
}
