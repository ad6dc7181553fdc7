import DepthNumerics

/// An integration that gave no usable answer: where it stood and which call said so.
public struct IntegrationError: Error, CustomStringConvertible, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// f returned a NaN or an infinity in this component.
    case nonFiniteField(component: Int)
    /// A library call failed.
    case library(function: String, flag: String)
    /// A Taylor series overflowed: the depth to bridge is so many times its radius of convergence.
    case divergentSeries(radiusShare: Double?)
  }

  public let reason: Reason
  /// The depth that was reached with a good state.
  public let depth: Double
  /// The last good state.
  public let state: [Double]

  public var description: String {
    let norm = BLAS.norm(state.count, state)
    let place = "at depth \(depth), where the last good state has norm \(norm)"
    switch reason {
    case .nonFiniteField(let component):
      return
        "the field is not finite in component \(component) \(place); try a shorter horizon or another initial state"
    case .divergentSeries(let share):
      let excess = share.map { " over \($0) times its radius of convergence" } ?? ""
      return "the Taylor series overflows\(excess) \(place); try more segments or a shorter horizon"
    case .library(let function, let flag):
      return "\(function) failed with \(flag) \(place); try looser tolerances, a shorter horizon or cvode-bdf"
    }
  }
}
