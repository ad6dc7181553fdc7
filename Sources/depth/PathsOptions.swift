import ArgumentParser
import DepthNetworks
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// Where recorded paths come from, and the coordinate to look at; shared by `theory` and `compare`.
struct PathsOptions: ParsableArguments {
  @Option(
    name: .long, help: "A run folder of depth train; compare takes several: seeds of one configuration.",
    completion: Completions.runs)
  var run: [String] = []
  @Option(
    name: .long, help: "A user's own paths: FILE.npz with loss [n, L+1] and more.", completion: Completions.archives)
  var paths: String?
  @Option(name: .long, help: "Feature that serves as the coordinate (default log_odds, or the first there is).")
  var coordinate: String?

  static let keys = ["run", "paths", "coordinate"]

  struct Resolved {
    let paths: StoppingPaths
    let runningCost: Double
    let coordinate: String?
    let configuration: [String: JSONValue]
    /// What the run was trained with; empty for a user's own paths.
    let training: [String: JSONValue]
  }

  /// - Parameter runningCost: c; nil for the run's own.
  /// - Throws: `InputError` for a missing or damaged source, an unknown coordinate, a missing or negative cost, several runs.
  func resolve(_ file: OptionFile, runningCost: Double?) throws -> Resolved {
    let all = try resolveAll(file, runningCost: runningCost)
    guard all.count == 1 else { throw InputError.usage("give one --run here, not \(all.count)") }
    return all[0].resolved
  }

  /// Every run with its name, or the one file of `--paths`; the coordinate and the cost are the same for all.
  ///
  /// - Throws: as `resolve`, and where runs have different costs of their own and none was given.
  func resolveAll(_ file: OptionFile, runningCost: Double?) throws -> [(name: String, resolved: Resolved)] {
    let runs = try run.isEmpty ? file.values["run"] == .null ? [] : file.strings("run") ?? [] : run
    let archive = try paths ?? (file.values["paths"] == .null ? nil : file.string("paths"))
    guard runs.isEmpty != (archive == nil) else { throw InputError.usage("give either --run RUN or --paths FILE.npz") }
    if let archive { return [(archive, try resolved(nil, archive, file, runningCost))] }
    if let twice = Set(runs).first(where: { name in runs.filter { $0 == name }.count > 1 }) {
      throw InputError.usage("--run \(twice) is given twice")
    }
    let all = try runs.map { (name: $0, resolved: try resolved($0, nil, file, runningCost)) }
    if let other = all.first(where: { $0.resolved.runningCost != all[0].resolved.runningCost }) {
      throw InputError.usage(
        "\(all[0].name) was trained at running cost \(all[0].resolved.runningCost), \(other.name) at "
          + "\(other.resolved.runningCost); give --running-cost")
    }
    return all
  }

  private func resolved(
    _ run: String?, _ archive: String?, _ file: OptionFile, _ runningCost: Double?
  ) throws -> Resolved {
    let folder = try run.map { try RunFolder(opening: URL(fileURLWithPath: $0)) }
    let url = folder?.file("paths.npz") ?? URL(fileURLWithPath: archive ?? "")
    let recorded = try StoppingPaths(archive: url)
    let training = try folder?.configuration() ?? [:]
    guard let cost = runningCost ?? training["running_cost"]?.doubleValue else {
      throw InputError.usage("--running-cost is missing")
    }
    guard cost > 0, cost <= 1e100 else {
      throw InputError.value(cost, of: "running_cost", allowed: "positive numbers up to 1e100")
    }
    let asked = try coordinate ?? file.string("coordinate")
    if let asked { _ = try recorded.featureIndex(asked) }
    let chosen = asked ?? TheoryBoundary.defaultCoordinate(recorded)
    return Resolved(
      paths: recorded, runningCost: cost, coordinate: chosen,
      configuration: [
        "run": run.map { .string($0) } ?? .null, "paths": archive.map { .string($0) } ?? .null,
        "running_cost": JSONValue(cost), "coordinate": chosen.map { .string($0) } ?? .null,
        "samples": .integer(recorded.sampleCount), "blocks": .integer(recorded.blockCount),
      ], training: training)
  }

  /// Said when a user's file has no split: rules are then judged on the samples they were fitted on; and when samples are dependent.
  static func warnings(_ paths: StoppingPaths) -> [String] {
    let unsplit =
      paths.split.isEmpty
      ? ["no 'split': rules are fitted and judged on the same samples, so objectives are too good"] : []
    guard !paths.groups.isEmpty else { return unsplit }
    return unsplit + [
      "\(paths.sampleCount) answers belong to \(Set(paths.groups).count) sequences and are dependent within one: bootstrap "
        + "intervals draw whole sequences; those of curves, calibration, envelopes and of several runs take answers for "
        + "independent and are too narrow"
    ]
  }
}
