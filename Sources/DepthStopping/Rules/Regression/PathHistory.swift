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

  private static let mostClasses = 20

  init(_ paths: StoppingPaths) {
    let (n, exits, m, classes) = (paths.sampleCount, paths.exitCount, paths.featureCount, paths.classCount)
    let shown = (3...Self.mostClasses).contains(classes) ? classes : 0
    let width = m + (classes > 0 ? 3 + shown : 0)
    var values = [Double](repeating: 0, count: n * exits * width)
    let agreement = paths.agreement()
    var law = [Double](repeating: 0, count: classes)
    var before = law
    for sample in 0..<n {
      for exit in 0..<exits {
        let cell = sample * exits + exit
        let row = cell * width
        if exit > 0 {
          for j in 0..<m { values[row + j] = paths.features[cell * m + j] - paths.features[(cell - 1) * m + j] }
        }
        guard classes > 0 else { continue }
        swap(&law, &before)
        Self.softmax(paths.logits, at: cell * classes, into: &law)
        if exit > 0 {
          values[row + m] = agreement[cell] == 0 ? 1 : 0
          values[row + m + 1] = Double(agreement[cell])
          for j in 0..<classes { values[row + m + 2] += 0.5 * abs(law[j] - before[j]) }
        }
        for j in 0..<shown { values[row + m + 3 + j] = law[j] }
      }
    }
    self.width = width
    self.values = values
  }

  private static func softmax(_ logits: [Double], at start: Int, into law: inout [Double]) {
    var top = logits[start]
    for j in law.indices { top = max(top, logits[start + j]) }
    for j in law.indices { law[j] = logits[start + j] - top }
    let count = law.count
    law.withUnsafeMutableBufferPointer { law in
      guard let base = law.baseAddress else { return }
      VectorMath.exp(base, into: base, count: count)
    }
    let total = law.reduce(0, +)
    for j in law.indices { law[j] /= total }
  }
}
