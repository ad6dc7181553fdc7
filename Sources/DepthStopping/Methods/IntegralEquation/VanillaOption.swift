import DepthRuns

/// A stopping problem recognised as an American put or call on a log-normal state.
///
/// A call is a put with state and strike, rate and dividend exchanged: `C(S; K, r, q) = P(K; S, q, r)`
/// (McDonald and Schroder, J. Comput. Finance 1 (1998) 5), so that `B_C = K^2 / B_P` of the put of strike K.
struct VanillaOption: Equatable, Sendable {
  let strike: Double
  let isCall: Bool
  /// Of the put of strike 1 that stands for it.
  let equation: PutEquation
  let horizon: Double

  /// - Throws: `StoppingError` with the reason where the problem is none of them.
  init(_ problem: StoppingProblem) throws {
    guard case .diffusion(let process, let reward) = problem.dynamics,
      case .lognormal(let growth, let volatility)? = process.law
    else { throw StoppingError("it needs a diffusion with a log-normal transition") }
    guard volatility > 0 else { throw StoppingError("degenerate noise: the volatility is \(volatility)") }
    guard problem.sense == .maximize, case .constant(0) = problem.cost, let rate = problem.discount.constantValue else {
      throw StoppingError("it needs a maximisation at a constant discount without running cost")
    }
    guard let horizon = problem.horizon else {
      throw StoppingError("it needs a finite horizon; a stationary problem has a closed form or smooth fit")
    }
    guard let (strike, isCall) = Self.payoff(reward) else {
      throw StoppingError("the reward is neither (K - x)^+ nor (x - K)^+")
    }
    let dividend = rate - growth
    guard dividend >= 0 else {
      throw StoppingError("the state grows faster (\(growth)) than the discount (\(rate)): a negative dividend")
    }
    self.strike = strike
    self.isCall = isCall
    self.horizon = horizon
    equation = PutEquation(
      rate: isCall ? dividend : rate, dividend: isCall ? rate : dividend, volatility: volatility)
  }

  /// Whether stopping early is ever optimal: not without interest on what is received.
  var hasBoundary: Bool { equation.rate > 0 }

  /// What a reward is on both sides of its one kink, tried at states from far below to far above.
  private static func payoff(_ reward: ScalarLoss) -> (strike: Double, isCall: Bool)? {
    guard reward.kinks.count == 1, !reward.dependsOnDepth, let strike = reward.kinks.first, strike > 0,
      strike.isFinite
    else { return nil }
    func holds(_ payoff: (Double) -> Double) -> Bool {
      [1e-6, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1.001, 1.1, 1.5, 2, 4, 10, 1e3].allSatisfy { share in
        let state = strike * share
        return abs(reward.value(0, state) - payoff(state)) <= 1e-14 * (strike + state)
      }
    }
    if holds({ max(strike - $0, 0) }) { return (strike, false) }
    if holds({ max($0 - strike, 0) }) { return (strike, true) }
    return nil
  }

  /// g.
  func reward(_ state: Double) -> Double { max(isCall ? state - strike : strike - state, 0) }

  /// A bound of V: the strike of a put, the state of a call.
  func most(_ state: Double) -> Double { isCall ? state : strike }

  /// The state of the put of strike 1, and the factor from its value to the option's.
  func scaled(_ state: Double) -> (state: Double, factor: Double) {
    isCall ? (strike / state, state) : (state / strike, strike)
  }

  /// The option's boundary as a curve in depth.
  func branch(_ boundary: PutBoundary) -> HaltingBranch {
    let limit = boundary.equation.limit
    return HaltingBranch(
      .polynomial(
        BoundaryPolynomial(
          coefficients: isCall ? boundary.coefficients.map { -$0 } : boundary.coefficients, horizon: horizon,
          variable: boundary.scale.turn.map { .turning(scale: $0.scale, center: $0.center, width: $0.width) }
            ?? .power(0.125), hasRootFactor: boundary.hasRootFactor,
          scale: isCall ? strike / limit : strike * limit, isExponential: true)),
      stopsBelow: !isCall, from: 0, to: horizon)
  }
}
