import Foundation

extension RungeKuttaStepper {
  /// A guess at the first step length from the sizes of h and f, the least over the lanes; the controller mends it.
  ///
  /// The local error of a step s behaves like `(s |f| / |h|)^p`: aim at the tolerance. Source: Hairer, Norsett and Wanner I,
  /// II.4, "starting step size", without its estimate of the second derivative.
  func firstStep(
    lanes: Range<Int>, _ relative: Double, _ absolute: UnsafePointer<Double>, from depth: Double, to end: Double
  ) -> Double {
    var step = end - depth
    let share = pow(relative, 1 / Double(pair.controller.errorOrder))
    for lane in lanes {
      var (size, slope) = (0.0, 0.0)
      for i in 0..<dimension {
        let h = state[i * width + lane]
        let weight = absolute[i] + relative * abs(h)
        let f = stages[i * width + lane] / weight
        size += (h / weight) * (h / weight)
        slope += f * f
      }
      if slope > 1e-20 { step = min(step, (max(size, 1) / slope).squareRoot() * share) }
    }
    // the rounding of the end's depth is none of the start's: 2e284 at 1e300
    return max(step, 64 * abs(depth).ulp)
  }
}
