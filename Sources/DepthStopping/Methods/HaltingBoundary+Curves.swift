import DepthDynamics

extension HaltingBoundary {
  /// A state of the boundary with the side on which one stops.
  struct Crossing: Equatable, Sendable {
    let at: Double
    let stopsBelow: Bool
  }

  /// A moving boundary from its crossings at ascending depths: a branch for every run of depths over which the regions keep
  /// their order; between the depths it interpolates.
  init(depths: [Double], crossings: [[Crossing]], errorBound: Double, boundKind: StoppingSolution.BoundKind) {
    var branches: [HaltingBranch] = []
    var first = 0
    for i in crossings.indices {
      let isLast = i + 1 == crossings.count || crossings[i + 1].map(\.stopsBelow) != crossings[i].map(\.stopsBelow)
      guard isLast else { continue }
      for index in crossings[i].indices {
        let states = (first...i).map { crossings[$0][index].at }
        guard let table = try? BoundaryCurve(depths: Array(depths[first...i]), values: states) else { continue }
        branches.append(
          HaltingBranch(
            .table(table), stopsBelow: crossings[i][index].stopsBelow, from: depths[first], to: depths[i]))
      }
      first = i + 1
    }
    let points = zip(depths, crossings).flatMap { depth, states in states.map { Point(depth: depth, at: [$0.at]) } }
    self.init(shape: .curve, points: points, branches: branches, errorBound: errorBound, boundKind: boundKind)
  }

  /// A boundary that stays: its states ascending, a branch each.
  init(crossings: [Crossing], errorBound: Double, boundKind: StoppingSolution.BoundKind) {
    self.init(
      shape: .points, points: crossings.map { Point(at: [$0.at]) },
      branches: crossings.map { HaltingBranch(.constant($0.at), stopsBelow: $0.stopsBelow) }, errorBound: errorBound,
      boundKind: boundKind)
  }
}
