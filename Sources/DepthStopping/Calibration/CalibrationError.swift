import DepthNumerics
public import DepthRuns
import Foundation

/// How far an exit's probabilities are from frequencies.
///
/// `ECE = sum_b (n_b / n) |accuracy_b - confidence_b|` over 15 equal-width bins of the confidence (Guo et al. 2017); biased
/// upwards by about `sqrt(bins / n)` in small samples. Brier: `mean sum_y (p_y - 1[y = label])^2`, in [0, 2]. NLL in nats.
public struct CalibrationError: Equatable, Sendable {
  public let expectedCalibrationError: Double
  public let brierScore: Double
  public let negativeLogLikelihood: Double

  public static let bins = 15

  /// - Throws: `InputError.usage` when the paths have no logits and labels.
  public init(_ paths: StoppingPaths, exit: Int) throws {
    guard paths.classCount > 0, !paths.labels.isEmpty else {
      throw InputError.usage("calibration needs logits and labels, these paths have none")
    }
    var (count, right, confident) = (
      [Double](repeating: 0, count: Self.bins), [Double](repeating: 0, count: Self.bins),
      [Double](repeating: 0, count: Self.bins)
    )
    var (brier, likelihood) = (0.0, 0.0)
    var law = [Double](repeating: 0, count: paths.classCount)
    for sample in 0..<paths.sampleCount {
      let start = (sample * paths.exitCount + exit) * paths.classCount
      let predicted = paths.predictedClass(sample, exit) ?? 0
      let top = paths.logits[start + predicted]
      for j in law.indices { law[j] = exp(paths.logits[start + j] - top) }
      let total = law.reduce(0, +)
      let label = paths.labels[sample]
      for j in law.indices {
        let gap = law[j] / total - (j == label ? 1 : 0)
        brier += gap * gap
      }
      likelihood += log(total) - (paths.logits[start + label] - top)
      let bin = min(Self.bins - 1, Int(Double(Self.bins) / total))
      count[bin] += 1
      confident[bin] += 1 / total
      if predicted == label { right[bin] += 1 }
    }
    let n = Double(paths.sampleCount)
    expectedCalibrationError = (0..<Self.bins).reduce(0) { $0 + abs(right[$1] - confident[$1]) } / n
    brierScore = brier / n
    negativeLogLikelihood = likelihood / n
  }
}

/// Calibration of every exit on judged paths, raw and after temperatures fitted elsewhere.
public struct CalibrationReport: Equatable, Sendable {
  public let scaling: TemperatureScaling
  public let raw: [CalibrationError]
  public let scaled: [CalibrationError]

  /// - Throws: `InputError.usage` when the paths have no logits and labels.
  public init(_ scaling: TemperatureScaling, judging paths: StoppingPaths, threads: Int = 1) throws {
    self.scaling = scaling
    raw = try Self.errors(paths, threads)
    let applied = scaling.apply(paths)
    scaled = try Self.errors(applied, threads)
  }

  private static func errors(_ paths: StoppingPaths, _ threads: Int) throws -> [CalibrationError] {
    try Parallel.map(paths.exitCount, threads: threads) { exit in Result { try CalibrationError(paths, exit: exit) } }
      .map { try $0.get() }
  }

  /// One row per exit: `block`, `temperature`, then each error raw and scaled.
  public var table: Table {
    var table = Table(name: "calibration")
    table.add("block", Array(raw.indices))
    table.add("temperature", scaling.temperatures)
    table.add("expected_calibration_error", raw.map(\.expectedCalibrationError))
    table.add("expected_calibration_error_scaled", scaled.map(\.expectedCalibrationError))
    table.add("brier_score", raw.map(\.brierScore))
    table.add("brier_score_scaled", scaled.map(\.brierScore))
    table.add("negative_log_likelihood", raw.map(\.negativeLogLikelihood))
    table.add("negative_log_likelihood_scaled", scaled.map(\.negativeLogLikelihood))
    return table
  }

  public var json: JSONValue {
    func errors(_ list: [CalibrationError]) -> JSONValue {
      [
        "expected_calibration_error": JSONValue(list.map(\.expectedCalibrationError)),
        "brier_score": JSONValue(list.map(\.brierScore)),
        "negative_log_likelihood": JSONValue(list.map(\.negativeLogLikelihood)),
      ]
    }
    return [
      "temperatures": JSONValue(scaling.temperatures), "fit_samples": .integer(scaling.fitSamples),
      "bins": .integer(CalibrationError.bins), "raw": errors(raw), "scaled": errors(scaled),
    ]
  }
}
