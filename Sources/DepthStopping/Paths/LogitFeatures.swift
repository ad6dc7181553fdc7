import DepthNumerics
import Foundation

/// Features of a prediction that its logits alone determine: margin, entropy, confidence, log-odds.
public enum LogitFeatures {
  /// The first names of `StoppingPaths.standardFeatures`.
  public static let names = ["margin", "entropy", "confidence", "log_odds"]

  /// Without overflow, and without cancellation where the largest probability is near one; log-odds are clipped to 30.
  public static func values(_ z: UnsafeBufferPointer<Double>) -> [Double] {
    all(Array(z), classes: z.count)
  }

  /// The features of every sample and exit, four a cell, from logits [cells, classes]. O(cells classes).
  public static func all(_ logits: [Double], classes: Int) -> [Double] {
    let cells = logits.count / classes
    var result = [Double](repeating: 0, count: cells * names.count)
    var weights = [Double](repeating: 0, count: classes)
    logits.withUnsafeBufferPointer { logits in
      result.withUnsafeMutableBufferPointer { result in
        weights.withUnsafeMutableBufferPointer { weights in
          for cell in 0..<cells {
            guard let z = logits.baseAddress.map({ $0 + cell * classes }), let row = result.baseAddress,
              let scratch = weights.baseAddress
            else { return }
            write(z, classes, scratch, into: row + cell * names.count)
          }
        }
      }
    }
    return result
  }

  /// The class of the largest logit, the first among equals.
  public static func predictedClass(_ z: UnsafePointer<Double>, classes: Int) -> Int {
    var top = 0
    for index in 1..<max(1, classes) where z[index] > z[top] { top = index }
    return top
  }

  /// The four features of one prediction into `row`; `weights` is working space of as many numbers as there are classes.
  public static func write(
    _ z: UnsafePointer<Double>, _ classes: Int, _ weights: UnsafeMutablePointer<Double>,
    into row: UnsafeMutablePointer<Double>
  ) {
    let top = predictedClass(z, classes: classes)
    for index in 0..<classes { weights[index] = z[index] - z[top] }
    let largest = z[top]
    VectorMath.exp(weights, into: weights, count: classes)
    var (others, second, weighted) = (0.0, 0.0, 0.0)
    for index in 0..<classes where index != top {
      others += weights[index]
      second = max(second, weights[index])
      // the weight of a gap below -700 is nothing; the gap itself might be infinite
      weighted += weights[index] * max(-1000, z[index] - largest)
    }
    let total = 1 + others
    row[0] = (1 - second) / total
    row[1] = log1p(others) - weighted / total
    row[2] = 1 / total
    row[3] = min(30, max(-30, -log(others)))
  }
}
