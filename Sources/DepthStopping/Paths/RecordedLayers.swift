public import DepthRuns
public import Foundation

/// What the heads of a network read, exit by exit, with the heads' weights: for lenses and Lipschitz constants.
///
/// n samples, exits k = 0...L, features `x_k` of dimension d_k (the state, or what pooling makes of it). Flat storage,
/// sample-major. Memory: 8 n sum d_k bytes.
public struct RecordedLayers: Equatable, Sendable {
  /// One exit.
  public struct Exit: Equatable, Sendable {
    /// d_k.
    public let featureCount: Int
    /// n x d_k.
    public let features: [Double]
    /// U_k, classes x d_k, without the bias; empty where it is not known.
    public let headWeights: [Double]

    public init(featureCount: Int, features: [Double], headWeights: [Double]) {
      self.featureCount = featureCount
      self.features = features
      self.headWeights = headWeights
    }
  }

  public let sampleCount: Int
  public let classCount: Int
  /// n.
  public let labels: [Int]
  /// L + 1.
  public let exits: [Exit]

  public init(classCount: Int, labels: [Int], exits: [Exit]) {
    precondition(!labels.isEmpty && !exits.isEmpty, "\(labels.count) samples at \(exits.count) exits")
    precondition(labels.allSatisfy { (0..<classCount).contains($0) }, "a label outside 0..<\(classCount)")
    for exit in exits {
      precondition(
        exit.features.count == labels.count * exit.featureCount
          && (exit.headWeights.isEmpty || exit.headWeights.count == classCount * exit.featureCount),
        "\(exit.features.count) features and \(exit.headWeights.count) weights, d = \(exit.featureCount)")
    }
    sampleCount = labels.count
    self.classCount = classCount
    self.labels = labels
    self.exits = exits
  }
}

/// Layers as a `.npz` file: `label` [n], and for each exit `features_K` [n, d_K] and, if known, `head_K` [classes, d_K].
extension RecordedLayers {
  /// Reads and validates layers; classes are those of the heads, or one more than the largest label.
  ///
  /// - Throws: `InputError.data` naming the array and what is wrong.
  public init(archive url: URL) throws {
    let arrays = try ArrayArchive.read(url)
    for (name, array) in arrays.sorted(by: { $0.key < $1.key }) { try array.requireFinite(name: name) }
    guard let label = arrays["label"] else { throw InputError.data("\(url.path) has no array 'label' [n]") }
    try label.require(shape: [nil], name: "label")
    let labels = try label.values.enumerated().map { index, value in
      guard let integer = Int(exactly: value), integer >= 0, integer < 1 << 20 else {
        throw InputError.data("array 'label' holds \(value) at [\(index)]; integers from 0 are needed")
      }
      return integer
    }
    guard let largest = labels.max() else { throw InputError.data("array 'label' is empty") }
    let count = (0...).first { arrays["features_\($0)"] == nil } ?? 0
    guard count > 1 else { throw InputError.data("\(url.path) needs arrays 'features_0', 'features_1', ... [n, d]") }
    let known = Set(["label"] + (0..<count).flatMap { ["features_\($0)", "head_\($0)"] })
    if let stranger = arrays.keys.sorted().first(where: { !known.contains($0) }) {
      throw InputError.data(
        "\(url.path): unknown array '\(stranger)'; allowed: label, features_K, head_K with K from 0 to \(count - 1)")
    }
    let classes = (0..<count).lazy.compactMap { arrays["head_\($0)"]?.shape.first }.first ?? largest + 1
    guard largest < classes else {
      throw InputError.data("array 'label' holds \(largest), the heads have \(classes) classes")
    }
    let exits = try (0..<count).map { k in
      let features = arrays["features_\(k)"] ?? NumericArray([])
      try features.require(shape: [labels.count, nil], name: "features_\(k)")
      let head = arrays["head_\(k)"]
      try head?.require(shape: [classes, features.shape[1]], name: "head_\(k)")
      return Exit(featureCount: features.shape[1], features: features.values, headWeights: head?.values ?? [])
    }
    self.init(classCount: classes, labels: labels, exits: exits)
  }

  /// The layers as arrays, ready for `ArrayArchive.write`.
  public var archive: [String: NumericArray] {
    var arrays = ["label": NumericArray(labels.map(Double.init))]
    for (k, exit) in exits.enumerated() {
      arrays["features_\(k)"] = NumericArray(shape: [sampleCount, exit.featureCount], values: exit.features)
      guard !exit.headWeights.isEmpty else { continue }
      arrays["head_\(k)"] = NumericArray(shape: [classCount, exit.featureCount], values: exit.headWeights)
    }
    return arrays
  }
}
