import DepthNumerics
import DepthRuns
public import DepthStopping

/// The predicted stopping region as a rule that a running network can follow: what `depth compare` calls `theory-boundary`.
public enum TheoryBoundary {
  public static let name = "theory-boundary"

  /// The feature that is a coordinate where none was asked for: `log_odds`, else the first; nil without features.
  public static func defaultCoordinate(_ paths: StoppingPaths) -> String? {
    paths.featureNames.contains("log_odds") ? "log_odds" : paths.featureNames.first
  }

  /// Coordinates regressed on these paths, one chosen by five folds (`CoordinateChoice`), its kernel's region by Bellman's recursion.
  ///
  /// - Throws: `InputError.usage` for an unknown coordinate, or paths without features.
  public static func rule(
    fitting paths: StoppingPaths, coordinate: String? = nil, runningCost c: Double, threads: Int = 1
  ) throws -> CoordinateRule {
    guard let feature = coordinate ?? defaultCoordinate(paths) else {
      throw InputError.usage("\(name) needs a feature as its coordinate, and these paths have none")
    }
    let values = ValueRegression(fitting: paths, runningCost: c, threads: threads)
    let kernels = try kernels(paths, feature: feature, values: values, threads: threads)
    let choice = CoordinateChoice(kernels, runningCost: c, threads: threads)
    let chosen = choice.candidates[choice.chosen]
    return kernels[chosen.coordinate].rule(runningCost: c, level: chosen.level, name: name)
  }

  /// Of every coordinate that these paths allow, the feature first.
  static func kernels(
    _ paths: StoppingPaths, feature: String, values: ValueRegression, threads: Int
  ) throws -> [CoordinateKernel] {
    let coordinates = try PredictionCoordinate.all(
      fitting: paths, feature: feature, regression: values, threads: threads)
    return Parallel.map(coordinates.count, threads: threads) { CoordinateKernel(coordinates[$0], on: paths) }
  }
}
