import DepthRuns

/// How to solve a stopping problem. A value: options and tolerance, no state.
public protocol BoundaryMethod: Sendable {
  /// Kebab-case: "smooth-fit".
  var name: String { get }

  /// Why the method cannot treat the problem; nil when it can.
  func objection(to problem: StoppingProblem) -> String?

  /// V at the query's points (for each of its depths, all points), the boundary and E tau*.
  ///
  /// - Throws: `StoppingError` when there is no usable answer; `InputError.usage` for points outside the domain.
  func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution
}

extension BoundaryMethod {
  /// V at `points`, at depth 0.
  public func solve(_ problem: StoppingProblem, at points: [[Double]]) throws -> StoppingSolution {
    try solve(problem, StoppingQuery(points: points))
  }
}

/// A stopping problem without a usable answer, and why.
public struct StoppingError: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}

extension StoppingProblem {
  /// - Throws: `InputError.usage` when a point's length is not the state dimension, an entry or the loss there is not finite or a depth
  ///   lies outside the problem.
  func validate(_ query: StoppingQuery) throws {
    for point in query.points {
      guard point.count == stateDimension, point.allSatisfy(\.isFinite) else {
        throw InputError.value(
          point.map { String($0) }.joined(separator: ","), of: "at",
          allowed: "\(stateDimension) finite number\(stateDimension == 1 ? "" : "s") for \(name)")
      }
      // beyond the numbers' range nothing can be said: not V - g, nor that one stops
      if case .diffusion(let process, let loss) = dynamics, let state = try? process.scalarState(point),
        state > process.lower, state < process.upper, !loss.value(0, state).isFinite
      {
        throw InputError.value(
          point.map { String($0) }.joined(separator: ","), of: "at", allowed: "states at which the loss is finite")
      }
    }
    for depth in query.depths {
      guard depth >= 0, depth <= horizon ?? .greatestFiniteMagnitude else {
        throw InputError.value(
          depth, of: "at_depth", allowed: horizon.map { "numbers from 0 to \($0)" } ?? "finite numbers from 0")
      }
    }
  }
}
