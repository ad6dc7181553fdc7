public import DepthRuns
import Foundation

/// Where a data set comes from, as `--data` says it.
///
/// `NAME` of the catalogue (`digits`) or of a task (`parity`); `KIND:PATH` for a user's own files: `csv:FILE`, `npz:FILE`,
/// `npy:PREFIX`, `idx:PREFIX`, `cifar-10:DIR`, `cifar-100:DIR`, `images:DIR`, `text:FILE`; or a bare `FILE` ending in
/// .csv, .csv.gz, .npz or .txt.
public enum DataSource: Equatable, Sendable {
  case catalogue(String)
  case task(String)
  case files(FileKind, path: String)

  public enum FileKind: String, CaseIterable, Sendable {
    case csv, npz, npy, idx
    case cifar10 = "cifar-10"
    case cifar100 = "cifar-100"
    case images, text

    /// What stands behind the colon.
    var pathKind: String {
      switch self {
      case .csv, .npz, .text: "FILE"
      case .npy, .idx: "PREFIX"
      case .cifar10, .cifar100, .images: "DIR"
      }
    }
  }

  /// All that `--data` takes, for help and messages.
  public static var forms: [String] {
    DatasetCatalogue.entries.map(\.name) + TaskCatalogue.entries.map(\.name)
      + FileKind.allCases.map { "\($0.rawValue):\($0.pathKind)" } + ["FILE.csv"]
  }

  private static let endings: [(String, FileKind)] = [
    (".csv", .csv), (".csv.gz", .csv), (".npz", .npz), (".txt", .text),
  ]

  /// - Throws: `InputError.usage` for text of no known form.
  public init(_ text: String) throws {
    if DatasetCatalogue.entries.contains(where: { $0.name == text }) {
      self = .catalogue(text)
    } else if TaskCatalogue.entries.contains(where: { $0.name == text }) {
      self = .task(text)
    } else if let colon = text.firstIndex(of: ":"), let kind = FileKind(rawValue: String(text[..<colon])) {
      let path = String(text[text.index(after: colon)...])
      guard !path.isEmpty else { throw InputError.usage("data '\(text)' names no \(kind.pathKind)") }
      self = .files(kind, path: path)
    } else if let (_, kind) = Self.endings.first(where: { text.hasSuffix($0.0) }) {
      self = .files(kind, path: text)
    } else {
      throw InputError.unknown(text, kindOfName: "data set", known: Self.forms)
    }
  }

  /// What `--set` takes.
  public var parameters: [ParameterDefinition] {
    switch self {
    case .catalogue(let name): DatasetCatalogue.entries.first { $0.name == name }?.parameters ?? []
    case .task(let name): TaskCatalogue.entries.first { $0.name == name }?.parameters ?? []
    case .files(.images, _): Self.imageParameters
    case .files(.text, _): Self.textParameters
    case .files: []
    }
  }

  private var text: String {
    switch self {
    case .catalogue(let name), .task(let name): name
    case .files(let kind, let path): "\(kind.rawValue):\(path)"
    }
  }

  /// Settings resolved over the defaults.
  ///
  /// - Throws: `InputError.usage` for a setting that is unknown or out of range.
  public func values(_ settings: [(String, Double)]) throws -> ParameterValues {
    try ParameterValues(parameters, settings: settings, of: text)
  }

  /// Settings as a run's configuration records them: `values(...).json`.
  ///
  /// - Throws: `InputError` for text that is neither a number nor a choice.
  public func settings(_ record: JSONValue?) throws -> [(String, Double)] {
    guard case .object(let members)? = record else { return [] }
    let texts = members.sorted { $0.key < $1.key }.map { key, value in
      (key, value.stringValue ?? value.doubleValue.map { String($0) } ?? "null")
    }
    return try ParameterValues.numbers(texts, parameters, of: text)
  }

  /// - Throws: `InputError` naming what is missing, damaged or not allowed.
  public func load(
    settings: [(String, Double)] = [], threads: Int = 1, cache: DataCache = DataCache()
  ) throws -> Dataset {
    let values = try values(settings)
    switch self {
    case .catalogue(let name): return try DatasetCatalogue.load(DatasetCatalogue.entry(name), values, cache)
    case .task(let name): return try TaskCatalogue.entry(name).make(values)
    case .files(let kind, let path):
      let url = URL(fileURLWithPath: path)
      switch kind {
      case .csv: return try CSVFile().read(url, name: text)
      case .npz: return try ArrayFiles().read(npz: url, name: text)
      case .npy: return try ArrayFiles().read(npyPrefix: path, name: text)
      case .idx: return try IDXFiles().read(url, name: text)
      case .cifar10: return try CIFARFolder.ten.read(url, name: text)
      case .cifar100: return try CIFARFolder.hundred.read(url, name: text)
      case .images: return try Self.images(values, threads: threads).read(url, name: text)
      case .text: return try Self.text(values).read(url, name: text)
      }
    }
  }
}

extension DataSource {
  static let textParameters = [
    ParameterDefinition(
      "length", alias: "length", default: 64, allowed: .integer(from: 1, to: 65_536), unit: "characters",
      meaning: "characters of a window"),
    ParameterDefinition(
      "stride", alias: "stride", default: 0, allowed: .integer(from: 0, to: 1_000_000), unit: "characters",
      meaning: "from one window's start to the next; 0: the length"),
    ParameterDefinition(
      "answers", alias: "answers", default: 0, allowed: .choice(["last", "tokens"]),
      meaning: "asked for the next character: the last of a window, or every one"),
    ParameterDefinition(
      "windows", alias: "windows", default: 0, allowed: .integer(from: 0, to: 100_000_000),
      meaning: "most windows, spread evenly over each part of the text; 0: all"),
  ]

  static let imageParameters = [
    ParameterDefinition(
      "side", alias: "side", default: 0, allowed: .integer(from: 0, to: 4096), unit: "pixels",
      meaning: "resize the shorter side to this and crop the centre; 0: images as they are, all of one size"),
    ParameterDefinition(
      "channels", alias: "channels", default: 0, allowed: .choice(["first", "grey", "colour"]),
      meaning: "grey or colour; first: what the first image is"),
  ]

  static func text(_ values: ParameterValues) -> TextFile {
    var file = TextFile()
    file.length = Int(values["length"])
    file.stride = values["stride"] > 0 ? Int(values["stride"]) : nil
    file.answersEveryToken = values["answers"] == 1
    file.mostWindows = values["windows"] > 0 ? Int(values["windows"]) : nil
    return file
  }

  static func images(_ values: ParameterValues, threads: Int) -> ImageFolder {
    var folder = ImageFolder()
    folder.side = values["side"] > 0 ? Int(values["side"]) : nil
    folder.channels = [nil, 1, 3][Int(values["channels"])]
    folder.threads = threads
    return folder
  }
}
