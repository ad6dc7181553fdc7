import DepthRuns
public import Foundation

/// Labelled samples: features in [0, 1], n x d row-major, and a class each.
public struct Dataset: Equatable, Sendable {
  public let name: String
  public let features: [Double]
  public let labels: [Int]
  public let featureCount: Int
  public let classCount: Int
  /// Of the file it was read from.
  public let sha256: String

  public var sampleCount: Int { labels.count }

  /// Reads comma-separated rows: features, then the label (an integer from 0). A first line of words is a header.
  ///
  /// Features are divided by their largest magnitude, or by `largest` where it is given.
  /// - Parameters:
  ///   - featureCount: columns before the label; nil: those of the first row.
  ///   - classCount: nil: the largest label and one.
  ///   - largest: features must lie in 0...largest; nil: any finite numbers.
  /// - Throws: `InputError.data` with file, line, what is wrong and what is allowed.
  public init(
    csv url: URL, name: String, featureCount: Int? = nil, classCount: Int? = nil, largest: Double? = nil
  ) throws {
    let data = try AtomicFile.read(url)
    var features: [Double] = []
    var labels: [Int] = []
    var width = featureCount
    // "\r\n" is one newline; a byte-order mark is none of the data
    var text = String(decoding: data, as: UTF8.self)
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() where !(line.isEmpty && index == lines.count - 1) {
      let place = "\(url.lastPathComponent):\(index + 1)"
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if index == 0, featureCount == nil, cells.allSatisfy({ Double($0) == nil && !$0.isEmpty }) { continue }
      let expected = width ?? cells.count - 1
      guard expected > 0, cells.count == expected + 1 else {
        throw InputError.data("\(place): \(cells.count) cells; allowed: \(max(1, expected)) features and a label")
      }
      width = expected
      for (column, cell) in cells.dropLast().enumerated() {
        guard let value = Double(cell), value.isFinite, largest.map({ (0...$0).contains(value) }) ?? true else {
          let range = largest.map { "numbers from 0 to \($0)" } ?? "finite numbers"
          throw InputError.data("\(place): feature \(column) is '\(cell)'; allowed: \(range)")
        }
        features.append(value)
      }
      let top = classCount ?? 1000
      guard let label = Int(cells[expected]), (0..<top).contains(label) else {
        throw InputError.data("\(place): label is '\(cells[expected])'; allowed: 0 to \(top - 1)")
      }
      labels.append(label)
    }
    let classes = classCount ?? (labels.max() ?? 0) + 1
    guard classes > 1, Set(labels).count == classes else {
      throw InputError.data(
        "\(url.path): \(Set(labels).count) of \(max(2, classes)) classes occur; samples of each are needed")
    }
    let scale = largest ?? features.reduce(0) { max($0, abs($1)) }
    self.name = name
    self.features = scale > 0 ? features.map { $0 / scale } : features
    self.labels = labels
    self.featureCount = width ?? 0
    self.classCount = classes
    sha256 = Digest.sha256(data)
  }
}

/// Data sets known by name.
public enum DatasetCatalogue {
  public struct Entry: Sendable {
    public let name: String
    public let description: String
    public let licence: String
    public let sha256: String
  }

  public static let digits = Entry(
    name: "digits", description: "1,797 handwritten digits, 8x8, 10 classes (scikit-learn's copy of the UCI test set)",
    licence: "CC BY 4.0 (UCI), BSD 3-clause (scikit-learn)",
    sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8")

  public static let entries = [digits]

  /// A data set by name, or a user's own file, whose name ends in ".csv".
  ///
  /// - Throws: `InputError` for an unknown name, a file that is missing, damaged or, if it is ours, not the one on record.
  public static func load(_ name: String) throws -> Dataset {
    if name.hasSuffix(".csv") { return try Dataset(csv: URL(fileURLWithPath: name), name: name) }
    let data = try Dataset(csv: path(name), name: name, featureCount: 64, classCount: 10, largest: 16)
    guard data.sha256 == digits.sha256 else {
      throw InputError.data("\(name): checksum \(data.sha256) is not the one on record; the file was changed")
    }
    return data
  }

  /// Where the shipped file lies: in this package's resource bundle beside the executable.
  ///
  /// `Bundle.module` traps where the bundle is missing, so the folder is looked for by hand.
  public static func path(_ name: String) throws -> URL {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "data set", known: entries.map(\.name) + ["FILE.csv"])
    }
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
    let relative = "OptimalDepth_DepthNetworks.resources/\(entry.name).csv"
    for folder in folders {
      let candidate = folder.appendingPathComponent(relative)
      if FileManager.default.fileExists(atPath: candidate.path) { return candidate }
    }
    throw InputError.data("the data set '\(name)' is not beside the executable: \(relative) is missing")
  }
}
