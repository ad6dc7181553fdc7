import ArgumentParser
import DepthFigures
import DepthRuns
import Foundation

/// Options that every computing command has.
struct CommonOptions: ParsableArguments {
  @Flag(name: .long, help: "Print one JSON object on stdout.")
  var json = false

  @Option(
    name: .long, help: "Leave a run folder: configuration, manifest, results, tables.", completion: Completions.folders)
  var output: String?

  @Option(
    name: .long,
    help: "A TOML file of options in snake_case, or a run folder whose configuration to repeat; flags override it.",
    completion: .file())
  var config: String?

  @Option(
    name: .long, parsing: .unconditionalSingleValue, help: "A problem parameter, name=value; repeatable.",
    completion: Completions.parameters)
  var set: [String] = []

  @Option(name: .long, help: "Seed of every random number (default 0).")
  var seed: UInt64?

  @Option(name: .long, help: "Threads; results do not depend on it (default: the cores).")
  var threads: Int?

  @Flag(name: .long, help: "No progress on stderr.")
  var quiet = false

  @Flag(name: .long, help: "Exit 0 although a tolerance was missed.")
  var allowUnconverged = false

  @Flag(name: .long, help: "No colour in the terminal.")
  var noColor = false

  @Option(
    name: .long, help: "A picture: FILE.png, FILE.svg, FILE.pdf, or - for the terminal.",
    completion: Completions.pictures)
  var plot: String?

  /// The file's options, or none.
  ///
  /// - Throws: `InputError` for an unreadable file or a key that is not in `known`.
  /// Everything that can be refused before work begins is refused here: a picture or a folder that cannot be written,
  /// threads.
  func file(known: [String]) throws -> OptionFile {
    if let plot, plot.isEmpty { throw InputError.usage("--plot is empty; allowed: FILE.png, FILE.svg, FILE.pdf, or -") }
    if let plot, plot != "-" { try FigureFile.requireWritable(URL(fileURLWithPath: plot)) }
    if let threads, threads < 1 { throw InputError.value(threads, of: "threads", allowed: "positive integers") }
    if let output {
      if output.isEmpty { throw InputError.usage("--output is empty; allowed: a folder's name") }
      try Self.requireFolder(URL(fileURLWithPath: output))
    }
    guard let config else { return OptionFile(values: [:], path: "") }
    return try OptionFile(contentsOf: config, known: known + ["set", "parameters", "seed", "threads"])
  }

  /// - Throws: `InputError.data` unless the folder, or the nearest one above it that exists, can be written into.
  private static func requireFolder(_ url: URL) throws {
    var (folder, isFolder) = (url.standardizedFileURL, ObjCBool(false))
    while !FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), folder.path != "/" {
      folder.deleteLastPathComponent()
    }
    guard isFolder.boolValue else { throw InputError.data("\(folder.path) is a file, a folder is needed") }
    guard access(folder.path, W_OK) == 0 else { throw InputError.data("cannot write into \(folder.path)") }
  }

  /// `--set` pairs after those of the file; a flag replaces what the file says of the same parameter, by name or alias.
  func settings(
    _ file: OptionFile, among definitions: [ParameterDefinition] = [], groups: [String: [String]] = [:]
  ) throws -> [(String, Double)] {
    func number(_ key: String, _ text: String) throws -> Double? {
      if let value = Double(text) { return value }
      let definition = definitions.first { $0.name == key || $0.alias == key }
      guard case .choice? = definition?.allowed else { return nil }
      return try ParameterValues.numbers([(key, text)], definitions, of: "the problem").first?.1
    }
    let flags = try set.map { text -> (String, Double) in
      let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2, !parts[0].isEmpty, let value = try number(parts[0], parts[1]) else {
        throw InputError.value(text, of: "--set", allowed: "name=value with a number")
      }
      return (parts[0], value)
    }
    func names(_ key: String) -> [String] {
      groups[key] ?? [definitions.first { $0.name == key || $0.alias == key }?.name ?? key]
    }
    let flagged = Set(flags.flatMap { names($0.0) })
    let kept = try file.settings(number).flatMap { key, value -> [(String, Double)] in
      let names = names(key)
      return names.contains { flagged.contains($0) }
        ? names.filter { !flagged.contains($0) }.map { ($0, value) } : [(key, value)]
    }
    return kept + flags
  }

  /// The same with `--running-cost` (or the file's) in place of any other setting of the cost.
  func settings(_ file: OptionFile, runningCost: Double?) throws -> [(String, Double)] {
    let settings = try settings(file)
    guard let cost = try runningCost ?? file.number("running_cost") else { return settings }
    return settings.filter { $0.0 != "running_cost" && $0.0 != "c" } + [("running_cost", cost)]
  }

  func resolvedSeed(_ file: OptionFile) throws -> UInt64 {
    try seed ?? file.seed("seed") ?? 0
  }

  /// Seed and threads as a record holds them.
  func record(_ file: OptionFile) throws -> [String: JSONValue] {
    let seed = try resolvedSeed(file)
    return [
      "seed": seed < 1 << 53 ? .integer(Int(seed)) : .string(String(seed)),
      "threads": .integer(try resolvedThreads(file)),
    ]
  }

  /// - Throws: `InputError.usage` unless positive.
  func resolvedThreads(_ file: OptionFile) throws -> Int {
    let count = try threads ?? file.integer("threads") ?? ProcessInfo.processInfo.activeProcessorCount
    guard count > 0 else { throw InputError.value(count, of: "threads", allowed: "positive integers") }
    return count
  }

  var usesColor: Bool {
    !noColor && ProcessInfo.processInfo.environment["NO_COLOR"] == nil && isatty(STDOUT_FILENO) == 1
  }
}

