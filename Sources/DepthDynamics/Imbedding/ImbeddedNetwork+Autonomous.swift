import DepthNumerics
import Foundation

extension ImbeddedNetwork {
  /// `sum_n C(l, n) H^n D^n x = sum_n w_n c_n tau^n`, `w_n = prod_{j<n} (1 - j/l)`, over the l blocks of a segment of
  /// length tau.
  func binomialSum(_ input: [Double], _ range: Range<Int>) throws -> ImbeddedNetworkOutput {
    let l = range.count
    let length = depth(range.upperBound) - depth(range.lowerBound)
    let kept = min(order, l)
    // the radius wants some orders more than a short network has
    let series = try FlowSeries(
      of: field, depth: depth(range.lowerBound), state: input,
      order: max(kept, min(order, ConvergenceRadius.leastOrder + 8)))
    var weights = [1.0]
    for n in 1...series.order { weights.append(n <= kept ? weights[n - 1] * (1 - Double(n - 1) / Double(l)) : 0) }
    var output = ImbeddedNetworkOutput(state: series.sum(after: length, weights: weights))
    let norms = series.scaledNorms
    let terms = (0...kept).map { weights[$0] * norms[$0] * pow(length / series.scale, Double($0)) }
    // coefficient n carries the rounding of about n products
    output.roundingError = Double.ulpOfOne * terms.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
    let radius = ConvergenceRadius(of: series)
    output.radiusShare = radius?.radius.map { length / $0 }
    if kept < l {
      let last = max(terms[kept], terms[kept - 1])
      // the ratio of the terms left out falls with n
      let decay = pow(norms[kept] / max(norms[0], .leastNormalMagnitude), 1 / Double(kept)) / series.scale
      let rate = radius?.lastRate ?? decay
      let ratio = rate * length * (1 - Double(kept) / Double(l))
      output.truncationError = last == 0 ? 0 : ratio < 1 ? last * ratio / (1 - ratio) : .infinity
    }
    return output
  }
}
