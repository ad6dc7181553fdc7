import ArgumentParser
import DepthDynamics
import DepthFigures
import DepthNetworks
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// What the shell offers after an option: names from the catalogues, parameters of the problem at hand, run folders.
enum Completions {
  static let folders = CompletionKind.directory
  static let pictures = CompletionKind.file(extensions: FigureFile.endings)
  static let archives = CompletionKind.file(extensions: ["npz"])
  static let arrays = CompletionKind.file(extensions: ["npy"])

  static let problems = CompletionKind.list(
    ProblemCatalogue.entries.map(\.name) + [ProblemCatalogue.chainName, CustomProblem.name])
  static let fields = CompletionKind.list(FieldCatalogue.names.filter { !$0.hasPrefix("run:") } + ["run:"])
  static let diffusions = CompletionKind.list(
    DiffusionCatalogue.entries.map(\.name) + FieldCatalogue.names.filter { $0 != "custom" && !$0.hasPrefix("run:") })
  /// Everything that `depth problems` lists.
  static let catalogue = CompletionKind.list(
    Set(
      ProblemCatalogue.entries.map(\.name) + FieldCatalogue.entries.map(\.name) + DiffusionCatalogue.entries.map(\.name)
    ).sorted())
  static let methods = CompletionKind.list(MethodCatalogue.names)
  static let stochasticMethods = CompletionKind.list(StochasticMethods.all.map(\.name))
  static let integrators = CompletionKind.list(IntegratorChoice.names)
  static let adjoints = CompletionKind.list(GradientChoice.names)
  static let rules = CompletionKind.list(RuleCatalogue.names)
  static let onlineRules = CompletionKind.list(RuleCatalogue.onlineNames + [TheoryBoundary.name])
  static let networks = CompletionKind.list(NetworkKind.allCases.map(\.rawValue))
  static let regularizers = CompletionKind.list(DepthRegularizers.names)
  static let dataSets = CompletionKind.list(DatasetCatalogue.entries.map(\.name))
  static let data = CompletionKind.list(DatasetCatalogue.entries.map(\.name) + TaskCatalogue.entries.map(\.name))

  /// Finished runs near the working folder.
  static let runs = CompletionKind.custom { _, _, prefix in RunSearch.runs(startingWith: prefix) }

  /// `name=` for each parameter of the problem that the line names, standard name and alias.
  static let parameters = CompletionKind.custom { words, _, _ in assignments(of: words) }

  static func assignments(of words: [String]) -> [String] {
    let place = words.lastIndex { $0 == "--problem" || $0 == "--data" }
    let name =
      place.flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
      ?? words.last { $0.hasPrefix("--problem=") }.map { String($0.dropFirst("--problem=".count)) }
    let all =
      ProblemCatalogue.entries.map { ($0.name, $0.parameters) }
      + FieldCatalogue.entries.map { ($0.name, $0.parameters) }
      + TaskCatalogue.entries.map { ($0.name, $0.parameters) }
    let definitions = all.first { $0.0 == name }?.1 ?? []
    return definitions.flatMap { $0.alias == $0.name ? ["\($0.name)="] : ["\($0.name)=", "\($0.alias)="] }
  }
}

/// Looks for run folders from where the user is.
enum RunSearch {
  /// Folders searched at most; a home directory is larger than a shell may wait.
  private static let mostFolders = 2000

  /// Finished runs up to three levels below the folder that `prefix` names so far, as they would be typed.
  static func runs(startingWith prefix: String) -> [String] {
    let head = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    var found: [String] = []
    var waiting = [(path: head, level: 0)]
    var seen = 0
    while !waiting.isEmpty, seen < mostFolders {
      let (path, level) = waiting.removeFirst()
      seen += 1
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path.isEmpty ? "." : path)) ?? []
      for name in names.sorted() where !name.hasPrefix(".") {
        let child = path + name
        var isFolder: ObjCBool = false
        guard child.hasPrefix(prefix), FileManager.default.fileExists(atPath: child, isDirectory: &isFolder),
          isFolder.boolValue
        else { continue }
        if FileManager.default.fileExists(atPath: child + "/manifest.json") { found.append(child) }
        if level < 2 { waiting.append((child + "/", level + 1)) }
      }
    }
    return found
  }
}
