import DepthNumerics
import Foundation

/// Which shape the continuation region has, from the set where one must continue: `{L g + c < 0}` and the concave kinks.
enum ContinuationRegion {
  /// Continue on (b, upper end): b at most `edge`.
  case reachesUpperEnd(StationaryEquation, edge: Double)
  /// Continue on (A, B), A at most `left`, B at least `right`.
  case interval(StationaryEquation, left: Double, right: Double)

  /// - Throws: `StoppingError` where stopping is optimal everywhere or the set is not connected.
  init(_ equation: StationaryEquation) throws {
    let intervals = Self.mustContinue(equation)
    guard let first = intervals.first else {
      throw StoppingError("stopping at once is optimal everywhere (L g + c >= 0 and no concave kink): no boundary")
    }
    guard intervals.count == 1 else {
      throw StoppingError(
        "\(intervals.count) separate intervals where one must continue; smooth-fit treats one")
    }
    let (reachesLower, reachesUpper) = (first.left == equation.diffusion.lower, first.right == equation.diffusion.upper)
    switch (reachesLower, reachesUpper) {
    case (false, true): self = .reachesUpperEnd(equation, edge: first.left)
    case (false, false): self = .interval(equation, left: first.left, right: first.right)
    default:
      throw StoppingError("continuing is optimal down to the lower end of the domain; smooth-fit does not treat that")
    }
  }

  /// Maximal intervals where stopping is forbidden; a kink alone is an interval of length zero.
  private static func mustContinue(_ equation: StationaryEquation) -> [(left: Double, right: Double)] {
    let (lower, upper) = (equation.diffusion.lower, equation.diffusion.upper)
    let samples = DomainSamples.states(lower: lower, upper: upper)
    var intervals: [(left: Double, right: Double)] = []
    var openedAt: Double?
    var previous = samples[0]
    if equation.lookAhead(previous) < 0 { openedAt = lower }
    for x in samples.dropFirst() {
      let isForbidden = equation.lookAhead(x) < 0
      if isForbidden != (openedAt != nil) {
        let change =
          (try? RootFinding.brent(lower: previous, upper: x) { equation.lookAhead($0) }) ?? (previous + x) / 2
        if let left = openedAt {
          intervals.append((left, change))
          openedAt = nil
        } else {
          openedAt = change
        }
      }
      previous = x
    }
    if let left = openedAt { intervals.append((left, upper)) }
    for kink in equation.loss.concaveKinks(depth: 0)
    where !intervals.contains(where: { $0.left <= kink && kink <= $0.right }) {
      intervals.append((kink, kink))
    }
    return intervals.sorted { $0.left < $1.left }
  }
}
