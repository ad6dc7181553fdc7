import DepthRuns
public import DepthStopping

/// Labelled samples: inputs in single precision, n x inputCount row-major, and a class an answer: one each, or one for each of a
/// sequence's last `answersPerSample` tokens.
public struct Dataset: Equatable, Sendable {
  public let name: String
  /// Finite. Images lie in [0, 1].
  public let inputs: [Float]
  /// n x answersPerSample.
  public let labels: [Int]
  public let answersPerSample: Int
  public let inputShape: InputShape
  public let classCount: Int
  /// Of each class, where the source names them; else empty.
  public let classNames: [String]
  /// Of the file it was read from; of several files, of the list of their digests in the order of reading.
  public let sha256: String
  /// The part of each sample where the source says it; nil where it does not.
  public let split: [StoppingPaths.Split]?

  public var sampleCount: Int { labels.count / answersPerSample }
  public var inputCount: Int { inputShape.count }

  /// The most that the inputs of a data set may hold unless a loader is told otherwise: 8 GiB.
  public static let mostBytes = 1 << 33

  public init(
    name: String, inputs: [Float], labels: [Int], inputShape: InputShape, classCount: Int, classNames: [String] = [],
    sha256: String, split: [StoppingPaths.Split]? = nil, answersPerSample: Int = 1
  ) {
    let sampleCount = labels.count / answersPerSample
    precondition(labels.count % answersPerSample == 0, "\(labels.count) labels, \(answersPerSample) a sample")
    precondition(
      inputs.count == sampleCount * inputShape.count, "\(inputs.count) inputs for \(sampleCount) of \(inputShape)")
    precondition(labels.allSatisfy { (0..<classCount).contains($0) }, "a label is not in 0..<\(classCount)")
    precondition(split.map { $0.count == sampleCount } ?? true, "a split of \(split?.count ?? 0) samples")
    precondition(classNames.isEmpty || classNames.count == classCount, "\(classNames.count) names of classes")
    self.name = name
    self.inputs = inputs
    self.labels = labels
    self.inputShape = inputShape
    self.classCount = classCount
    self.classNames = classNames
    self.sha256 = sha256
    self.split = split
    self.answersPerSample = answersPerSample
  }

  /// A class a sample, where one is needed: its last answer's.
  var sampleLabels: [Int] {
    answersPerSample == 1
      ? labels : (0..<sampleCount).map { labels[($0 + 1) * answersPerSample - 1] }
  }

  /// What a checkpoint belongs to: the files, and how many answers are asked of them.
  var identity: String { answersPerSample == 1 ? sha256 : "\(sha256) \(answersPerSample)" }

  /// The inputs of one sample.
  public func input(_ sample: Int) -> ArraySlice<Float> { inputs[(sample * inputCount)..<((sample + 1) * inputCount)] }

  /// Some of the samples, in the order given; the checksum stays that of the whole.
  public func selecting(_ samples: [Int]) -> Dataset {
    func rows<T>(_ values: [T], _ width: Int) -> [T] {
      samples.flatMap { values[($0 * width)..<(($0 + 1) * width)] }
    }
    return Dataset(
      name: name, inputs: rows(inputs, inputCount), labels: rows(labels, answersPerSample), inputShape: inputShape,
      classCount: classCount, classNames: classNames, sha256: sha256, split: split.map { rows($0, 1) },
      answersPerSample: answersPerSample)
  }
}

extension Dataset {
  /// - Throws: `InputError.data` unless there are samples of two classes at least and, where `allClasses`, of each.
  func validated(allClasses: Bool = true) throws -> Dataset {
    guard inputCount > 0 else { throw InputError.data("\(name): a sample has no inputs; allowed: one at least") }
    let occurring = Set(labels).count
    guard classCount > 1, occurring == classCount || (!allClasses && occurring > 1) else {
      throw InputError.data(
        "\(name): \(occurring) of \(max(2, classCount)) classes occur; samples of each are needed")
    }
    return self
  }
}
