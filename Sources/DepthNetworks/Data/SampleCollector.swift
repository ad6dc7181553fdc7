import DepthRuns
import DepthStopping
import Foundation

/// Samples on their way from files into a `Dataset`, under a bound on memory.
struct SampleCollector {
  let name: String
  let mostBytes: Int
  private(set) var inputs: [Float] = []
  /// A class an answer.
  private(set) var labels: [Int] = []
  private var parts: [StoppingPaths.Split?] = []
  private var digests: [String] = []

  /// More classes than this are taken for a column that is no label.
  static let mostClasses = 100_000

  init(name: String, mostBytes: Int) {
    self.name = name
    self.mostBytes = mostBytes
  }

  /// - Throws: `InputError.data` when so many more inputs would not fit.
  func requireRoom(inputs count: Int, place: String) throws {
    let (total, overflow) = inputs.count.addingReportingOverflow(count)
    guard !overflow, total <= mostBytes / MemoryLayout<Float>.size else {
      throw InputError.data(
        "\(place): the inputs take more than \(mostBytes) bytes, the most that is allowed")
    }
  }

  /// Makes room for samples whose number is known.
  mutating func reserve(samples: Int, inputs count: Int, place: String) throws {
    try requireRoom(inputs: count, place: place)
    inputs.reserveCapacity(inputs.count + count)
    labels.reserveCapacity(labels.count + samples)
  }

  /// Notes a file that was read, for the checksum.
  mutating func note(_ data: Data) { digests.append(Digest.sha256(data)) }

  mutating func append(_ values: some Sequence<Float>) { inputs.append(contentsOf: values) }
  mutating func append(_ value: Float) { inputs.append(value) }

  mutating func append(label: Int, part: StoppingPaths.Split? = nil) {
    labels.append(label)
    parts.append(part)
  }

  /// The classes of one sample's answers.
  mutating func append(labels answers: some Sequence<Int>, part: StoppingPaths.Split? = nil) {
    labels.append(contentsOf: answers)
    parts.append(part)
  }

  /// Divides all inputs by their largest magnitude.
  mutating func scaleByLargest() { scale(by: Double(inputs.reduce(0) { max($0, abs($1)) })) }

  /// Divides all inputs by a number; zero leaves them.
  mutating func scale(by divisor: Double) {
    guard divisor > 0, divisor != 1 else { return }
    for i in inputs.indices { inputs[i] = Float(Double(inputs[i]) / divisor) }
  }

  /// - Throws: `InputError.data` as `Dataset.validated`, or when there are no samples, or labels leave gaps.
  func dataset(
    shape: InputShape, classCount: Int? = nil, classNames: [String] = [], allClasses: Bool = true,
    answersPerSample: Int = 1
  ) throws -> Dataset {
    guard !labels.isEmpty else { throw InputError.data("\(name) holds no samples") }
    let classes = max(classCount ?? 0, (labels.max() ?? 0) + 1)
    return try Dataset(
      name: name, inputs: inputs, labels: labels, inputShape: shape, classCount: classes,
      classNames: classNames.count == classes ? classNames : [],
      sha256: digests.count == 1 ? digests[0] : Digest.sha256(Data(digests.joined(separator: "\n").utf8)),
      split: parts.allSatisfy { $0 != nil } ? parts.compactMap { $0 } : nil,
      answersPerSample: answersPerSample
    ).validated(allClasses: allClasses)
  }
}
