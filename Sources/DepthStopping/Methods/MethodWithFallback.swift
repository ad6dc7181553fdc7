import DepthDynamics

/// A method that may fail on a problem it is made for, and one that takes over there.
///
/// The answer is the first one's where that converges or, short of its own aim, has smaller bounds of V and of the boundary than the
/// second's; else the second's, with a warning that says why. What is asked amiss is refused by both alike.
public struct MethodWithFallback: BoundaryMethod {
  public let first: any BoundaryMethod
  public let second: any BoundaryMethod

  public var name: String { first.name }

  public init(_ first: any BoundaryMethod, else second: any BoundaryMethod) {
    self.first = first
    self.second = second
  }

  public func objection(to problem: StoppingProblem) -> String? { first.objection(to: problem) }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    try problem.validate(query)
    let found: StoppingSolution
    do {
      found = try first.solve(problem, query)
      if found.diagnostics.status == .converged { return found }
    } catch {
      return try second.solve(problem, query).with(warning: "\(second.name) took over: \(error)")
    }
    let other = try second.solve(problem, query)
    if largestBound(found) <= largestBound(other), found.boundary.errorBound <= other.boundary.errorBound {
      return found.with(status: other.diagnostics.status)
    }
    return other.with(warning: "\(second.name) took over: its bounds are smaller than those of \(first.name)")
  }

  private func largestBound(_ solution: StoppingSolution) -> Double { solution.values.map(\.errorBound).max() ?? 0 }
}
