import DepthNetworks
import DepthRuns
import DepthStopping
import Foundation

/// A finished run of `depth train` with the data that go through its network: the run's own, or others of the same shape.
struct TrainedRun {
  let network: ResidualNetwork
  let dataset: Dataset
  /// The window that the network sees of images.
  let augmentation: Augmentation
  /// Whether these are the data that it was trained on.
  let hasOwnData: Bool
  let folder: RunFolder
  let configuration: [String: JSONValue]

  /// - Parameters:
  ///   - data: other data, and their settings; nil for the run's own.
  ///   - threads: for reading images.
  /// - Throws: `InputError` for a run or data that are missing, damaged, changed since the training, or of another shape.
  init(_ path: String, data: (name: String, settings: [(String, Double)])? = nil, threads: Int = 1) throws {
    folder = try RunFolder(opening: URL(fileURLWithPath: path))
    network = try ResidualNetwork(contentsOf: folder.file("network.npz"))
    configuration = try folder.configuration()
    let name = data?.name ?? configuration["data"]?.stringValue ?? "digits"
    let source = try DataSource(name)
    let settings = try data?.settings ?? source.settings(configuration["parameters"])
    dataset = try source.load(settings: settings, threads: threads)
    let recorded = configuration["data_sha256"]?.stringValue
    hasOwnData = recorded == nil ? data == nil : recorded == dataset.sha256
    if data == nil && !hasOwnData {
      throw InputError.data("\(path): \(name) is no longer what the network was trained on, its checksum has changed")
    }
    let crop = configuration["crop"]?.integerValue ?? 0
    augmentation = try Augmentation(window: crop > 0 ? crop : nil, of: dataset.inputShape)
    let (inputs, taken) = (augmentation.outputShape(of: dataset.inputShape).count, network.architecture.inputCount)
    guard inputs == taken else {
      throw InputError.data("\(path): the network takes \(taken) inputs, \(name) has \(inputs)")
    }
    guard dataset.classCount <= network.architecture.classCount else {
      throw InputError.data(
        "\(path): the network knows \(network.architecture.classCount) classes, \(name) has \(dataset.classCount)")
    }
    if case .tokens(let embedding) = network.architecture.stages[0].entry {
      guard case .tokens(_, let vocabulary) = dataset.inputShape, vocabulary == embedding.vocabulary else {
        throw InputError.data(
          "\(path): the network reads \(embedding.vocabulary) kinds of tokens, \(name) has \(dataset.inputShape)")
      }
    }
    let answers = network.architecture.answersPerSample
    guard answers == dataset.answersPerSample else {
      throw InputError.data(
        "\(path): the network gives \(answers) answers a sample, \(name) asks for \(dataset.answersPerSample)")
    }
  }

  /// The part of each sample, as in the training: drawn with the seed of the run's split where the source leaves it open.
  ///
  /// - Throws: `InputError.data` when the record of the run lacks its seed.
  func split() throws -> [StoppingPaths.Split] {
    let recorded = configuration["split_seed"] ?? configuration["seed"]
    guard
      let seed = recorded?.stringValue.flatMap({ UInt64($0) }) ?? recorded?.integerValue.flatMap(UInt64.init(exactly:))
    else { throw InputError.data("\(folder.file("configuration.json").path) has no seed") }
    return StratifiedSplit.parts(of: dataset, seed: seed)
  }

  /// What the run recorded as g.
  func lossKind() throws -> StoppingLossKind {
    try .named(configuration["stopping_loss"]?.stringValue ?? StoppingLossKind.crossEntropy.rawValue)
  }
}
