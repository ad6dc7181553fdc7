import DepthNumerics
import DepthRuns
public import DepthStopping

/// The theorem for a problem of the catalogue, where envelopes are known exactly or known not to exist.
extension FiniteDepthReport {
  /// - Parameter point: the state from which to judge; ignored by gains.
  /// - Throws: `StoppingError`, `InputError.usage` for a point of the wrong length.
  public static func checking(_ problem: StoppingProblem, at point: [Double]) throws -> FiniteDepthReport {
    switch problem.dynamics {
    case .gains(let gains): return try GainsCheck(problem, gains).report()
    case .chain(let chain, let loss): return try ChainCheck(problem, chain, loss, at: point).report()
    case .flow(let field, let loss, _): return try FlowCheck.report(problem, field, loss, at: point)
    case .diffusion: return try DiffusionCheck.report(problem, at: point)
    case .offers, .opportunities:
      throw StoppingError(
        "\(problem.name): the theorem is about losses along one path; offers are independent of each other")
    }
  }
}

/// What T1 to T3 ask of any problem.
struct ProblemConditions {
  let problem: StoppingProblem

  /// Why no theorem speaks; nil where they may.
  var objection: String? {
    if problem.discount.constantValue != 0 { return "the theorem knows no discount" }
    if !(problem.cost.least > 0) { return "the running cost may vanish: c > 0 is needed" }
    return nil
  }

  func boundedBelow(_ isBounded: Bool, _ how: String) -> FiniteDepthReport.Hypothesis {
    .init(name: "bounded-below", statement: "inf g > -infinity", howChecked: how, isMet: isBounded)
  }

  var positiveCost: FiniteDepthReport.Hypothesis {
    let least = problem.cost.least
    return .init(
      name: "positive-cost", statement: "c > 0 per block, without discount",
      howChecked: objection ?? "the least running cost is \(least)", isMet: objection == nil,
      estimate: Interval(value: least, lower: least, upper: least))
  }

  func diminishing(_ isMet: Bool, _ how: String) -> FiniteDepthReport.Hypothesis {
    .init(
      name: "diminishing-returns", statement: "the expected gain of one more block is at most delta_k -> 0",
      howChecked: how, isMet: isMet)
  }

  /// `left <= bound` up to rounding; silent where a condition fails or the bound is infinite.
  func theorem(_ bound: Double?, _ left: Double, _ reason: String) -> FiniteDepthReport.Theorem {
    if let objection { return .silent(objection) }
    guard let bound, bound.isFinite else { return .silent("the bound is infinite: \(reason)") }
    let rounding = 1e-9 * max(1, abs(bound))
    return .init(
      bound: bound, slack: bound - left, verdict: left <= bound + rounding ? .holds : .violated, reason: reason)
  }
}

extension Interval {
  /// A number without uncertainty.
  init(exactly value: Double) { self.init(value: value, lower: value, upper: value) }
}
