import DepthNumerics
import Foundation

/// What of the tolerances asked a method hands to the control of its local error.
///
/// `share rtol` and `share atol` down to `rtol = knee`; below, the share falls like `(rtol / knee)^(1/5)`. A method of order p that
/// holds each step's error to eps takes steps of O(eps^(1/(p+1))) and ends with a global error of O(eps^(p/(p+1))): of BDF,
/// p = 5, eps must fall like rtol^(6/5) for the global error to follow rtol. Measured on `van-der-pol`, mu = 5: a fiftieth left
/// 1.4 times the tolerance at 1e-4, but 12 to 19 times at 1e-12. The relative share never falls below `floor`, where rounding hides
/// the local error: tolerances below `tightest` change nothing any more, and the statistics say so.
/// Source: Hairer and Wanner, "Solving Ordinary Differential Equations II", V.1; the constants are measured.
struct LocalShare: Equatable, Sendable {
  let share: Double
  /// The relative tolerance below which the share falls; 0: it does not.
  let knee: Double
  /// The least relative tolerance that the method is handed.
  let floor: Double

  init(_ share: Double, knee: Double = 0, floor: Double = 100 * .ulpOfOne) {
    (self.share, self.knee, self.floor) = (share, knee, floor)
  }

  static let whole = LocalShare(1)
  static let tenth = LocalShare(0.1)
  // CVODE's errors were seen to fall with its tolerance down to 1e-15
  static let adams = LocalShare(0.1, knee: 1e-9, floor: 4 * .ulpOfOne)
  static let bdf = LocalShare(0.02, knee: 1e-9, floor: 4 * .ulpOfOne)

  /// What a relative tolerance becomes.
  func relative(_ asked: Double) -> Double { max(floor, factor(asked) * asked) }

  /// Both tolerances as the method is handed them.
  func of(_ tolerances: Tolerances) -> (relative: Double, absolute: [Double]) {
    let factor = factor(tolerances.relative)
    return (
      relative(tolerances.relative),
      (tolerances.absoluteByComponent ?? [tolerances.absolute]).map { factor * $0 }
    )
  }

  /// The relative tolerance at which the floor is met.
  var tightest: Double {
    let plain = floor / share
    return plain >= knee ? plain : pow(plain * pow(knee, 0.2), 1 / 1.2)
  }

  private func factor(_ asked: Double) -> Double {
    asked < knee ? share * pow(asked / knee, 0.2) : share
  }
}
