public import DepthNumerics
public import DepthRuns

/// `k-hop`: pointer chasing from node 0 through one table of pointers a hop; the label is the node after the last hop.
///
/// *Shown*: block j is shown hop j's table, a fresh uniform permutation of the m nodes as a one-hot matrix (row: from, column: to),
/// and a last entry that is 1 at the sample's last hop; rows behind it are zero. The number of hops is uniform between `leastHops`
/// and `hops`. After its last hop the label is known; before, every node has probability exactly 1/m given what was shown.
/// *Tokens*: one cyclic permutation for all hops, as the sequence of its m images and the start; the label is the image of the start after `hops`
/// hops, uniform over the m - 1 other nodes (hops < m). Everything is seen at once, so a network may also square the map.
public struct KHopTask: KnownDepthTask {
  public enum Presentation: String, CaseIterable, Sendable { case shown, tokens }

  public let name = "k-hop"
  /// m.
  public let nodes: Int
  public let hops: Int
  public let leastHops: Int
  public let presentation: Presentation
  public let samples: Int
  public let seed: UInt64

  /// - Parameter leastHops: nil: all samples take `hops`.
  /// - Throws: `InputError.usage` when `leastHops` is above `hops`, or with tokens `hops` is not below `nodes` or hops vary.
  public init(
    nodes: Int, hops: Int, leastHops: Int? = nil, presentation: Presentation = .shown, samples: Int, seed: UInt64 = 0
  ) throws {
    precondition(nodes > 1 && hops > 0 && samples > 0, "\(nodes) nodes, \(hops) hops, \(samples) samples")
    let least = leastHops ?? hops
    guard (1...hops).contains(least) else {
      throw InputError.value(least, of: "least_hops of k-hop", allowed: "integers from 1 to hops, \(hops)")
    }
    if presentation == .tokens {
      guard hops < nodes else {
        throw InputError.value(hops, of: "hops of k-hop as tokens", allowed: "integers below nodes, \(nodes)")
      }
      guard least == hops else { throw InputError.usage("k-hop as tokens has one number of hops; set no least_hops") }
    }
    (self.nodes, self.hops, self.presentation, self.samples, self.seed) = (nodes, hops, presentation, samples, seed)
    self.leastHops = least
  }

  public var inputShape: InputShape {
    switch presentation {
    case .shown: .shown(steps: hops, count: nodes * nodes + 1)
    case .tokens: .tokens(length: nodes + 1, vocabulary: nodes)
    }
  }
  public var classCount: Int { nodes }
  /// The best accuracy before the last hop is shown.
  public var chance: Double { presentation == .shown ? 1 / Double(nodes) : 1 / Double(nodes - 1) }

  public var parameters: [String: JSONValue] {
    [
      "nodes": .integer(nodes), "hops": .integer(hops), "least_hops": .integer(leastHops),
      "presentation": .string(presentation.rawValue), "samples": .integer(samples),
      "task_seed": .string(String(seed)),
    ]
  }

  /// The block from which on each sample's label is known, where hops are shown: the row that says so, and one.
  public func labelDepths(_ dataset: Dataset) -> [Int] {
    guard case .shown(let steps, let count) = dataset.inputShape else {
      return [Int](repeating: hops, count: dataset.sampleCount)
    }
    return (0..<dataset.sampleCount).map { sample in
      let row = (0..<steps).first { dataset.inputs[(sample * steps + $0 + 1) * count - 1] == 1 }
      return (row ?? steps - 1) + 1
    }
  }

  public func draw(_ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>) -> Int {
    presentation == .shown ? drawShown(&stream, inputs) : drawTokens(&stream, inputs)
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

  private func drawTokens(_ stream: inout RandomStream, _ inputs: UnsafeMutableBufferPointer<Float>) -> Int {
    let cycle = stream.permutation(nodes)
    for i in 0..<nodes { inputs[cycle[i]] = Float(cycle[(i + 1) % nodes]) }
    let start = stream.integer(below: nodes)
    inputs[nodes] = Float(cycle[start])
    return cycle[(start + hops) % nodes]
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
    ])
  ) { values in
    try KHopTask(
      nodes: Int(values["nodes"]), hops: Int(values["hops"]),
      leastHops: values["least_hops"] > 0 ? Int(values["least_hops"]) : nil,
      presentation: Presentation.allCases[Int(values["presentation"])], samples: Int(values["samples"]),
      seed: UInt64(values["task_seed"])
    ).dataset()
  }
}
