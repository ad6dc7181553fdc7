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

  /// Reads rows of `featureCount` values in 0...`largest` and a label below `classCount`; features are divided by `largest`.
  ///
  /// - Throws: `InputError.data` with file, line, what is wrong and what is allowed.
  public init(csv url: URL, name: String, featureCount: Int, classCount: Int, largest: Double) throws {
    let data = try AtomicFile.read(url)
    var features: [Double] = []
    var labels: [Int] = []
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !(line.isEmpty && index == lines.count - 1) {
      let place = "\(url.lastPathComponent):\(index + 1)"
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      guard cells.count == featureCount + 1 else {
        throw InputError.data("\(place): \(cells.count) cells; allowed: \(featureCount) features and a label")
      }
      for (column, cell) in cells.dropLast().enumerated() {
        guard let value = Double(cell), value >= 0, value <= largest else {
          throw InputError.data("\(place): feature \(column) is '\(cell)'; allowed: numbers from 0 to \(largest)")
        }
        features.append(value / largest)
      }
      guard let label = Int(cells[featureCount].trimmingCharacters(in: .whitespaces)), (0..<classCount).contains(label)
      else {
        throw InputError.data("\(place): label is '\(cells[featureCount])'; allowed: 0 to \(classCount - 1)")
      }
      labels.append(label)
    }
    guard Set(labels).count == classCount else {
      throw InputError.data(
        "\(url.path): \(Set(labels).count) of \(classCount) classes occur; samples of each are needed")
    }
    self.name = name
    self.features = features
    self.labels = labels
    self.featureCount = featureCount
    self.classCount = classCount
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

  /// - Throws: `InputError` for an unknown name, or a file that is missing or differs from its checksum.
  public static func load(_ name: String) throws -> Dataset {
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
      throw InputError.unknown(name, kindOfName: "data set", known: entries.map(\.name))
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
