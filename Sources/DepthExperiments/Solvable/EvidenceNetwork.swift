import DepthNetworks
import DepthRuns
import DepthStopping

/// `sequential-test` (two classes) and `three-hypotheses` (three) as networks: every block adds the log-likelihood of one more
/// measurement to its logits, the exact posterior. `g` is the expected error, recorded as right or wrong.
///
/// Two classes: by symmetry `log_odds` of the likelier class is Markov. Three: it is not, the posterior is two-dimensional, and a
/// prediction in it stays a little off however many samples there are.
public struct EvidenceNetwork: SolvableNetwork {
  public let name: String
  public let coordinate = "log_odds"
  public let isMarkov: Bool
  private let classes: Int
  private let values: ParameterValues

  static let definitions = [
    ParameterDefinition(
      "signal_to_noise", alias: "rho", default: 0.7, allowed: .between(0, 5), unit: "1/sqrt(block)",
      meaning: "distance of two classes in standard deviations of one measurement"),
    ParameterDefinition("running_cost", alias: "c", default: 0.01, unit: "loss/block", meaning: "cost of a block"),
    ParameterDefinition(
      "blocks", alias: "L", default: 20, allowed: .integer(from: 1, to: 1000), meaning: "blocks"),
  ]

  /// - Throws: `InputError.usage` for unknown parameters and values out of range.
  public init(classes: Int, settings: [(String, Double)] = []) throws {
    name = classes == 2 ? "sequential-test" : "three-hypotheses"
    isMarkov = classes == 2
    self.classes = classes
    values = try ParameterValues(Self.definitions, settings: settings, of: "the network of \(name)")
  }

  public var parameters: [String: JSONValue] { values.json }
  public var blockCost: Double { values["running_cost"] }

  private func task(samples: Int, seed: UInt64) throws -> EvidenceTask {
    try EvidenceTask(
      signal: values["signal_to_noise"], steps: Int(values["blocks"]), classes: classes, samples: samples, seed: seed)
  }

  public func paths(samples: Int, seed: UInt64) throws -> StoppingPaths {
    let task = try task(samples: samples, seed: seed)
    return try task.posteriorPaths(task.dataset())
  }

  public func optimum() throws -> SolvableOptimum {
    let task = try task(samples: 1, seed: 0)
    guard classes == 2 else {
      let plane = task.planeOptimum(runningCost: blockCost)
      return SolvableOptimum(
        objective: plane.objective, errorBound: plane.errorBound, law: plane.law, thresholds: [], stopsBelow: false)
    }
    let optimum = try task.optimum(runningCost: blockCost)
    return SolvableOptimum(
      objective: optimum.objective, errorBound: optimum.errorBound, law: optimum.law,
      thresholds: optimum.thresholds, stopsBelow: false)
  }
}
