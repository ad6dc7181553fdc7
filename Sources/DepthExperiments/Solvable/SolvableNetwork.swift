import DepthRuns
import DepthStopping

/// A network whose hidden state is a problem of the catalogue in discrete depth, so that its optimal halting is known exactly.
public protocol SolvableNetwork: Sendable {
  /// The catalogue's name.
  var name: String { get }
  var parameters: [String: JSONValue] { get }
  /// Cost of a block.
  var blockCost: Double { get }
  /// The feature in which the state is Markov, or nearest to it.
  var coordinate: String { get }
  /// Whether that coordinate is the whole state: only then can a prediction in it become exact.
  var isMarkov: Bool { get }

  func optimum() throws -> SolvableOptimum

  /// Recorded paths of fresh samples; results depend on the seed alone.
  func paths(samples: Int, seed: UInt64) throws -> StoppingPaths
}

/// The exact block-wise optimum of a network.
public struct SolvableOptimum: Equatable, Sendable {
  /// V.
  public let objective: Double
  public let errorBound: Double
  /// P(tau* = k), k = 0...L.
  public let law: [Double]
  /// The coordinate's boundary per block, 0...L-1; nil where there is none. Empty where the region is no half-line.
  public let thresholds: [Double?]
  /// One stops below the threshold, else above.
  public let stopsBelow: Bool

  public var expectedStoppingDepth: Double { law.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } }

  /// P(tau* >= k).
  public func survival(_ block: Int) -> Double { law[block...].reduce(0, +) }
}

/// The networks by their problem's name, at the parameters given.
public enum SolvableCatalogue {
  public static let names = ["ou-contraction", "sequential-test", "three-hypotheses"]

  /// - Throws: `InputError.usage` for unknown names and parameters.
  public static func network(_ name: String, settings: [(String, Double)] = []) throws -> any SolvableNetwork {
    switch name {
    case "ou-contraction": return try ContractingNetwork(settings: settings)
    case "sequential-test": return try EvidenceNetwork(classes: 2, settings: settings)
    case "three-hypotheses": return try EvidenceNetwork(classes: 3, settings: settings)
    default: throw InputError.unknown(name, kindOfName: "solvable network", known: names)
    }
  }
}
