import ArgumentParser
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// Other networks to hold against those of `--run` at equal accuracy.
struct EqualAccuracyOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Run folders, one for each --run in the same order: how deep must they go for the same accuracy?",
    completion: Completions.runs)
  var equalAccuracy: [String] = []
  @Option(
    name: .long, parsing: .unconditional,
    help: "Accuracy of the last exit that may be given up, on the fit part (default 0.002).")
  var accuracyTolerance: Double?

  static let keys = ["equal_accuracy", "accuracy_tolerance"]

  struct Resolved {
    let runs: [(name: String, paths: StoppingPaths)]
    let tolerance: Double

    /// The keys of `EqualAccuracyOptions.keys`.
    var configuration: [String: JSONValue] {
      guard !runs.isEmpty else { return [:] }
      return [
        "equal_accuracy": .array(runs.map { .string($0.name) }), "accuracy_tolerance": JSONValue(tolerance),
      ]
    }

    /// nil where nothing was asked for.
    func study(
      _ baselines: [(name: String, paths: StoppingPaths)], seed: UInt64, threads: Int
    ) throws -> EqualAccuracyStudy? {
      guard !runs.isEmpty else { return nil }
      let pairs = try zip(baselines, runs).map { baseline, other in
        EqualAccuracyStudy.Pair(
          baseline: baseline.name, other: other.name,
          outcome: try EqualAccuracy(
            baseline: baseline.paths, other: other.paths, tolerance: tolerance, seed: seed, threads: threads))
      }
      return EqualAccuracyStudy(pairs, tolerance: tolerance)
    }
  }

  /// - Throws: `InputError` for folders without paths, another number of them than of `--run`, a tolerance on its own.
  func resolve(_ file: OptionFile, runs: Int) throws -> Resolved {
    let names = try equalAccuracy.isEmpty ? file.strings("equal_accuracy") ?? [] : equalAccuracy
    let tolerance = try accuracyTolerance ?? file.number("accuracy_tolerance")
    guard !names.isEmpty || tolerance == nil else {
      throw InputError.usage("--accuracy-tolerance goes with --equal-accuracy")
    }
    guard names.isEmpty || names.count == runs else {
      throw InputError.usage("--equal-accuracy takes a run folder for each --run: \(runs), not \(names.count)")
    }
    let others = try names.map { name in
      (name: name, paths: try StoppingPaths(archive: RunFolder(opening: URL(fileURLWithPath: name)).file("paths.npz")))
    }
    return Resolved(runs: others, tolerance: tolerance ?? EqualAccuracy.defaultTolerance)
  }
}