/// Options read from `--config`.
struct OptionFile {
  let values: [String: JSONValue]
  let path: String

  init(values: [String: JSONValue], path: String) {
    self.values = values
    self.path = path
  }

  init(contentsOf path: String, known: [String]) throws {
    self.path = path
    values = try ConfigurationFile.read(URL(fileURLWithPath: path))
    if let stranger = values.keys.sorted().first(where: { !known.contains($0) }) {
      throw InputError.data("\(path): \(InputError.unknown(stranger, kindOfName: "key", known: known.sorted()))")
    }
  }

  func isGiven(_ key: String) -> Bool { values[key] != nil }
  func flag(_ key: String) throws -> Bool? {
    try typed(key, "true or false") { value in
      guard case .bool(let isOn) = value else { return nil }
      return isOn
    }
  }
  func string(_ key: String) throws -> String? { try typed(key, "text") { $0.stringValue } }
  func number(_ key: String) throws -> Double? { try typed(key, "a number") { $0.doubleValue } }
  func integer(_ key: String) throws -> Int? { try typed(key, "an integer") { $0.integerValue } }

  /// Beyond 2^53 a record holds it as text.
  func seed(_ key: String) throws -> UInt64? {
    if let text = values[key]?.stringValue, let seed = UInt64(text) { return seed }
    return try integer(key).map { value in
      guard let seed = UInt64(exactly: value) else {
        throw InputError.value(value, of: key, allowed: "integers from 0")
      }
      return seed
    }
  }

  func numbers(_ key: String) throws -> [Double]? {
    try typed(key, "a list of numbers") { value in
      let numbers = value.arrayValue?.compactMap(\.doubleValue)
      return numbers?.count == value.arrayValue?.count ? numbers : nil
    }
  }

  /// One number, or a list of them.
  func numberList(_ key: String) throws -> [Double]? {
    values[key]?.arrayValue == nil ? try number(key).map { [$0] } : try numbers(key)
  }

  /// One text, or a list of them.
  func strings(_ key: String) throws -> [String]? {
    guard let list = values[key]?.arrayValue else { return try string(key).map { [$0] } }
    let texts = list.compactMap(\.stringValue)
    guard texts.count == list.count else { throw InputError.data("\(path): '\(key)' is not a list of texts") }
    return texts
  }

  /// States: a list of numbers is one state of that dimension, or several of dimension one; a list of lists is several.
  func points(_ key: String, dimension: Int) throws -> [[Double]] {
    guard let list = values[key]?.arrayValue, list.contains(where: { $0.arrayValue != nil }) else {
      let numbers = try numberList(key) ?? []
      return dimension == 1 ? numbers.map { [$0] } : numbers.isEmpty ? [] : [numbers]
    }
    return try list.map { state in
      guard let entries = state.arrayValue, case let numbers = entries.compactMap(\.doubleValue),
        numbers.count == entries.count
      else { throw InputError.data("\(path): '\(key)' is not a list of states") }
      return numbers
    }
  }

  /// The table `set`, or `parameters` as a run's configuration calls it.
  /// - Parameter read: a text's number, where the problem knows the text as a choice.
  func settings(_ read: (String, String) throws -> Double? = { _, _ in nil }) throws -> [(String, Double)] {
    guard values["set"] == nil || values["parameters"] == nil else {
      throw InputError.data("\(path) has both 'set' and 'parameters'; allowed: one of them")
    }
    let name = values["set"] == nil ? "parameters" : "set"
    guard let table = values[name] else { return [] }
    guard case .object(let members) = table else { throw InputError.data("\(path): '\(name)' is not a table") }
    return try members.sorted { $0.key < $1.key }.map { key, value in
      guard let number = try value.doubleValue ?? value.stringValue.flatMap({ try read(key, $0) }) else {
        throw InputError.data("\(path): \(name).\(key) is not a number")
      }
      return (key, number)
    }
  }

  private func typed<T>(_ key: String, _ kind: String, _ read: (JSONValue) -> T?) throws -> T? {
    guard let value = values[key] else { return nil }
    guard let result = read(value) else { throw InputError.data("\(path): '\(key)' is not \(kind)") }
    return result
  }
}

/// Numbers typed with commas: "1,2.5,-3".
func parseNumbers(_ text: String, of flag: String) throws -> [Double] {
  try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
    guard let value = Double(part.trimmingCharacters(in: .whitespaces)), value.isFinite else {
      throw InputError.value("'\(text)'", of: flag, allowed: "finite numbers separated by commas")
    }
    return value
  }
}
