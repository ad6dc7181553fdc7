import DepthNumerics

/// What a sample's past adds to its features at an exit: nothing in it depends on later exits.
///
/// Per exit: the change of every feature since the exit before (0 at exit 0); with logits, whether the predicted class
/// changed, for how many exits it has been the same, the total variation between the two softmax laws, and, with 3 to 20
/// classes, the softmax law itself.
struct PathHistory: Sendable {
  let width: Int
  /// n x (L+1) x width.
  let values: [Double]

  init(_ paths: StoppingPaths) {
    let (n, exits, m, classes) = (paths.sampleCount, paths.exitCount, paths.featureCount, paths.classCount)
    let layout = Layout(paths)
    var values = [Double](repeating: 0, count: n * exits * layout.width)
    var memory = [Double](repeating: 0, count: layout.memoryCount)
    var law = [Double](repeating: 0, count: classes)
    values.withUnsafeMutableBufferPointer { values in
      guard let rows = values.baseAddress else { return }
      for cell in 0..<(n * exits) {
        paths.features.withUnsafeBufferPointer { features in
          paths.logits.withUnsafeBufferPointer { logits in
            layout.advance(
              at: cell % exits, features.baseAddress.map { $0 + cell * m } ?? UnsafePointer(rows),
              logits.baseAddress.map { $0 + cell * classes } ?? UnsafePointer(rows), memory: &memory, law: &law,
              into: rows + cell * layout.width)
          }
        }
      }
    }
    width = layout.width
    self.values = values
  }

  /// Which numbers a past has, and how they follow from one exit to the next.
  struct Layout: Equatable, Sendable {
    let featureCount: Int
    let classCount: Int

    init(_ paths: StoppingPaths) { (featureCount, classCount) = (paths.featureCount, paths.classCount) }

    private static let mostClasses = 20

    /// Classes of the law that is shown.
    private var shown: Int { (3...Self.mostClasses).contains(classCount) ? classCount : 0 }
    var width: Int { featureCount + (classCount > 0 ? 3 + shown : 0) }
    /// The features and the law at the exit before, and the agreement of classes.
    var memoryCount: Int { featureCount + ClassAgreement.memoryCount + classCount }

    /// Writes the past that a sample has at exit k into `row`; `memory` holds what exit k - 1 left there.
    ///
    /// - Parameter law: working space of as many numbers as there are classes.
    func advance(
      at exit: Int, _ features: UnsafePointer<Double>, _ logits: UnsafePointer<Double>,
      memory: UnsafeMutablePointer<Double>, law: UnsafeMutablePointer<Double>, into row: UnsafeMutablePointer<Double>
    ) {
      for j in 0..<featureCount { row[j] = exit > 0 ? features[j] - memory[j] : 0 }
      memory.update(from: features, count: featureCount)
      guard classCount > 0 else { return }
      let (agreement, before) = (memory + featureCount, memory + featureCount + ClassAgreement.memoryCount)
      let same = ClassAgreement.count(at: exit, logits, classes: classCount, memory: agreement)
      PathHistory.softmax(logits, classCount, into: law)
      var variation = 0.0
      for j in 0..<classCount { variation += 0.5 * abs(law[j] - before[j]) }
      let change = row + featureCount
      change[0] = exit > 0 && same == 0 ? 1 : 0
      change[1] = Double(same)
      change[2] = exit > 0 ? variation : 0
      (change + 3).update(from: law, count: shown)
      before.update(from: law, count: classCount)
    }
  }

  private static func softmax(
    _ logits: UnsafePointer<Double>, _ classes: Int, into law: UnsafeMutablePointer<Double>
  ) {
    let top = logits[LogitFeatures.predictedClass(logits, classes: classes)]
    for j in 0..<classes { law[j] = logits[j] - top }
    VectorMath.exp(law, into: law, count: classes)
    var total = 0.0
    for j in 0..<classes { total += law[j] }
    for j in 0..<classes { law[j] /= total }
  }
}
