import DepthNumerics

/// An integration that gave no usable answer: where it stood and which call said so.
public struct IntegrationError: Error, CustomStringConvertible, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// f returned a NaN or an infinity in this component.
    case nonFiniteField(component: Int)
    /// A path of an ensemble left the numbers below 2^333 (1.7e100), or all numbers, in this component.
    case nonFinitePath(path: Int, component: Int)
    /// An event's function returned a NaN or an infinity.
    case nonFiniteEvent(name: String)
    /// Stability holds an explicit method's steps, where its caller has a better method.
    case stiffField
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
    case .nonFinitePath(let path, let component):
      return
        "path \(path) explodes in component \(component) one step on from \(place.dropFirst(3)); try more blocks, a shorter horizon or less noise"
    case .nonFiniteEvent(let name):
      return "the function of the event \(name) is not finite \(place); try another event or a shorter horizon"
    case .divergentSeries(let share):
      let excess = share.map { " over \($0) times its radius of convergence" } ?? ""
      return "the Taylor series overflows\(excess) \(place); try more segments or a shorter horizon"
    case .stiffField:
      return "the field is stiff \(place); try cvode-bdf"
    case .library(let function, let flag):
      return "\(function) failed with \(flag) \(place); try looser tolerances, a shorter horizon or cvode-bdf"
    }
  }
}
