import DepthNumerics

/// An integration that gave no usable answer: where it stood, why it went no further, and what to try.
public struct IntegrationError: Error, CustomStringConvertible, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// f returned a NaN or an infinity in this component.
    case nonFiniteField(component: Int)
    /// The state left the finite numbers in this component, though f was finite on the way.
    case nonFiniteState(component: Int)
    /// A path of an ensemble left the numbers below 2^333 (1.7e100), or all numbers, in this component.
    case nonFinitePath(path: Int, component: Int)
    /// An event's function returned a NaN or an infinity.
    case nonFiniteEvent(name: String)
    /// Stability holds an explicit method's steps, where its caller has a better method.
    case stiffField
    /// The steps allowed did not suffice; whether stability held them short.
    case tooManySteps(limit: Int, isStiff: Bool)
    /// The steps shrank to the rounding of depth.
    case stepUnderflow
    /// Newton's or the fixed-point iteration of an implicit method did not converge with the shortest steps.
    case noConvergence
    /// A library call failed.
    case library(function: String, flag: String)
    /// f is finite but this component has no power series there: the square root at zero.
    case noPowerSeries(component: Int)
    /// A Taylor series overflowed: the depth to bridge is so many times its radius of convergence.
    case divergentSeries(radiusShare: Double?)
  }

  public let reason: Reason
  /// The depth that was reached with a good state.
  public let depth: Double
  /// The last good state.
  public let state: [Double]
  /// The component with the largest weighted local error at the failure, where the method knows it.
  public let component: Int?
  /// The row of a batch that failed, from 0; nil for a single initial state.
  public private(set) var sample: Int?
  /// What the failed attempt has cost, all samples of its batch together, where the method knows it.
  public private(set) var spent: Trajectory.Statistics?
  /// What the components belong to; empty for a field's own state.
  public private(set) var parts: [StatePart]

  public init(
    reason: Reason, depth: Double, state: [Double], component: Int? = nil, sample: Int? = nil,
    spent: Trajectory.Statistics? = nil, parts: [StatePart] = []
  ) {
    self.reason = reason
    self.depth = depth
    self.state = state
    self.component = component
    self.sample = sample
    self.spent = spent
    self.parts = parts
  }

  /// The same failure of a state that carries other quantities along: components named after them, the last good state the
  /// first part alone.
  func carrying(_ parts: [StatePart]) -> IntegrationError {
    let own = parts.first.map { Array(state.prefix($0.count)) } ?? state
    var changed = at(depth, own)
    changed.parts = parts
    return changed
  }

  private func name(of component: Int) -> String {
    var rest = component
    for part in parts {
      if rest < part.count { return part.name(of: rest) }
      rest -= part.count
    }
    return "component \(component)"
  }

  /// The same failure of a row of a batch; nil where there is no batch.
  func ofSample(_ sample: Int?) -> IntegrationError {
    var changed = self
    changed.sample = sample
    return changed
  }

  /// The same failure with another last good state.
  func at(_ depth: Double, _ state: [Double]) -> IntegrationError {
    IntegrationError(
      reason: reason, depth: depth, state: state, component: component, sample: sample, spent: spent, parts: parts)
  }

  func afterSpending(_ statistics: Trajectory.Statistics) -> IntegrationError {
    var changed = self
    changed.spent = statistics
    return changed
  }

  /// One line: which sample, what, where, what to try.
  public var description: String { (sample.map { "sample \($0): " } ?? "") + text }

  private var text: String {
    let norm = BLAS.norm(state.count, state)
    let worst = component.map { ", the largest local error in \(name(of: $0))" } ?? ""
    let place = "at depth \(depth), where the last good state has norm \(norm)\(worst)"
    switch reason {
    case .nonFiniteField(let component):
      return
        "the field is not finite in \(name(of: component)) \(place); try a shorter horizon or another initial state"
    case .nonFiniteState(let component):
      return
        "the state overflows in \(name(of: component)) one step on from \(place.dropFirst(3)); try shorter steps or a shorter horizon"
    case .nonFinitePath(let path, let component):
      return
        "path \(path) explodes in component \(component) one step on from \(place.dropFirst(3)); try more blocks, a shorter horizon or less noise"
    case .nonFiniteEvent(let name):
      return "the function of the event \(name) is not finite \(place); try another event or a shorter horizon"
    case .divergentSeries(let share):
      let excess = share.map { " over \($0) times its radius of convergence" } ?? ""
      return "the Taylor series overflows\(excess) \(place); try more segments or a shorter horizon"
    case .noPowerSeries(let component):
      return
        "the field has no power series in \(name(of: component)) \(place); try another integrator or another initial state"
    case .stiffField:
      return "the field is stiff \(place); try cvode-bdf"
    case .tooManySteps(let limit, true):
      return "\(limit) steps ended \(place); the field is stiff there: try cvode-bdf"
    case .tooManySteps(let limit, false):
      return "\(limit) steps ended \(place); try looser tolerances or a shorter horizon"
    case .stepUnderflow:
      return
        "the steps shrank to rounding \(place); the flow may blow up there: try a shorter horizon or looser tolerances"
    case .noConvergence:
      return "the implicit iteration does not converge \(place); try cvode-bdf, tighter tolerances or a shorter horizon"
    case .library(let function, let flag):
      return "\(function) failed with \(flag) \(place); try looser tolerances, a shorter horizon or cvode-bdf"
    }
  }
}

/// A stretch of a state's components that belong together.
public struct StatePart: Equatable, Sendable {
  /// "tangent vector"; empty for the field's own state.
  public let name: String
  /// Entries of one vector; 1 for a number.
  public let length: Int
  /// How many such vectors, one after the other.
  public let copies: Int

  public init(_ name: String, length: Int, copies: Int = 1) {
    precondition(length > 0 && copies >= 0, "a part of \(copies) times \(length) entries")
    (self.name, self.length, self.copies) = (name, length, copies)
  }

  public var count: Int { length * copies }

  func name(of index: Int) -> String {
    guard !name.isEmpty else { return "component \(index)" }
    let whole = copies == 1 ? "the \(name)" : "\(name) \(index / length)"
    return length == 1 ? whole : "component \(index % length) of \(whole)"
  }
}
