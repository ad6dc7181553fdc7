import Foundation

/// Features of a prediction that its logits alone determine: margin, entropy, confidence, log-odds.
public enum LogitFeatures {
  /// The first names of `StoppingPaths.standardFeatures`.
  public static let names = ["margin", "entropy", "confidence", "log_odds"]

  /// Without overflow, and without cancellation where the largest probability is near one; log-odds are clipped to 30.
  public static func values(_ z: UnsafeBufferPointer<Double>) -> [Double] {
    let top = z.indices.max { z[$0] < z[$1] }!
    let weights = z.map { exp($0 - z[top]) }
    let others = weights.enumerated().reduce(0) { $1.offset == top ? $0 : $0 + $1.element }
    let total = 1 + others
    let second = weights.enumerated().reduce(0) { $1.offset == top ? $0 : max($0, $1.element) }
    let entropy = z.indices.reduce(log(total)) { $0 - weights[$1] / total * (z[$1] - z[top]) }
    return [(1 - second) / total, entropy, 1 / total, min(30, max(-30, -log(others)))]
  }

  /// The features of every sample and exit, from logits [cells, classes].
  static func all(_ logits: [Double], classes: Int) -> [Double] {
    logits.withUnsafeBufferPointer { buffer in
      stride(from: 0, to: buffer.count, by: classes).flatMap {
        values(UnsafeBufferPointer(rebasing: buffer[$0..<($0 + classes)]))
      }
    }
  }
}
