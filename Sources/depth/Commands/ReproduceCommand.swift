import ArgumentParser
import DepthExperiments
import DepthNetworks
import DepthRuns
import Foundation

/// `depth reproduce`: the whole path on real data, into one folder with a report to open.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce", abstract: "The whole path on real data, end to end, with a report to open.",
    discussion:
      "examples:\n  depth reproduce --quick --output reproduction\n  depth reproduce --output full --threads 2")

  @Flag(name: .long, help: "Three seeds and five costs: about a minute instead of several.") var quick = false
  @Option(name: .long, help: "The folder (default reproduction).", completion: Completions.folders) var output =
    "reproduction"
  @Option(name: .long, help: "Threads; results do not depend on it.") var threads: Int?
  @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false
  @Flag(name: .long, help: "No progress on stderr.") var quiet = false

  func run() throws {
    Interruption.install()
    let count = threads ?? ProcessInfo.processInfo.activeProcessorCount
    guard count > 0 else { throw InputError.value(count, of: "threads", allowed: "positive integers") }
    let reproduction = Reproduction(
      effort: quick ? .quick : .full, threads: count,
      command: "depth reproduce\(quick ? " --quick" : "") --output \(output)")
    do {
      let outcome = try reproduction.run(
        into: URL(fileURLWithPath: output), progress: { Messages.note($0, quiet: quiet) },
        shouldStop: { Interruption.isRequested })
      if json {
        try printJSON(
          "reproduce", ["quick": .bool(quick), "output": .string(output)],
          [
            "report": .string(outcome.report.path), "seconds": JSONValue(outcome.seconds),
            "figures": .array(outcome.figures.map { .string($0.path) }),
            "facts": .object(outcome.facts.mapValues { JSONValue($0) }),
          ], seconds: outcome.seconds)
      } else {
        print("\(outcome.report.path)")
      }
    } catch is TrainingInterrupted {
      Messages.error("interrupted; give the same command again to go on from the checkpoints in \(output)")
      throw ExitCode(130)
    }
  }
}
