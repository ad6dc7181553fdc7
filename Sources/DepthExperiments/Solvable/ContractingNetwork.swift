import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation

/// `ou-contraction` as a network: blocks `h + f(h) + noise`, `f(h) = -(1 - e^(-a Delta)) h`, noise of the exact transition,
/// `g = h^2`, `h_0 ~ N(0, initial_deviation^2)`, one-dimensional.
///
/// The optimum by `BlockwiseBellman` with the network's depth as horizon; the law of tau* by propagating the density forwards
/// under its thresholds. By symmetry |h| is Markov.
public struct ContractingNetwork: SolvableNetwork {
  public let name = "ou-contraction"
  public let coordinate = "radius"
  public let isMarkov = true
  private let values: ParameterValues

  static let definitions = [
    ParameterDefinition(
      "contraction_rate", alias: "a", default: 1, unit: "1/depth", meaning: "contraction of the flow"),
    ParameterDefinition("noise", alias: "s", default: 0.5, unit: "state/sqrt(depth)", meaning: "noise of the flow"),
    ParameterDefinition("running_cost", alias: "c", default: 0.1, unit: "loss/depth", meaning: "cost of depth"),
    ParameterDefinition("block_size", alias: "Delta", default: 0.25, unit: "depth", meaning: "depth of a block"),
    ParameterDefinition(
      "blocks", alias: "L", default: 20, allowed: .integer(from: 1, to: 1000), meaning: "blocks"),
    ParameterDefinition(
      "initial_deviation", alias: "s0", default: 1, unit: "state", meaning: "standard deviation of h_0"),
  ]

  public init(settings: [(String, Double)] = []) throws {
    values = try ParameterValues(Self.definitions, settings: settings, of: "the network of ou-contraction")
  }

  public var parameters: [String: JSONValue] { values.json }
  private var blockSize: Double { values["block_size"] }
  private var blocks: Int { Int(values["blocks"]) }
  public var blockCost: Double { values["running_cost"] * blockSize }
  /// e^(-a Delta).
  private var retention: Double { exp(-values["contraction_rate"] * blockSize) }
  private var deviation: Double {
    TransitionLaw.ornsteinUhlenbeck(rate: values["contraction_rate"], center: 0, noise: values["noise"])
      .deviation(after: blockSize)
  }

  public func paths(samples: Int, seed: UInt64) throws -> StoppingPaths {
    let (exits, retention, deviation) = (blocks + 1, retention, deviation)
    var stream = RandomStream(seed: seed)
    var draws = [Double](repeating: 0, count: samples * exits)
    draws.withUnsafeMutableBufferPointer { stream.bulkNormals(into: $0) }
    var (losses, features, residuals) = (draws, [Double](), [Double]())
    features.reserveCapacity(2 * draws.count)
    residuals.reserveCapacity(samples * blocks)
    for sample in 0..<samples {
      var state = 0.0
      for exit in 0..<exits {
        let draw = draws[sample * exits + exit]
        if exit == 0 {
          state = values["initial_deviation"] * draw
        } else {
          residuals.append(abs((retention - 1) * state))
          state = retention * state + deviation * draw
        }
        losses[sample * exits + exit] = state * state
        features.append(abs(state))
        features.append(state)
      }
    }
    return StoppingPaths(
      sampleCount: samples, exitCount: exits, stoppingLoss: losses, featureNames: ["radius", "state"],
      features: features, residualNorm: residuals)
  }

  public func optimum() throws -> SolvableOptimum {
    let entry = try ProblemCatalogue.entry(name)
    let settings = ["contraction_rate", "noise", "running_cost"].map { ($0, values[$0]) }
    let problem = try entry.problem(entry.resolve(settings)).withHorizon(Double(blocks) * blockSize)
    let point = values["initial_deviation"]
    let solution = try BlockwiseBellman(blockSize: blockSize).solve(problem, StoppingQuery(points: [[point]]))
    let thresholds = (0..<blocks).map { solution.boundary.states(at: Double($0) * blockSize).first ?? 0 }
    func law(_ initial: ContractionLaw.Start) -> ContractionLaw {
      ContractionLaw(
        retention: retention, deviation: deviation, thresholds: thresholds, initial: initial, cost: blockCost)
    }
    let forward = law(.normal(deviation: point))
    // from one state both recursions must agree
    let check = abs(law(.state(point)).objective - solution.values[0].value)
    return SolvableOptimum(
      objective: forward.objective, errorBound: check + solution.values[0].errorBound, law: forward.probabilities,
      thresholds: thresholds, stopsBelow: true)
  }
}
