import Foundation

/// How the learning rate changes over the steps of a training, as a share of its peak.
public enum LearningRateSchedule: String, CaseIterable, Sendable {
  case constant
  /// A half cosine to zero. Source: Loshchilov and Hutter, SGDR, ICLR 2017.
  case cosine
  /// A half cosine up from 1/25 over the first 30 % of the steps, then a half cosine down to 1/25 of 1e-4. The momentum is left
  /// alone. Source: Smith and Topin, Super-convergence, arXiv 1708.07120.
  case oneCycle = "one-cycle"

  /// The share at `step` of `steps`; the first `warmUp` steps (one-cycle: has its own) climb linearly.
  func share(step: Int, of steps: Int, warmUp: Int) -> Double {
    func cosine(_ from: Double, _ to: Double, _ share: Double) -> Double {
      to + (from - to) * 0.5 * (1 + cos(.pi * share))
    }
    if self == .oneCycle {
      let top = 0.3 * Double(steps)
      let position = Double(step) + 0.5
      return position < top
        ? cosine(1.0 / 25, 1, position / top) : cosine(1, 4e-6, (position - top) / (Double(steps) - top))
    }
    guard step >= warmUp else { return Double(step + 1) / Double(warmUp) }
    return self == .constant ? 1 : cosine(1, 0, Double(step - warmUp) / Double(max(1, steps - warmUp)))
  }
}
