import Foundation

/// Depths to go 0 = theta_0 < ... < theta_M = T, graded: `theta = T eta^2` with eta piecewise linear in the level.
///
/// V grows like `sqrt(theta)` near the horizon; this grading restores second order in 1/M. Depths that are asked for are levels.
/// Refinement doubles the levels within each piece, so that nested grids share an error expansion.
/// Source: Forsyth and Vetzal (2002), section 6; graded meshes: Brunner, SIAM J. Numer. Anal. 20 (1983).
struct GradedLevels {
  let horizon: Double
  /// Ends of the pieces in eta, 0 first, 1 last.
  private let ends: [Double]
  /// Levels of each piece at refinement 1.
  private let counts: [Int]

  /// - Parameter depthsToGo: levels that must be there, each in [0, T].
  init(horizon: Double, steps: Int, through depthsToGo: [Double]) {
    self.horizon = horizon
    var ends = [0.0]
    for theta in depthsToGo.sorted() {
      let eta = (theta / horizon).squareRoot()
      if eta > ends[ends.count - 1] + 1e-9 && eta < 1 - 1e-9 { ends.append(eta) }
    }
    ends.append(1)
    self.ends = ends
    counts = zip(ends, ends.dropFirst()).map { max(1, Int((($1 - $0) * Double(steps)).rounded())) }
  }

  func count(refinement: Int) -> Int { counts.reduce(0, +) * refinement }

  /// All levels, ascending.
  func levels(refinement: Int) -> [Double] {
    var levels = [0.0]
    for (piece, count) in counts.enumerated() {
      let (a, b, steps) = (ends[piece], ends[piece + 1], count * refinement)
      for step in 1...steps {
        let eta = step == steps ? b : a + (b - a) * Double(step) / Double(steps)
        levels.append(horizon * eta * eta)
      }
    }
    return levels
  }

  /// The level of a depth to go that was asked for: the nearest.
  func level(of theta: Double, refinement: Int) -> Int {
    let eta = (max(0, theta) / horizon).squareRoot()
    var level = 0
    for (piece, count) in counts.enumerated() where ends[piece + 1] <= eta + 2e-9 { level = index(piece) + count }
    return level * refinement
  }

  private func index(_ piece: Int) -> Int { counts[..<piece].reduce(0, +) }
}
