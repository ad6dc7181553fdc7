import ArgumentParser
import DepthRuns
import Foundation

/// The command.
@main
struct Depth: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "depth",
    abstract: "How deep should a network be, for this input? Optimal stopping in depth.",
    discussion: """
      examples:
        depth boundary --problem ou-contraction --set a=1 --set s=0.5 --set c=0.1
        depth integrate --problem flow-decay --at-depth 0.5 --json
        depth simulate --problem ou-contraction --paths 10000 --horizon 2 --points 41 --plot -
        depth reproduce --quick --output reproduction
      """,
    version: Manifest.version,
    subcommands: [
      ProblemsCommand.self, BoundaryCommand.self, IntegrateCommand.self, GradientCommand.self, SimulateCommand.self,
      LimitCommand.self,
      TrainCommand.self, InferCommand.self, InferTokensCommand.self, DataCommand.self, TheoryCommand.self,
      CompareCommand.self, LensCommand.self, SweepCommand.self, SweepWorkerCommand.self, FiguresCommand.self,
      ReproduceCommand.self, PaperCommand.self,
    ])

  /// Parses, runs, and turns every error into one line and its exit code.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      CommandFailure(error).exit()
    }
  }
}
