import ArgumentParser
import DepthRuns

/// `depth problems [NAME]`.
struct ProblemsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "problems", abstract: "The catalogue of stopping problems, vector fields and diffusions.",
    discussion: "examples:\n  depth problems\n  depth problems lorenz\n  depth problems ou-contraction --json")

  @Argument(help: "One problem; all without.", completion: Completions.catalogue)
  var name: String?

  @Flag(name: .long, help: "Print one JSON object on stdout.")
  var json = false

  func run() throws {
    let listing = try CatalogueListing(name)
    if json {
      let configuration: [String: JSONValue] = ["name": name.map { .string($0) } ?? .null]
      return try printJSON("problems", configuration, ["problems": .array(listing.entries.map(\.json))])
    }
    for role in CatalogueListing.Role.allCases {
      let entries = listing.entries.filter { $0.role == role }
      if entries.isEmpty { continue }
      if name == nil { try StandardOutput.print("# \(role.heading)") }
      for entry in entries {
        for line in entry.lines(isAlone: name != nil) { try StandardOutput.print(line) }
      }
      if name == nil { try StandardOutput.print("") }
    }
  }
}
