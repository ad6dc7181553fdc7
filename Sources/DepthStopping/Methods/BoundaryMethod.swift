import DepthRuns

/// How to solve a stopping problem. A value: options and tolerance, no state.
public protocol BoundaryMethod: Sendable {
  /// Kebab-case: "smooth-fit".
  var name: String { get }

  /// Why the method cannot treat the problem; nil when it can.
  func objection(to problem: StoppingProblem) -> String?

  /// V at `points` (each of the problem's state dimension), the boundary and E tau*.
  ///
  /// - Throws: `StoppingError` when there is no usable answer; `InputError.usage` for points outside the domain.
  func solve(_ problem: StoppingProblem, at points: [[Double]]) throws -> StoppingSolution
}

/// A stopping problem without a usable answer, and why.
public struct StoppingError: Error, CustomStringConvertible, Equatable, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}

extension StoppingProblem {
  /// - Throws: `InputError.usage` when a point's length is not the state dimension or an entry is not finite.
  func validate(_ points: [[Double]]) throws {
    for point in points {
      guard point.count == stateDimension, point.allSatisfy(\.isFinite) else {
        throw InputError.value(
          point.map { String($0) }.joined(separator: ","), of: "at",
          allowed: "\(stateDimension) finite number\(stateDimension == 1 ? "" : "s") for \(name)")
      }
    }
  }
}
