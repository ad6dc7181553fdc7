/// Weights that resize a line: for every target pixel the source pixels and their shares, which sum to one.
struct TriangleFilter {
  let taps: [[(source: Int, weight: Float)]]

  init(from count: Int, to target: Int) {
    let scale = Double(count) / Double(target)
    let radius = max(1, scale)
    taps = (0..<target).map { pixel in
      let center = (Double(pixel) + 0.5) * scale
      let first = max(0, Int((center - radius - 0.5).rounded(.up)))
      let last = min(count - 1, Int((center + radius - 0.5).rounded(.down)))
      let weights = (first...max(first, last)).map { max(0, 1 - abs(Double($0) + 0.5 - center) / radius) }
      let sum = weights.reduce(0, +)
      return weights.enumerated().map { (min(count - 1, first + $0.offset), Float($0.element / sum)) }
    }
  }
}
