import ArgumentParser
import DepthDynamics
import DepthRuns
import DepthStopping

/// `depth problems [NAME]`.
struct ProblemsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "problems", abstract: "The catalogue of stopping problems and vector fields.",
    discussion: "examples:\n  depth problems\n  depth problems ou-contraction --json")

  @Argument(help: "One problem; all without.")
  var name: String?

  @Flag(name: .long, help: "Print one JSON object on stdout.")
  var json = false

  func run() throws {
    let entries =
      try name.map { $0 == ProblemCatalogue.chainName ? [] : [try ProblemCatalogue.entry($0)] }
      ?? ProblemCatalogue.entries
    let lists = name == nil || name == ProblemCatalogue.chainName
    let problems = entries.map(\.json) + (lists ? [Self.chain] : [])
    if json {
      try printJSON("problems", ["name": name.map { .string($0) } ?? .null], ["problems": .array(problems)])
      return
    }
    for entry in entries {
      print("\(entry.name)  (\(entry.kind.rawValue); methods: \(entry.methods.joined(separator: ", ")))")
      print("    \(entry.formula)")
      for parameter in entry.parameters {
        let unit = parameter.unit.isEmpty ? "" : " [\(parameter.unit)]"
        print("    --set \(parameter.alias)=\(parameter.defaultValue)  \(parameter.name)\(unit): \(parameter.meaning)")
      }
      if name != nil { print("    source: \(entry.citation)") }
    }
    if lists {
      print("chain  (chain; methods: bellman)\n    --transition P.npy --stopping-loss g.npy --running-cost c")
    }
    if name == nil {
      print(
        "\nfields for integrate, gradient and limit: \(FieldCatalogue.names.joined(separator: ", "))")
      print(
        "diffusions for simulate: \(DiffusionCatalogue.entries.map(\.name).joined(separator: ", ")), and every field")
    }
  }

  private static let chain: JSONValue = [
    "name": .string(ProblemCatalogue.chainName), "kind": "chain",
    "parameters": [["name": "running_cost", "alias": "c"]],
    "methods": ["bellman"], "reference": false, "formula": "finite Markov chain P, stopping loss g, cost c a block",
    "citation": "exact Bellman recursion",
  ]
}
