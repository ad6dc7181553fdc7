public import DepthRuns
import DepthNumerics
import Foundation

/// Tasks of known depth: seeded generators of data in which one piece of information is shown a block, so that no width and no
/// doubling replaces depth.
public enum TaskCatalogue {
  public struct Entry: Sendable {
    public let name: String
    public let description: String
    public let parameters: [ParameterDefinition]
    let make: @Sendable (ParameterValues) throws -> Dataset
  }

  public static let entries = [KHopTask.entry, ParityTask.entry, IteratedMapTask.entry, EvidenceTask.entry]

  /// - Throws: `InputError.usage` for an unknown name.
  public static func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "task", known: entries.map(\.name))
    }
    return entry
  }

  /// What every task takes beside its own parameters. The data are a function of these alone, not of a run's seed.
  static func parameters(_ own: [ParameterDefinition], samples: Int = 10_000) -> [ParameterDefinition] {
    own + [
      ParameterDefinition(
        "samples", alias: "n", default: Double(samples), allowed: .integer(from: 10, to: 100_000_000),
        meaning: "samples drawn"),
      ParameterDefinition(
        "task_seed", alias: "task_seed", default: 0, allowed: .integer(from: 0, to: 1 << 53),
        meaning: "seed of the data, apart from the run's"),
    ]
  }
}

/// A task of known depth: what its data are and from which block on a label is known.
public protocol KnownDepthTask: Sendable {
  /// Kebab-case: "k-hop".
  var name: String { get }
  /// All that the data are a function of.
  var parameters: [String: JSONValue] { get }
  var samples: Int { get }
  var seed: UInt64 { get }
  var inputShape: InputShape { get }
  var classCount: Int { get }
  var answersPerSample: Int { get }

  /// Writes one sample's inputs, which are zero before, and returns its label (of several answers the last one's).
  func draw(_ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>) -> Int
  /// The same, and writes a label an answer.
  func draw(
    _ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int>)
}

extension KnownDepthTask {
  public var answersPerSample: Int { 1 }
  public func draw(
    _ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int>
  ) {
    labels[0] = draw(&stream, into: inputs)
  }
}

extension KnownDepthTask {
  /// The samples, each a pure function of (seed, its index).
  ///
  /// - Throws: `InputError.usage` when they would take more than `Dataset.mostBytes`; `InputError.data` when there are so few
  ///   that a class does not occur.
  public func dataset() throws -> Dataset {
    let (width, answers) = (inputShape.count, answersPerSample)
    let bytes = Double(samples) * (4 * Double(width) + 8 * Double(answers - 1))
    guard bytes <= Double(Dataset.mostBytes) else {
      throw InputError.usage(
        "\(name): \(samples) samples of \(width) inputs take more than \(Dataset.mostBytes) bytes, the most that is allowed"
      )
    }
    var inputs = [Float](repeating: 0, count: samples * width)
    var labels = [Int](repeating: 0, count: samples * answers)
    inputs.withUnsafeMutableBufferPointer { inputs in
      labels.withUnsafeMutableBufferPointer { labels in
        for sample in 0..<samples {
          var stream = RandomStream(seed: seed, stream: RandomPurpose.task.stream(sample))
          draw(
            &stream, into: UnsafeMutableBufferPointer(rebasing: inputs[(sample * width)..<((sample + 1) * width)]),
            labels: UnsafeMutableBufferPointer(rebasing: labels[(sample * answers)..<((sample + 1) * answers)]))
        }
      }
    }
    let identity = JSONValue.object(["task": .string(name), "parameters": .object(parameters)])
    return try Dataset(
      name: name, inputs: inputs, labels: labels, inputShape: inputShape, classCount: classCount,
      sha256: Digest.sha256(identity.text()), answersPerSample: answers
    ).validated()
  }
}
