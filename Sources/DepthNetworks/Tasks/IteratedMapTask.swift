public import DepthNumerics
public import DepthRuns

/// `iterated-map`: `x_{k+1} = T(x_k + u_k mod m)` on m states from x_0 = 0, u_k shown (one-hot) at block k; the label is x_n.
///
/// T is a permutation that the task's seed fixes, so the network must learn it and apply it once a block; with m = 2 the task is
/// `parity` up to a relabelling. The u_k are uniform: before the last block every state has probability exactly 1/m given what
/// was shown.
public struct IteratedMapTask: KnownDepthTask {
  public let name = "iterated-map"
  /// m.
  public let states: Int
  /// n.
  public let iterations: Int
  public let samples: Int
  public let seed: UInt64
  /// T.
  public let map: [Int]

  public init(states: Int, iterations: Int, samples: Int, seed: UInt64 = 0) {
    precondition(states > 1 && iterations > 0 && samples > 0, "\(states) states, \(iterations) iterations")
    (self.states, self.iterations, self.samples, self.seed) = (states, iterations, samples, seed)
    var stream = RandomStream(seed: seed, stream: RandomPurpose.taskLaw.stream(0))
    map = stream.permutation(states)
  }

  public var inputShape: InputShape { .shown(steps: iterations, count: states) }
  public var classCount: Int { states }
  /// The block from which on the label is known.
  public var labelDepth: Int { iterations }
  /// The best accuracy before.
  public var chance: Double { 1 / Double(states) }

  public var parameters: [String: JSONValue] {
    [
      "states": .integer(states), "iterations": .integer(iterations), "samples": .integer(samples),
      "task_seed": .string(String(seed)),
    ]
  }

  public func draw(_ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>) -> Int {
    var state = 0
    for k in 0..<iterations {
      let shown = stream.integer(below: states)
      inputs[k * states + shown] = 1
      state = map[(state + shown) % states]
    }
    return state
  }

  static let entry = TaskCatalogue.Entry(
    name: "iterated-map",
    description: "x -> T(x + u) with a fixed permutation T, one u shown a block: known after the last, chance before",
    parameters: TaskCatalogue.parameters([
      ParameterDefinition(
        "states", alias: "m", default: 5, allowed: .integer(from: 2, to: 1000), meaning: "states of the map"),
      ParameterDefinition(
        "iterations", alias: "k", default: 6, allowed: .integer(from: 1, to: 10_000), unit: "blocks",
        meaning: "applications of the map"),
    ])
  ) { values in
    try IteratedMapTask(
      states: Int(values["states"]), iterations: Int(values["iterations"]), samples: Int(values["samples"]),
      seed: UInt64(values["task_seed"])
    ).dataset()
  }
}
