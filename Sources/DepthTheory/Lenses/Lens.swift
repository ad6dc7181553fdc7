import DepthNumerics
public import DepthRuns
public import DepthStopping

/// A neighbouring theory looked at on recorded runs: one file a lens, listed in `LensCatalogue`.
public protocol Lens: Sendable {
  /// kebab-case.
  var name: String { get }
  /// One line, with the source.
  var summary: String { get }
  /// - Throws: `InputError.data` where a recording lacks what the lens needs.
  func report(_ runs: [LensSubject], threads: Int) throws -> LensReport
}

/// One recorded network as a lens sees it: what its heads read, and where a rule halts the same samples.
public struct LensSubject: Sendable {
  public let name: String
  public let layers: RecordedLayers
  /// Paths of the same samples, in the same order.
  public let paths: StoppingPaths
  public let rule: String
  /// tau of each sample.
  public let depths: [Int]

  /// - Parameters:
  ///   - paths: all of the run; rules are fitted on its fit part.
  ///   - samples: which of them `layers` holds, in its order.
  /// - Throws: `InputError` where layers and paths differ in exits or samples, or the rule does not exist or lacks its features.
  public init(
    name: String, layers: RecordedLayers, paths: StoppingPaths, samples: [Int], rule: String, runningCost: Double
  ) throws {
    guard layers.exits.count == paths.exitCount else {
      throw InputError.data("\(name): \(layers.exits.count) exits in the layers, \(paths.exitCount) in the paths")
    }
    guard layers.sampleCount == samples.count else {
      throw InputError.data("\(name): \(layers.sampleCount) samples in the layers, \(samples.count) of the paths")
    }
    let chosen = paths.selecting(samples)
    (self.name, self.layers, self.paths, self.rule) = (name, layers, chosen, rule)
    let fit = try paths.fitAndTest().fit
    depths = try RuleCatalogue.fit(rule, on: fit, runningCost: runningCost).stoppingDepths(chosen)
  }

  public var blocks: Int { paths.blockCount }
}

/// What a lens found: tables, the same as JSON, lines to read, and how its main table is drawn.
public struct LensReport: Sendable {
  /// y against x of a table's columns, a line for each value of `by`.
  public struct Picture: Sendable {
    public let table: String
    public let x: String
    public let y: String
    public let by: String
    public let hasLogarithmicY: Bool
  }

  public let tables: [Table]
  public let results: [String: JSONValue]
  public let text: [String]
  public let warnings: [String]
  public let picture: Picture
}

/// The lenses by name.
public enum LensCatalogue {
  public static let all: [any Lens] = [NeuralCollapseLens()]

  /// - Throws: `InputError.usage` for an unknown name.
  public static func named(_ name: String) throws -> any Lens {
    guard let lens = all.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "lens", known: all.map(\.name))
    }
    return lens
  }
}
