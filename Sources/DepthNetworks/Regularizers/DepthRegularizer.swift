import DepthRuns

/// A term that makes early exits cheap: a function of a sample's exit losses and halting probabilities.
///
/// `evaluate` takes losses `l_0...l_L` and gates `lambda_0...lambda_{L-1}` (`lambda_L = 1`) and writes the derivatives; O(L).
public protocol DepthRegularizer: Sendable {
  /// Kebab-case: "soft-stop".
  var name: String { get }

  /// The term's value; `lossGradient` (L + 1) and `gateGradient` (L) are overwritten.
  func evaluate(
    losses: UnsafeBufferPointer<Double>, gates: UnsafeBufferPointer<Double>,
    lossGradient: UnsafeMutableBufferPointer<Double>, gateGradient: UnsafeMutableBufferPointer<Double>
  ) -> Double
}

/// The regularisers known by name.
public enum DepthRegularizers {
  public static let names = ["none", "soft-stop", "expected-depth"]

  /// - Throws: `InputError.usage` for an unknown name.
  public static func named(_ name: String, runningCost: Double) throws -> any DepthRegularizer {
    switch name {
    case "none": NoDepthRegularizer()
    case "soft-stop": SoftStop(runningCost: runningCost)
    case "expected-depth": ExpectedDepth()
    default: throw InputError.unknown(name, kindOfName: "depth regularizer", known: names)
    }
  }
}

/// No term: the gates are not trained.
public struct NoDepthRegularizer: DepthRegularizer {
  public let name = "none"
  public init() {}

  public func evaluate(
    losses: UnsafeBufferPointer<Double>, gates: UnsafeBufferPointer<Double>,
    lossGradient: UnsafeMutableBufferPointer<Double>, gateGradient: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    lossGradient.update(repeating: 0)
    gateGradient.update(repeating: 0)
    return 0
  }
}

/// `L_depth = sum_k pi_k (l_k + c k)` with `pi_k = lambda_k prod_{j<k} (1 - lambda_j)`: the soft relaxation of J itself.
///
/// As the gates harden it tends to J(tau). By the backward recursion `W_L = l_L + c L`,
/// `W_k = lambda_k (l_k + c k) + (1 - lambda_k) W_{k+1}`: `dL/dlambda_k = S_k ((l_k + c k) - W_{k+1})`, S_k the survival.
public struct SoftStop: DepthRegularizer {
  public let name = "soft-stop"
  public let runningCost: Double
  public init(runningCost: Double) { self.runningCost = runningCost }

  public func evaluate(
    losses: UnsafeBufferPointer<Double>, gates: UnsafeBufferPointer<Double>,
    lossGradient: UnsafeMutableBufferPointer<Double>, gateGradient: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    SoftStoppingLaw.evaluate(
      gates: gates, payoff: { losses[$0] + runningCost * Double($0) }, law: lossGradient, gateGradient: gateGradient)
  }
}

/// The expected depth alone, `sum_k k pi_k`; the losses do not enter.
public struct ExpectedDepth: DepthRegularizer {
  public let name = "expected-depth"
  public init() {}

  public func evaluate(
    losses: UnsafeBufferPointer<Double>, gates: UnsafeBufferPointer<Double>,
    lossGradient: UnsafeMutableBufferPointer<Double>, gateGradient: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    let value = SoftStoppingLaw.evaluate(
      gates: gates, payoff: { Double($0) }, law: lossGradient, gateGradient: gateGradient)
    lossGradient.update(repeating: 0)
    return value
  }
}

/// The law of the soft stop and the derivative of an expected payoff with respect to the gates.
enum SoftStoppingLaw {
  /// `sum_k pi_k payoff(k)`; `law` receives pi, `gateGradient` the derivatives.
  static func evaluate(
    gates: UnsafeBufferPointer<Double>, payoff: (Int) -> Double, law: UnsafeMutableBufferPointer<Double>,
    gateGradient: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    let blocks = gates.count
    var survival = 1.0
    for k in 0..<blocks {
      law[k] = survival * gates[k]
      gateGradient[k] = survival
      survival *= 1 - gates[k]
    }
    law[blocks] = survival
    var continuation = payoff(blocks)
    for k in stride(from: blocks - 1, through: 0, by: -1) {
      let stopped = payoff(k)
      gateGradient[k] *= stopped - continuation
      continuation = gates[k] * stopped + (1 - gates[k]) * continuation
    }
    return continuation
  }
}
