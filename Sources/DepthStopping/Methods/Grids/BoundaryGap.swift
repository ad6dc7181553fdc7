/// How far extrapolated boundaries lie apart at one depth: of the two finer pairs of grids, and of the two coarser ones.
struct BoundaryGap {
  let depthToGo: Double
  let fine: Double
  /// nil where the coarsest grid has no such level, or other boundaries.
  let coarse: Double?

  /// The error's estimate from the gaps of neighbouring levels.
  ///
  /// Where gaps shrink by r from pair to pair, as errors like h^p do by `r = 2^p`, what is left of them sums to `fine / (r - 1)`. Twice
  /// that is taken (eight times the gap at most), but no less than twice the gap and than a quarter of the coarser one: a gap swings with
  /// the boundary's place between nodes, and is small by chance now and then.
  /// - Parameter hasLowOrder: beside a horizon where the boundary starts at a kink: half the coarser gap counts.
  static func error(_ gaps: [BoundaryGap], hasLowOrder: Bool) -> Double {
    let fine = gaps.reduce(0) { max($0, $1.fine) }
    guard let coarse = gaps.compactMap(\.coarse).max() else { return 2 * fine }
    let ratio = fine > 0 ? coarse / fine : .infinity
    return max(2 * fine * (ratio > 1.25 ? max(1, 1 / (ratio - 1)) : 4), coarse / (hasLowOrder ? 2 : 4))
  }
}
