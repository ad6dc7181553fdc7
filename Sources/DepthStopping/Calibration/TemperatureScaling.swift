import DepthNumerics
import DepthRuns
import Foundation

/// One temperature per exit, `p = softmax(z / T_k)`, of least negative log-likelihood.
///
/// In `beta = 1/T` the likelihood is convex: `d/dbeta = mean(E_p z - z_y)`, `d2/dbeta2 = mean(Var_p z)`; Newton's method kept inside a
/// bracket by bisection, to 1e-10 relative. T is confined to [0.01, 100]: logits that separate the classes would want T = 0.
/// Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
public struct TemperatureScaling: Equatable, Sendable {
  /// T_k, L+1.
  public let temperatures: [Double]
  public let fitSamples: Int

  /// The allowed T.
  public static let range = 0.01...100.0

  /// - Throws: `InputError.usage` when the paths have no logits and labels.
  public init(fitting paths: StoppingPaths, threads: Int = 1) throws {
    guard paths.classCount > 0, !paths.labels.isEmpty else {
      throw InputError.usage("temperature scaling needs logits and labels, these paths have none")
    }
    temperatures = Parallel.map(paths.exitCount, threads: threads) { 1 / ExitLikelihood(paths, exit: $0).bestInverse() }
    fitSamples = paths.sampleCount
  }

  public init(temperatures: [Double], fitSamples: Int = 0) {
    precondition(temperatures.allSatisfy { $0 > 0 }, "temperatures \(temperatures)")
    self.temperatures = temperatures
    self.fitSamples = fitSamples
  }

  /// The paths with logits divided by T_k and the features that logits determine computed again; losses stay as recorded.
  public func apply(_ paths: StoppingPaths) -> StoppingPaths {
    precondition(
      paths.exitCount == temperatures.count, "\(temperatures.count) exits, the paths have \(paths.exitCount)")
    var logits = paths.logits
    for cell in 0..<(paths.sampleCount * paths.exitCount) {
      let inverse = 1 / temperatures[cell % paths.exitCount]
      for place in (cell * paths.classCount)..<((cell + 1) * paths.classCount) { logits[place] *= inverse }
    }
    let scaled = LogitFeatures.all(logits, classes: paths.classCount)
    var features = paths.features
    let width = LogitFeatures.names.count
    for (source, name) in LogitFeatures.names.enumerated() {
      guard let column = paths.featureNames.firstIndex(of: name) else { continue }
      for cell in 0..<(paths.sampleCount * paths.exitCount) {
        features[cell * paths.featureCount + column] = scaled[cell * width + source]
      }
    }
    return paths.replacing(logits: logits, features: features)
  }
}

/// The negative log-likelihood of one exit as a function of beta.
private struct ExitLikelihood {
  /// n x classes, the largest logit of each row taken off.
  private let logits: [Double]
  /// Logit of the label, less the largest.
  private let labelled: [Double]
  private let classes: Int

  init(_ paths: StoppingPaths, exit: Int) {
    let classes = paths.classCount
    var logits: [Double] = []
    logits.reserveCapacity(paths.sampleCount * classes)
    var labelled: [Double] = []
    for sample in 0..<paths.sampleCount {
      let start = (sample * paths.exitCount + exit) * classes
      let row = paths.logits[start..<(start + classes)]
      let top = row.max() ?? 0
      // beyond these gaps a class has no weight at any allowed temperature
      for value in row { logits.append(max(-1e5, value - top)) }
      labelled.append(max(-1e5, row[start + paths.labels[sample]] - top))
    }
    self.logits = logits
    self.labelled = labelled
    self.classes = classes
  }

  func bestInverse() -> Double {
    var (low, high) = (1 / TemperatureScaling.range.upperBound, 1 / TemperatureScaling.range.lowerBound)
    if slopes(high).first <= 0 { return high }
    if slopes(low).first >= 0 { return low }
    var beta = 1.0
    for _ in 0..<60 {
      let (first, second) = slopes(beta)
      if first > 0 { high = beta } else { low = beta }
      let newton = beta - first / second
      // geometric bisection where Newton leaves the bracket
      let next = second > 0 && newton > low && newton < high ? newton : (low * high).squareRoot()
      if abs(next - beta) <= 1e-10 * beta { return next }
      beta = next
    }
    return beta
  }

  private func slopes(_ beta: Double) -> (first: Double, second: Double) {
    var weights = logits.map { beta * $0 }
    let count = weights.count
    weights.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      VectorMath.exp(base, into: base, count: count)
    }
    var (first, second) = (0.0, 0.0)
    for sample in labelled.indices {
      var (total, mean, square) = (0.0, 0.0, 0.0)
      for place in (sample * classes)..<((sample + 1) * classes) {
        let weighted = weights[place] * logits[place]
        total += weights[place]
        mean += weighted
        square += weighted * logits[place]
      }
      mean /= total
      first += mean - labelled[sample]
      second += square / total - mean * mean
    }
    return (first / Double(labelled.count), second / Double(labelled.count))
  }
}

extension StoppingPaths {
  /// The same paths with other logits and features of the same shapes.
  func replacing(logits: [Double], features: [Double]) -> StoppingPaths {
    StoppingPaths(
      sampleCount: sampleCount, exitCount: exitCount, stoppingLoss: stoppingLoss, featureNames: featureNames,
      features: features, classCount: classCount, logits: logits, labels: labels, residualNorm: residualNorm,
      split: split, lipschitzConstant: lipschitzConstant, operations: operations, groups: groups)
  }
}
