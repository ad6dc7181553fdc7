import DepthNetworks
import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// A comparison on `evidence` against the optimum that is known exactly.
///
/// Everything that the network shows at exit k is made from k measurements, and its prediction errs no less than the posterior's: every
/// rule on it pays at least the optimum of the measurements, so that the bracket's lower end is exact.
struct KnownOptimum {
  let optimum: EvidenceOptimum
  private let comparison: DepthComparison

  init(_ optimum: EvidenceOptimum, _ comparison: DepthComparison) {
    self.optimum = optimum
    self.comparison = comparison
  }

  private var judged: [DepthComparison.Judged] {
    comparison.predictions + (comparison.chosen.map { [$0] } ?? [])
  }

  /// nil where no bracket was asked for.
  var bracket: DualBracket? {
    guard let upper = comparison.bracket?.upper else { return nil }
    let value = optimum.objective
    return DualBracket(
      lower: Interval(value: value, lower: value - optimum.errorBound, upper: value + optimum.errorBound), upper: upper,
      ratio: Interval(value: upper.value / value, lower: upper.lower / value, upper: upper.upper / value), widening: 0,
      isExact: true, checks: [], lowerKind: "exact optimum of the measurements that every rule on the network reads",
      upperKind: comparison.bracket?.upperKind ?? "", filtration: "the measurements")
  }

  /// Of each prediction: its mean depth over the optimum's, and the distance of its law to the optimal one.
  var json: JSONValue {
    .array(
      judged.map { own in
        let depth = own.prediction.expectedStoppingDepth
        let realised = own.realised.expectedStoppingDepth
        return [
          "level": .string(own.prediction.level.rawValue), "coordinate": .string(own.prediction.coordinate),
          "expected_stopping_depth": JSONValue(depth),
          "relative_depth": JSONValue(depth / optimum.expectedStoppingDepth),
          "realised": realised.json, "within_realised": .bool(realised.lower <= depth && depth <= realised.upper),
          "kolmogorov_smirnov": JSONValue(LawDistance.kolmogorovSmirnov(own.prediction.law, optimum.law)),
          "wasserstein": JSONValue(LawDistance.wasserstein(own.prediction.law, optimum.law)),
        ]
      })
  }

  var line: String? {
    guard let own = comparison.chosen ?? comparison.predictions.last else { return nil }
    let depth = own.prediction.expectedStoppingDepth
    let distance = LawDistance.kolmogorovSmirnov(own.prediction.law, optimum.law)
    return String(
      format: "predicted E tau %.4f against the exact optimum's %.4f; KS of the predicted to the optimal law %.4f",
      depth,
      optimum.expectedStoppingDepth, distance)
  }
}
