public import DepthNumerics
public import DepthRuns

/// `parity`: n fair bits, one shown a block as +1 or -1; the label is their sum modulo 2.
///
/// After n blocks the label is known; before, each class has probability exactly 1/2 given all that was shown.
public struct ParityTask: KnownDepthTask {
  public let name = "parity"
  public let bits: Int
  public let samples: Int
  public let seed: UInt64

  public init(bits: Int, samples: Int, seed: UInt64 = 0) {
    precondition(bits > 0 && samples > 0, "\(bits) bits, \(samples) samples")
    (self.bits, self.samples, self.seed) = (bits, samples, seed)
  }

  public var inputShape: InputShape { .shown(steps: bits, count: 1) }
  public var classCount: Int { 2 }
  /// The block from which on the label is known.
  public var labelDepth: Int { bits }
  /// The best accuracy before.
  public var chance: Double { 0.5 }

  public var parameters: [String: JSONValue] {
    ["bits": .integer(bits), "samples": .integer(samples), "task_seed": .string(String(seed))]
  }

  public func draw(_ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>) -> Int {
    var sum = 0
    for k in 0..<bits {
      let bit = stream.integer(below: 2)
      inputs[k] = bit == 1 ? 1 : -1
      sum ^= bit
    }
    return sum
  }

  static let entry = TaskCatalogue.Entry(
    name: "parity", description: "parity of bits, one shown a block: known after the last, chance before",
    parameters: TaskCatalogue.parameters([
      ParameterDefinition(
        "bits", alias: "k", default: 8, allowed: .integer(from: 1, to: 10_000), unit: "blocks", meaning: "bits shown")
    ])
  ) { values in
    try ParityTask(
      bits: Int(values["bits"]), samples: Int(values["samples"]), seed: UInt64(values["task_seed"])
    ).dataset()
  }
}
