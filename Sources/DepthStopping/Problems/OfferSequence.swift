import DepthNumerics
import Foundation

/// Independent offers with a common law: each block brings the next one, the state is the offer in hand.
///
/// Without recall the offer in hand is the last one, with recall the best so far. A reward, so the problem is maximised.
public struct OfferSequence: Equatable, Sendable {
  public enum Law: String, CaseIterable, Sendable {
    /// On (0, 1).
    case uniform
    /// Mean 1.
    case exponential
    /// Mean 0, variance 1.
    case normal
  }

  /// What is worth something.
  public enum Goal: Equatable, Sendable {
    /// The offer itself.
    case amount
    /// Taking the largest of all offers: 1 if so, else 0. The state is the best offer so far, in hand; uniform, without loss of
    /// generality.
    case best
  }

  public let law: Law
  public let hasRecall: Bool
  public let goal: Goal

  public init(_ law: Law, hasRecall: Bool = false, goal: Goal = .amount) {
    precondition(goal == .amount || law == .uniform && !hasRecall, "the best of uniform offers, without recall")
    self.law = law
    self.hasRecall = hasRecall
    self.goal = goal
  }

  /// `E(X - x)^+`, decreasing and convex in x; to a few ulp of max(1, |x|).
  public func excess(over x: Double) -> Double {
    switch law {
    case .uniform: return x <= 0 ? 0.5 - x : x >= 1 ? 0 : 0.5 * (1 - x) * (1 - x)
    case .exponential: return x <= 0 ? 1 - x : exp(-x)
    case .normal: return exp(-0.5 * x * x) / (2 * Double.pi).squareRoot() - x * tail(x)
    }
  }

  /// What `excess` is a difference of: its error is a few ulp of this.
  func excessScale(_ x: Double) -> Double {
    switch law {
    case .uniform, .exponential: excess(over: x)
    case .normal: exp(-0.5 * x * x) / (2 * Double.pi).squareRoot() + abs(x) * tail(x)
    }
  }

  /// `P(X >= x)`.
  public func tail(_ x: Double) -> Double {
    switch law {
    case .uniform: max(0, min(1, 1 - x))
    case .exponential: x <= 0 ? 1 : exp(-x)
    case .normal: 0.5 * erfc(x / 2.0.squareRoot())
    }
  }

  public var mean: Double {
    switch law {
    case .uniform: 0.5
    case .exponential: 1
    case .normal: 0
    }
  }
}
