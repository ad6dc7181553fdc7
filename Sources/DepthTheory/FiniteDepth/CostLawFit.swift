import DepthNumerics
import DepthStopping
import Foundation

extension CostSweep {
  /// Both laws, where at least three costs are left.
  static func fits(_ points: [Point]) -> [CostLawFit] {
    guard points.count >= 3, Set(points.map(\.runningCost)).count >= 3 else { return [] }
    return [Law.Kind.logarithmic, .power].map { CostLawFit($0, points) }
  }
}

/// A line through the transformed depths; the slope is a fixed combination of them.
struct CostLawFit {
  let kind: CostSweep.Law.Kind
  let x: [Double]
  private let y: [Double]
  private let weights: [Double]
  private let depths: [Double]
  private let slope: Double
  private let intercept: Double

  init(_ kind: CostSweep.Law.Kind, _ points: [CostSweep.Point]) {
    self.kind = kind
    let depths = points.map(\.expectedStoppingDepth.value)
    let x = points.map { kind == .logarithmic ? -log($0.runningCost) : log($0.runningCost) }
    let y = kind == .logarithmic ? depths : depths.map { log($0 + 0.5) }
    let mean = Statistics.mean(x)
    let spread = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let weights = x.map { ($0 - mean) / spread }
    let slope = zip(weights, y).reduce(0) { $0 + $1.0 * $1.1 }
    (self.x, self.y, self.weights, self.depths, self.slope) = (x, y, weights, depths, slope)
    intercept = Statistics.mean(y) - slope * mean
  }

  /// Root mean square distance in blocks.
  var deviation: Double {
    let squares = zip(x, depths).map { place, depth -> Double in
      let line = intercept + slope * place
      let gap = depth - (kind == .logarithmic ? line : exp(line) - 0.5)
      return gap * gap
    }
    return Statistics.mean(squares).squareRoot()
  }

  /// Student's 95 % of the residuals.
  var residualInterval: Interval {
    let residuals = zip(x, y).map { $1 - intercept - slope * $0 }
    let variance = residuals.reduce(0) { $0 + $1 * $1 } / Double(x.count - 2)
    let error = (variance * weights.reduce(0) { $0 + $1 * $1 }).squareRoot()
    let half = Statistics.studentQuantile(0.975, degrees: Double(x.count - 2)) * error
    return Interval(value: slope, lower: slope - half, upper: slope + half)
  }

  /// Over the samples, the same at every cost; the power law's slope to first order in the means.
  func interval(_ samples: [[Double]], _ bootstrap: Bootstrap, _ threads: Int) -> Interval {
    let factors = zip(weights, depths).map { kind == .logarithmic ? $0 : $0 / ($1 + 0.5) }
    let combined = (0..<bootstrap.sampleCount).map { sample in
      zip(factors, samples).reduce(0) { $0 + $1.0 * $1.1[sample] }
    }
    let moved = bootstrap.mean(combined, threads: threads)
    return Interval(
      value: slope, lower: slope + moved.lower - moved.value, upper: slope + moved.upper - moved.value)
  }
}
