public import DepthDynamics
public import DepthRuns

/// An optimal-stopping problem in depth: minimise `J(tau) = E[g(tau, h_tau) + c tau]`; knows no grid and no method.
public struct StoppingProblem: Sendable {
  /// What moves, with the stopping loss on its states.
  public enum Dynamics: Sendable {
    /// `dX = f dt + sigma dW` on an interval.
    case diffusion(ScalarDiffusion, ScalarLoss)
    /// `h' = f(h)`, no noise; `probes` are states in the continuation region from which flows reach the boundary.
    case flow(any VectorField, StateLoss, probes: [[Double]])
    /// A finite Markov chain; one loss per state.
    case chain(MarkovChain, loss: [Double])
    /// A deterministic sequence of gains: the state is the block itself.
    case gains(GainSequence)

    /// Whether depth counts blocks.
    var isDiscrete: Bool {
      switch self {
      case .chain, .gains: true
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
  /// c > 0, per unit of depth (per block in discrete problems).
  public let runningCost: Double
  /// Last depth at which to stop; nil for infinite.
  public let horizon: Double?

  /// - Throws: `InputError.usage` when the cost is not positive or the horizon not positive.
  public init(
    name: String, parameters: [String: JSONValue] = [:], dynamics: Dynamics, runningCost: Double, horizon: Double? = nil
  ) throws {
    guard runningCost > 0, runningCost <= 1e100 else {
      throw InputError.value(runningCost, of: "running_cost", allowed: "positive numbers up to 1e100")
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
    self.runningCost = runningCost
    self.horizon = horizon
  }

  /// Components of a state: what `--at` takes.
  public var stateDimension: Int {
    switch dynamics {
    case .diffusion(let diffusion, _): diffusion.reduction.stateDimension
    case .flow(let field, _, _): field.dimension
    case .chain, .gains: 1
    }
  }
}

/// `dX = f(t, X) dt + sigma(t, X) dW` on the open interval (lower, upper); ends may be infinite.
public struct ScalarDiffusion: Sendable {
  public typealias Coefficient = @Sendable (_ depth: Double, _ state: Double) -> Double

  /// How the scalar state comes from the user's.
  public enum Reduction: Equatable, Sendable {
    case none
    /// X is the norm of a state in R^d; the interval starts at 0.
    case radial(dimension: Int)

    var stateDimension: Int {
      switch self {
      case .none: 1
      case .radial(let dimension): dimension
      }
    }
  }

  public let drift: Coefficient
  /// sigma > 0.
  public let diffusion: Coefficient
  public let lower: Double
  public let upper: Double
  public let reduction: Reduction

  public init(
    drift: @escaping Coefficient, diffusion: @escaping Coefficient, lower: Double, upper: Double,
    reduction: Reduction = .none
  ) {
    precondition(lower < upper, "interval (\(lower), \(upper)) is empty")
    self.drift = drift
    self.diffusion = diffusion
    self.lower = lower
    self.upper = upper
    self.reduction = reduction
  }
}

/// A stopping loss g(t, x) of a scalar state with the derivatives that smooth fit and look-ahead need.
public struct ScalarLoss: Sendable {
  public let value: ScalarDiffusion.Coefficient
  /// dg/dx, away from kinks.
  public let derivative: ScalarDiffusion.Coefficient
  /// d2g/dx2, away from kinks.
  public let curvature: ScalarDiffusion.Coefficient
  /// States where the slope falls (concave kinks): never stopped at.
  public let concaveKinks: [Double]

  public init(
    value: @escaping ScalarDiffusion.Coefficient, derivative: @escaping ScalarDiffusion.Coefficient,
    curvature: @escaping ScalarDiffusion.Coefficient, concaveKinks: [Double] = []
  ) {
    self.value = value
    self.derivative = derivative
    self.curvature = curvature
    self.concaveKinks = concaveKinks
  }
}

/// A stopping loss g(h) >= infimum of a state in R^d, with its gradient.
public struct StateLoss: Sendable {
  public let value: @Sendable (UnsafePointer<Double>) -> Double
  public let gradient: @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  /// A lower bound of g: it bounds every optimal depth by (g - infimum) / c.
  public let infimum: Double

  public init(
    infimum: Double, value: @escaping @Sendable (UnsafePointer<Double>) -> Double,
    gradient: @escaping @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) {
    self.infimum = infimum
    self.value = value
    self.gradient = gradient
  }
}
