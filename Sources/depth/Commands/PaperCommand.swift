import ArgumentParser
import DepthExperiments
import DepthNetworks
import DepthRuns
import Foundation

/// `depth paper build` and `depth paper check`.
struct PaperCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paper", abstract: "The paper from its experiments.",
    discussion: "examples:\n  depth paper build --quick\n  depth paper check --quick",
    subcommands: [Build.self, Check.self])

  struct Options: ParsableArguments {
    @Option(name: .long, help: "The paper's folder.", completion: Completions.folders) var folder = "paper"
    @Option(
      name: .long, help: "A finished reproduction to take the numbers from; without it, one is run.",
      completion: Completions.runs) var run: String?
    @Flag(name: .long, help: "Run the quick reproduction.") var quick = false
    @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false

    /// The reproduction's folder, made where none was named.
    func reproduction() throws -> RunFolder {
      if let run { return try RunFolder(opening: URL(fileURLWithPath: run)) }
      Interruption.install()
      let url = URL(fileURLWithPath: folder).appendingPathComponent("reproduction")
      do {
        _ = try Reproduction(
          effort: quick ? .quick : .full, threads: ProcessInfo.processInfo.activeProcessorCount,
          command: "depth paper build\(quick ? " --quick" : "")"
        ).run(into: url, progress: { Messages.note($0, quiet: false) }, shouldStop: { Interruption.isRequested })
      } catch is TrainingInterrupted {
        Messages.error("interrupted; give the same command again to go on")
        throw ExitCode(130)
      }
      return try RunFolder(opening: url)
    }
  }

  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the experiments, write numbers, table and figure, typeset.",
      discussion: "examples:\n  depth paper build --quick\n  depth paper build --run reproduction")
    @OptionGroup var options: Options

    func run() throws {
      let paper = PaperBuild(paper: URL(fileURLWithPath: options.folder))
      try paper.generate(from: options.reproduction())
      let pdf = try paper.typeset()
      if options.json {
        try printJSON(
          "paper build", ["folder": .string(options.folder)],
          [
            "figures": ["generated/halting-law.tex"], "numbers": "generated/numbers.tex",
            "pdf": pdf.map { .string($0.path) } ?? .null,
          ])
      } else {
        print(pdf?.path ?? "numbers, table and figure are written; install LaTeX (make paper) to typeset")
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the experiments again and compare every number with the committed one.",
      discussion: "examples:\n  depth paper check --quick\n  depth paper check --run reproduction --json")
    @OptionGroup var options: Options

    func run() throws {
      let paper = PaperBuild(paper: URL(fileURLWithPath: options.folder))
      let differences = try paper.differences(from: options.reproduction())
      if options.json {
        try printJSON(
          "paper check", ["folder": .string(options.folder)],
          [
            "differences": .array(
              differences.map {
                ["name": .string($0.name), "committed": .string($0.committed), "found": .string($0.found)]
              })
          ])
      } else {
        for difference in differences {
          print("\(difference.name): committed \(difference.committed), found \(difference.found)")
        }
        print("\(differences.count) differences")
      }
      if !differences.isEmpty { throw ExitCode(1) }
    }
  }
}
