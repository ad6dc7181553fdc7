public import DepthRuns
public import Foundation

/// Paths as a `.npz` file: `loss` [n, L+1], optional `logits` [n, L+1, classes] with `label` [n], `features`
/// [n, L+1, m] (names in no standard place: "feature_0", ... unless the count is that of the standard features),
/// `residual_norm` [n, L], `split` [n] (0 train, 1 fit, 2 test), `lipschitz_constant` [L+1],
/// `group` [n] (the sequence that a
/// token belongs to), `operations` [L+1] (floating-point operations of a sample that stops at an exit, everything read on the way included) or
/// [3, L+1] (trunk to the exit's state, its head, its gate).
extension StoppingPaths {
  /// Features that a recorder writes, in order.
  ///
  /// margin: largest minus second probability; entropy in nats; confidence: largest probability p; log_odds:
  /// ln(p / (1 - p)); update_norm: ||h_k - h_{k-1}|| (0 at exit 0); state_norm: ||h_k||; halting_probability: the gate's.
  public static let standardFeatures = [
    "margin", "entropy", "confidence", "log_odds", "update_norm", "state_norm", "halting_probability",
  ]

  /// Reads and validates paths.
  ///
  /// - Throws: `InputError.data` naming the array and what is wrong: shapes, labels out of range, non-finite values.
  public init(archive url: URL) throws {
    let arrays = try ArrayArchive.read(url)
    let known = [
      "loss", "logits", "label", "features", "residual_norm", "split", "lipschitz_constant", "operations", "group",
    ]
    if let stranger = arrays.keys.sorted().first(where: { !known.contains($0) }) {
      throw InputError.data("\(url.path): unknown array '\(stranger)'; allowed: \(known.joined(separator: ", "))")
    }
    guard let loss = arrays["loss"] else { throw InputError.data("\(url.path) has no array 'loss' [n, L+1]") }
    try loss.require(shape: [nil, nil], name: "loss")
    let (n, exits) = (loss.shape[0], loss.shape[1])
    guard n > 0, exits > 1 else {
      throw InputError.data("array 'loss' has shape \(loss.shape); samples and at least 2 exits are needed")
    }
    for (name, array) in arrays.sorted(by: { $0.key < $1.key }) { try array.requireFinite(name: name) }
    if let negative = loss.values.firstIndex(where: { $0 < 0 }) {
      throw InputError.data(
        "array 'loss' holds \(loss.values[negative]) at [\(negative / exits), \(negative % exits)]; losses must be >= 0"
      )
    }

    let classes = try Self.checkedLogits(arrays, n, exits)
    try arrays["features"]?.require(shape: [n, exits, nil], name: "features")
    try arrays["residual_norm"]?.require(shape: [n, exits - 1], name: "residual_norm")
    try arrays["lipschitz_constant"]?.require(shape: [exits], name: "lipschitz_constant")
    let labels = try Self.integers(arrays["label"], name: "label", count: n, below: classes > 0 ? classes : Int.max)
    let operations = try Self.operations(arrays["operations"], exits)
    let groups = try Self.integers(arrays["group"], name: "group", count: n, below: Int.max)
    let split = try Self.integers(arrays["split"], name: "split", count: n, below: 3)
    // without features of their own, logits determine some
    let logits = arrays["logits"]?.values ?? []
    let derived = arrays["features"] == nil && classes > 0
    let width = arrays["features"]?.shape[2] ?? 0
    let given = width == Self.standardFeatures.count ? Self.standardFeatures : (0..<width).map { "feature_\($0)" }
    self.init(
      sampleCount: n, exitCount: exits, stoppingLoss: loss.values, featureNames: derived ? LogitFeatures.names : given,
      features: derived ? LogitFeatures.all(logits, classes: classes) : arrays["features"]?.values ?? [],
      classCount: classes, logits: logits, labels: labels,
      residualNorm: arrays["residual_norm"]?.values ?? [], split: split.map { Split(rawValue: $0)! },
      lipschitzConstant: arrays["lipschitz_constant"]?.values ?? [], operations: operations, groups: groups)
  }

  /// The paths as arrays, ready for `ArrayArchive.write`.
  public var archive: [String: NumericArray] {
    var arrays = ["loss": NumericArray(shape: [sampleCount, exitCount], values: stoppingLoss)]
    if featureCount > 0 {
      arrays["features"] = NumericArray(shape: [sampleCount, exitCount, featureCount], values: features)
    }
    if classCount > 0 { arrays["logits"] = NumericArray(shape: [sampleCount, exitCount, classCount], values: logits) }
    if !labels.isEmpty { arrays["label"] = NumericArray(labels.map(Double.init)) }
    if !residualNorm.isEmpty {
      arrays["residual_norm"] = NumericArray(shape: [sampleCount, blockCount], values: residualNorm)
    }
    if !split.isEmpty { arrays["split"] = NumericArray(split.map { Double($0.rawValue) }) }
    if !groups.isEmpty { arrays["group"] = NumericArray(groups.map(Double.init)) }
    if !lipschitzConstant.isEmpty { arrays["lipschitz_constant"] = NumericArray(lipschitzConstant) }
    if let operations {
      arrays["operations"] = NumericArray(
        shape: [3, exitCount], values: operations.trunk + operations.head + operations.gate)
    }
    return arrays
  }

  private static func operations(_ array: NumericArray?, _ exits: Int) throws -> ExitOperations? {
    guard let array else { return nil }
    if array.shape.count == 1 {
      try array.require(shape: [exits], name: "operations")
    } else {
      try array.require(shape: [3, exits], name: "operations")
    }
    guard array.values.allSatisfy({ $0 >= 0 }) else {
      throw InputError.data("array 'operations' holds a negative number; operations must be >= 0")
    }
    guard array.shape.count == 2 else { return ExitOperations(totals: array.values) }
    let rows = (0..<3).map { Array(array.values[($0 * exits)..<(($0 + 1) * exits)]) }
    return ExitOperations(trunk: rows[0], head: rows[1], gate: rows[2])
  }

  private static func checkedLogits(_ arrays: [String: NumericArray], _ n: Int, _ exits: Int) throws -> Int {
    guard let logits = arrays["logits"] else { return 0 }
    try logits.require(shape: [n, exits, nil], name: "logits")
    guard arrays["label"] != nil else { throw InputError.data("array 'logits' needs 'label' [n] beside it") }
    guard logits.shape[2] > 1 else {
      throw InputError.data("array 'logits' has \(logits.shape[2]) classes; at least 2 are needed")
    }
    return logits.shape[2]
  }

  private static func integers(_ array: NumericArray?, name: String, count: Int, below bound: Int) throws -> [Int] {
    guard let array else { return [] }
    try array.require(shape: [count], name: name)
    return try array.values.enumerated().map { index, value in
      guard let integer = Int(exactly: value), integer >= 0, integer < bound else {
        let top = bound == Int.max ? "" : " below \(bound)"
        throw InputError.data("array '\(name)' holds \(value) at [\(index)]; integers from 0\(top) are needed")
      }
      return integer
    }
  }
}
