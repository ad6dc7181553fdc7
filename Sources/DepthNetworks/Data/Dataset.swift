import DepthRuns
public import DepthStopping

/// Labelled samples: inputs in single precision, n x inputCount row-major, and a class each.
public struct Dataset: Equatable, Sendable {
  public let name: String
  /// Finite. Images lie in [0, 1].
  public let inputs: [Float]
  public let labels: [Int]
  public let inputShape: InputShape
  public let classCount: Int
  /// Of each class, where the source names them; else empty.
  public let classNames: [String]
  /// Of the file it was read from; of several files, of the list of their digests in the order of reading.
  public let sha256: String
  /// The part of each sample where the source says it; nil where it does not.
  public let split: [StoppingPaths.Split]?

  public var sampleCount: Int { labels.count }
  public var inputCount: Int { inputShape.count }

  /// The most that the inputs of a data set may hold unless a loader is told otherwise: 8 GiB.
  public static let mostBytes = 1 << 33

  public init(
    name: String, inputs: [Float], labels: [Int], inputShape: InputShape, classCount: Int, classNames: [String] = [],
    sha256: String, split: [StoppingPaths.Split]? = nil
  ) {
    precondition(
      inputs.count == labels.count * inputShape.count, "\(inputs.count) inputs for \(labels.count) of \(inputShape)")
    precondition(labels.allSatisfy { (0..<classCount).contains($0) }, "a label is not in 0..<\(classCount)")
    precondition(split.map { $0.count == labels.count } ?? true, "a split of \(split?.count ?? 0) samples")
    precondition(classNames.isEmpty || classNames.count == classCount, "\(classNames.count) names of classes")
    self.name = name
    self.inputs = inputs
    self.labels = labels
    self.inputShape = inputShape
    self.classCount = classCount
    self.classNames = classNames
    self.sha256 = sha256
    self.split = split
  }

  /// The inputs of one sample.
  public func input(_ sample: Int) -> ArraySlice<Float> { inputs[(sample * inputCount)..<((sample + 1) * inputCount)] }
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
