public import DepthDynamics
public import DepthRuns
import Foundation

/// An optimal-stopping problem in depth; knows no grid and no method.
///
/// Minimise `J(tau) = E[e^(-R_tau) g(tau, h_tau) + int_0^tau e^(-R_t) c(t, h_t) dt]`, `R_t = int_0^t r(s, h_s) ds`; or
/// maximise `E[e^(-R_tau) g - int e^(-R_t) c dt]`: g is then a reward, c stays a cost.
public struct StoppingProblem: Sendable {
  public enum Sense: String, Sendable { case minimize, maximize }

  /// What moves, with the stopping loss on its states.
  public enum Dynamics: Sendable {
    /// `dX = f dt + sigma dW` on an interval.
    case diffusion(ScalarDiffusion, ScalarLoss)
    /// `h' = f(t, h)`, no noise; `probes` are states in the continuation region from which flows reach the boundary.
    case flow(any VectorField, StateLoss, probes: [[Double]])
    /// A finite Markov chain; one loss per state.
    case chain(MarkovChain, loss: [Double])
    /// A deterministic sequence of gains: the state is the block itself.
    case gains(GainSequence)
    /// Independent offers of one law; the state is the offer in hand.
    case offers(OfferSequence)
    /// Independent opportunities; the state is the stage.
    case opportunities(OpportunitySequence)

    /// Whether every path is absorbed, so that nothing else need limit the depth.
    var endsByItself: Bool {
      guard case .diffusion(let diffusion, _) = self, diffusion.lower.isFinite, diffusion.upper.isFinite else {
        return false
      }
      return diffusion.lowerEnd == .absorbing || diffusion.upperEnd == .absorbing
    }

    /// Whether depth counts blocks.
    var isDiscrete: Bool {
      switch self {
      case .chain, .gains, .offers, .opportunities: true
      case .diffusion, .flow: false
      }
    }
  }

  /// Blocks that a discrete problem may count.
  public static let mostBlocks = 10_000_000

  /// Catalogue name, kebab-case.
  public let name: String
  /// Parameters as resolved, for records.
  public let parameters: [String: JSONValue]
  public let dynamics: Dynamics
  public let sense: Sense
  public let cost: RunningCost
  /// r(t, x) >= 0 per unit of depth; constant in discrete problems (a factor e^-r per block).
  public let discount: ScalarFunction
  /// Last depth at which to stop; nil for infinite.
  public let horizon: Double?
  /// What the author of a stationary scalar problem vouches for, so that bounds can be proven; nil where nothing.
  public let structure: PolynomialStructure?
  /// The same stationary scalar problem in a better coordinate; nil where its own is good enough.
  public let form: ScaledForm?

  /// The least running cost, c where it is constant.
  public var runningCost: Double { cost.least }
  /// +1 minimised, -1 maximised.
  public var sign: Double { sense == .minimize ? 1 : -1 }

  /// beta = e^-r, of a discrete problem.
  var blockFactor: Double { exp(-(discount.constantValue ?? 0)) }

  /// A cost may be negative where discount, horizon or an absorbing end keep what it pays finite.
  ///
  /// - Throws: `InputError.usage` when a cost is negative without that or neither cost, discount nor horizon limit the depth,
  ///   or the horizon is not positive.
  public init(
    name: String, parameters: [String: JSONValue] = [:], dynamics: Dynamics, sense: Sense = .minimize,
    cost: RunningCost, discount: ScalarFunction = ScalarFunction(constant: 0), horizon: Double? = nil,
    structure: PolynomialStructure? = nil, form: ScaledForm? = nil
  ) throws {
    let isLimited = discount.constantValue != 0 || horizon != nil || dynamics.endsByItself
    guard cost.least >= 0 || (isLimited && !dynamics.isDiscrete && cost.least >= -1e100), cost.least <= 1e100 else {
      throw InputError.value(
        cost.least, of: "running_cost",
        allowed: "numbers from 0 up to 1e100, or negative ones with a discount, a horizon or an absorbing end")
    }
    if cost.isZero, discount.constantValue == 0, horizon == nil, !dynamics.endsByItself {
      throw InputError.value(
        0, of: "running_cost", allowed: "positive numbers, unless there is a discount, a horizon or an absorbing end")
    }
    if let rate = discount.constantValue, !(rate >= 0 && rate.isFinite) {
      throw InputError.value(rate, of: "discount", allowed: "numbers from 0")
    }
    if let horizon, !(horizon > 0 && horizon.isFinite) {
      throw InputError.value(horizon, of: "horizon", allowed: "positive numbers")
    }
    if let horizon, dynamics.isDiscrete, Int(exactly: horizon).map({ $0 <= Self.mostBlocks }) != true {
      throw InputError.value(horizon, of: "horizon", allowed: "whole numbers of blocks up to \(Self.mostBlocks)")
    }
    self.name = name
    self.parameters = parameters
    self.dynamics = dynamics
    self.sense = sense
    self.cost = cost
    self.discount = discount
    self.horizon = horizon
    self.structure = structure
    self.form = form
  }

  /// Minimisation with a constant cost c > 0 and no discount.
  ///
  /// - Throws: `InputError.usage` when the cost is not positive or the horizon not positive.
  public init(
    name: String, parameters: [String: JSONValue] = [:], dynamics: Dynamics, runningCost: Double,
    horizon: Double? = nil,
    structure: PolynomialStructure? = nil, form: ScaledForm? = nil
  ) throws {
    guard runningCost > 0, runningCost <= 1e100 else {
      throw InputError.value(runningCost, of: "running_cost", allowed: "positive numbers up to 1e100")
    }
    try self.init(
      name: name, parameters: parameters, dynamics: dynamics, cost: .constant(runningCost), horizon: horizon,
      structure: structure, form: form)
  }

  /// The same problem with a last depth at which to stop.
  ///
  /// - Throws: `InputError.usage` where the problem has its own horizon.
  public func withHorizon(_ depth: Double) throws -> StoppingProblem {
    guard horizon == nil else {
      throw InputError.usage("--horizon is given, but \(name) has a horizon of its own, \(horizon ?? 0)")
    }
    return try replacing(horizon: depth)
  }

  /// The same problem with another horizon, or none.
  func replacing(horizon: Double?) throws -> StoppingProblem {
    try StoppingProblem(
      name: name, parameters: parameters, dynamics: dynamics, sense: sense, cost: cost, discount: discount,
      horizon: horizon, structure: structure, form: form)
  }

  /// Components of a state: what `--at` takes.
  public var stateDimension: Int {
    switch dynamics {
    case .diffusion(let diffusion, _): diffusion.reduction.stateDimension
    case .flow(let field, _, _): field.dimension
    case .chain, .gains, .offers, .opportunities: 1
    }
  }
}
