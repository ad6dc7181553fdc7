import ArgumentParser
import DepthNetworks
import DepthRuns
import Foundation

/// `depth data list` and `depth data fetch NAME`.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Data sets that come with the package, checksummed.",
    subcommands: [List.self, Fetch.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The data sets and their licences.")
    @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false

    func run() throws {
      let entries = DatasetCatalogue.entries
      if json {
        try printJSON("data list", [:], ["data_sets": .array(entries.map(DataCommand.json))])
      } else {
        for entry in entries { print("\(entry.name): \(entry.description); \(entry.licence)") }
      }
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a data set and say where it lies; digits is shipped, nothing is downloaded.")
    @Argument(help: "The data set's name.") var name: String
    @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false

    func run() throws {
      let path = try DatasetCatalogue.path(name)
      let dataset = try DatasetCatalogue.load(name)
      guard let entry = DatasetCatalogue.entries.first(where: { $0.name == name }) else { return }
      if json {
        var members: [String: JSONValue] = ["path": .string(path.path), "samples": .integer(dataset.sampleCount)]
        if case .object(let more) = DataCommand.json(entry) { members.merge(more) { $1 } }
        try printJSON("data fetch", ["name": .string(name)], members)
      } else {
        print("\(path.path)\nsha256 \(dataset.sha256)\n\(dataset.sampleCount) samples; \(entry.licence)")
      }
    }
  }

  private static func json(_ entry: DatasetCatalogue.Entry) -> JSONValue {
    [
      "name": .string(entry.name), "description": .string(entry.description), "licence": .string(entry.licence),
      "sha256": .string(entry.sha256),
    ]
  }
}
