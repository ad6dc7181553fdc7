import ArgumentParser
import Foundation
import Testing

@testable import depth

/// Every example line of every help is a command line that parses. `make check-examples` runs them.
@Suite struct HelpExampleTests {
  /// The examples of one command's help, continued lines joined.
  private static func examples(_ command: any ParsableCommand.Type) -> [String] {
    command.configuration.discussion.replacingOccurrences(of: "\\\n", with: " ")
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("depth ") }
      // what follows a pipe is another program's
      .map { $0.components(separatedBy: " | ")[0] }
  }

  /// Every command that a user sees, with those below it.
  private static func commands(_ root: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
    [root] + root.configuration.subcommands.filter { $0.configuration.shouldDisplay }.flatMap(commands)
  }

  private static let all = commands(Depth.self)

  @Test func everyHelpBeginsWithExamples() {
    #expect(Self.all.count > 15)
    for command in Self.all {
      let lines = command.configuration.discussion.split(separator: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      #expect(lines.first == "examples:", "\(command)")
      #expect(lines.dropFirst().first?.hasPrefix("depth ") == true, "\(command)")
    }
  }

  @Test func everyExampleParses() {
    for command in Self.all {
      for example in Self.examples(command) {
        #expect(throws: Never.self, "\(example)") {
          try Depth.parseAsRoot(CommandWords.split(example).dropFirst().map { $0 })
        }
      }
    }
  }

  @Test func anExampleThatDoesNotParseIsFound() {
    #expect(throws: (any Error).self) { try Depth.parseAsRoot(["boundary", "--problm", "ou-contraction"]) }
  }

  @Test func wordsAreSplitAsAShellDoes() {
    #expect(
      CommandWords.split("depth integrate  --drift \"-x - k*y\" --by 'a b' --empty ''")
        == ["depth", "integrate", "--drift", "-x - k*y", "--by", "a b", "--empty", ""])
  }
}
