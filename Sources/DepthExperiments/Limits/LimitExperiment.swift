public import DepthDynamics
public import DepthFigures
public import DepthRuns

/// One experiment of `depth limit`: from a flow and settings to tables, numbers and warnings.
///
/// A new one is a type of its own in `LimitCatalogue.experiments`; the command and sweeps need nothing else.
public protocol LimitExperiment: Sendable {
  /// Kebab-case, as in `--experiment`.
  var name: String { get }

  /// Whether it is about the problem's field; by default it is.
  var needsField: Bool { get }

  /// - Throws: `InputError` for settings out of range; `IntegrationError`; `LinearAlgebraError`.
  func run<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ settings: LimitSettings
  ) throws -> LimitOutcome
}

extension LimitExperiment {
  public var needsField: Bool { true }
}

public enum LimitCatalogue {
  public static let experiments: [any LimitExperiment] = [
    ResNetLimitExperiment(), PathLengthExperiment(), EnvelopeExperiment(), LogarithmicNormExperiment(),
    LyapunovExperiment(), ContractionExperiment(), GradientGapExperiment(), ScalingExperiment(),
  ]

  /// - Throws: `InputError.usage` with the known names.
  public static func experiment(_ name: String) throws -> any LimitExperiment {
    guard let experiment = experiments.first(where: { $0.name == name }) else {
      throw InputError.unknown(name, kindOfName: "experiment", known: experiments.map(\.name) + ["all"])
    }
    return experiment
  }
}

/// What an experiment found.
public struct LimitOutcome: Sendable {
  /// The settings that it resolved: what it used where nothing was set.
  public var configuration: [String: JSONValue] = [:]
  /// Numbers and tables by snake_case key.
  public var results: [String: JSONValue] = [:]
  public var tables: [Table] = []
  public var warnings: [String] = []
  /// Lines for a reader.
  public var text: [String] = []
  /// False for a usable answer that broke one of its own checks.
  public var isConverged = true
  public var figure: @Sendable () throws -> Figure

  public init(figure: @escaping @Sendable () throws -> Figure) { self.figure = figure }
}

/// Settings of all experiments; each reads those it knows, nil stands for a default of its own.
public struct LimitSettings: Sendable {
  public var method: ReferenceMethod
  public var tolerances: Tolerances
  /// L of the networks.
  public var blocks: [Int]?
  /// eps for "how many blocks for accuracy eps".
  public var accuracies: [Double] = [1e-2, 1e-3, 1e-4]
  /// Depths at which trajectories are sampled.
  public var points = 200
  public var segments: Int?
  public var transient: Double?
  /// How many Lyapunov exponents.
  public var exponents: Int?
  /// `||delta(0)||_2` of the second trajectory.
  public var separation = 1e-3
  /// Of the ball for a contraction certificate.
  public var radius: Double?
  /// More initial states for the ResNet-to-ODE experiment, a row each.
  public var batch: [[Double]] = []
  /// Random networks a point of the scaling experiment.
  public var samples = 240
  public var seed: UInt64 = 0
  public var threads = 1

  public init(method: ReferenceMethod, tolerances: Tolerances) {
    self.method = method
    self.tolerances = tolerances
  }

  public var reference: any Integrator { method.integrator(tolerances) }

  /// The sizes to climb: those set, or an experiment's own; at least four of its own are to be finite, two of those set.
  func ladder(_ own: [Int], largest: Int) throws -> NetworkLadder {
    try NetworkLadder(blocks ?? own, least: blocks == nil ? 4 : 2, largest: largest)
  }

  /// - Throws: `InputError.usage` for networks that would take minutes and more.
  func guardBlocks(upTo largest: Int, dimension: Int) throws {
    guard let bad = blocks?.first(where: { $0 > largest }) else { return }
    throw InputError.value(
      bad, of: "blocks", allowed: "at most \(largest) for a field of dimension \(dimension): more would take too long")
  }

  /// What a reader must know of sizes that were dropped or added.
  static func warnings(overflowed: [Int], kept: [Int], asked: [Int]) -> [String] {
    let added = kept.filter { !asked.contains($0) }
    func list(_ blocks: [Int]) -> String { blocks.map(String.init).joined(separator: ", ") }
    var warnings: [String] = []
    if let last = overflowed.last {
      warnings.append("networks of L = \(list(overflowed)) leave the finite numbers: all up to \(last) left out")
    }
    if !added.isEmpty { warnings.append("L = \(list(added)) added: fewer blocks are too far from the limit") }
    return warnings
  }
}
