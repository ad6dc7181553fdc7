import DepthDynamics
import Foundation

/// Boundaries at ascending depths to go, joined into curves.
struct BranchTracking {
  /// One curve while it lives.
  private struct Track {
    let stopsBelow: Bool
    var depthsToGo: [Double]
    var states: [Double]
  }

  let horizon: Double
  private var living: [Track] = []
  private var finished: [Track] = []
  /// Depths elapsed at which the number or kind of boundaries changes, with what changes.
  private(set) var changes: [String] = []

  init(horizon: Double) { self.horizon = horizon }

  /// The boundaries at the next depth to go, ascending in state.
  mutating func append(_ roots: [BoundaryRoot], depthToGo: Double) {
    let isSame = roots.count == living.count && zip(roots, living).allSatisfy { $0.stopsBelow == $1.stopsBelow }
    if isSame || living.isEmpty && finished.isEmpty {
      if living.isEmpty { living = roots.map { Track(stopsBelow: $0.stopsBelow, depthsToGo: [], states: []) } }
      for i in roots.indices { extend(i, roots[i], depthToGo) }
      return
    }
    reorganise(roots, depthToGo)
  }

  private mutating func extend(_ i: Int, _ root: BoundaryRoot, _ depthToGo: Double) {
    living[i].depthsToGo.append(depthToGo)
    living[i].states.append(root.state)
  }

  /// Nearest of the same kind go on; the others end or begin.
  private mutating func reorganise(_ roots: [BoundaryRoot], _ depthToGo: Double) {
    let depth = horizon - depthToGo
    var unclaimed = Set(living.indices)
    var next: [Track] = []
    var births = 0
    for root in roots {
      let candidates = unclaimed.filter { living[$0].stopsBelow == root.stopsBelow }
      let nearest = candidates.min {
        let (a, b) = (abs(living[$0].states.last! - root.state), abs(living[$1].states.last! - root.state))
        return a != b ? a < b : $0 < $1
      }
      if let nearest, roots.count >= living.count || !isNearer(root, than: roots, nearest) {
        unclaimed.remove(nearest)
        next.append(living[nearest])
      } else {
        births += 1
        next.append(Track(stopsBelow: root.stopsBelow, depthsToGo: [], states: []))
      }
    }
    finished += unclaimed.sorted().map { living[$0] }
    let deaths = unclaimed.count
    living = next
    for i in roots.indices { extend(i, roots[i], depthToGo) }
    changes.append(
      "the stopping region's topology changes at depth \(Self.text(depth)): \(roots.count) boundaries before, \(roots.count - births + deaths) after"
    )
  }

  /// Whether another root claims the track with more right.
  private func isNearer(_ root: BoundaryRoot, than roots: [BoundaryRoot], _ track: Int) -> Bool {
    let place = living[track].states.last!
    return roots.contains {
      $0.stopsBelow == root.stopsBelow && $0 != root && abs($0.state - place) < abs(root.state - place)
    }
  }

  private static func text(_ x: Double) -> String { String(format: "%.6g", x) }

  /// The curves, ascending in state at their last depth to go; interpolated in `sqrt(T - t)`.
  func branches() -> [HaltingBranch] {
    (living + finished).compactMap { track -> (Double, HaltingBranch)? in
      guard let first = track.depthsToGo.first, let last = track.depthsToGo.last,
        let curve = try? BoundaryCurve(
          depths: track.depthsToGo.map { $0.squareRoot() }, values: track.states, interpolation: .monotoneCubic)
      else { return nil }
      let branch = HaltingBranch(
        .depthToGoTable(curve, horizon: horizon), stopsBelow: track.stopsBelow, from: max(0, horizon - last),
        to: horizon - first)
      return (track.states.last!, branch)
    }.sorted { $0.0 < $1.0 }.map(\.1)
  }
}
