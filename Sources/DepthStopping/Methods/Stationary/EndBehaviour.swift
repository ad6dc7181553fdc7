/// What a finite end of the domain does to stopping beside it.
extension VariationalInequality {
  /// Whether the state returns to a reflecting end again and again: there one may stop at the end alone, even where g is
  /// flat or rises away from it. Elsewhere the end is left once and for all (the origin of R^d, d >= 2).
  func isRegularReflection(isUpper: Bool) -> Bool {
    let end = isUpper ? upper : lower
    guard (isUpper ? upperEnd : lowerEnd) == .reflecting, end.isFinite else { return false }
    let reach = endReach
    let x = isUpper ? end - reach : end + reach
    let sigma = diffusion(0, x)
    return 2 * abs(drift(0, x)) * reach < 0.5 * sigma * sigma
  }

  /// Whether g rises away from a regular reflecting end, which then is a convex kink of g continued evenly beyond it: the end
  /// alone may be worth stopping at.
  func mayStopAtEnd(isUpper: Bool) -> Bool {
    guard isRegularReflection(isUpper: isUpper) else { return false }
    let x = isUpper ? upper - endReach : lower + endReach
    return loss.derivative(0, x) * (isUpper ? -1 : 1) > 0
  }

  /// So close to an end that coefficients are those at the end.
  private var endReach: Double {
    let length = upper - lower
    return 1e-9 * (length.isFinite ? length : max(1, abs(lower.isFinite ? lower : upper)))
  }
}
