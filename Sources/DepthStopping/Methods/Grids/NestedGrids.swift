import DepthDynamics
import Foundation

/// The same march on four nested grids, and what follows from the four together.
struct NestedGrids {
  let inequality: VariationalInequality
  let horizon: Double
  /// From coarse to fine, half the spacing and half the steps from one to the next.
  let runs: [GridRun]
  let depths: [Double]
  let truncation: Double
  let warnings: [String]
  private let branches: [HaltingBranch]
  /// How far extrapolated boundaries of different grids lie apart, at levels, descending in depth.
  private let boundaryGaps: [BoundaryGap]

  private var fine: GridRun { runs[runs.count - 1] }
  private var middle: GridRun { runs[runs.count - 2] }

  var sweepCount: Int { runs.reduce(0) { $0 + $1.sweepCount } }

  /// - Throws: `StoppingError` where a number is not finite: V is infinite or a coefficient not defined.
  init(
    _ inequality: VariationalInequality, horizon: Double, design: GridDesign, cells: Int, steps: Int,
    scheme: SteppingScheme, depths: [Double]
  ) throws {
    self.inequality = inequality
    self.horizon = horizon
    self.depths = depths
    truncation = design.truncation
    let grid = StateGrid(
      design.shape, noise: { inequality.diffusion(0.5 * horizon, $0) }, cells: cells, refinement: 8)
    let togo = depths.map { horizon - $0 }
    let graded = GradedLevels(horizon: horizon, steps: max(steps / 8, depths.count), through: togo)
    // recorded in the order of levels; each depth finds its own
    let levels = togo.map { graded.level(of: $0, refinement: 1) }
    let recorded = Array(Set(levels)).sorted()
    runs = [1, 2, 4, 8].map { refinement in
      let (nodes, kinkNodes) = grid.coarsened(8 / refinement)
      return GridRun(
        inequality, nodes: nodes, kinkNodes: kinkNodes, domain: design.domain,
        levels: graded.levels(refinement: refinement), scheme: scheme, recording: recorded.map { $0 * refinement })
    }
    recordedIndex = levels.map { level in recorded.firstIndex(of: level)! }
    guard runs[3].snapshots.allSatisfy({ $0.u.allSatisfy(\.isFinite) }) else {
      throw StoppingError(
        "V is not finite: a coefficient is not defined somewhere between \(design.domain.lower) and \(design.domain.upper), or V is infinite"
      )
    }
    (branches, boundaryGaps, warnings) = Self.joined(runs, horizon, design)
  }

  private let recordedIndex: [Int]

  /// V, g and the error's estimate at a state, of the minimised problem.
  func value(depthIndex: Int, at x: Double) -> (value: Double, loss: Double, error: Double) {
    let depth = depths[depthIndex]
    let loss = inequality.loss.value(depth, x)
    guard depth < horizon else { return (loss, loss, 0) }
    let index = recordedIndex[depthIndex]
    let values = runs.map {
      GridValues(inequality: inequality, nodes: $0.nodes, depth: depth).value($0.snapshots[index], at: x)
    }
    let fine = richardson(values[3], values[2])
    let local = max(abs(fine - richardson(values[2], values[1])), nearbyDifference(index, x))
    // of every elimination along the grid
    let rounding = 2e-15 * Double(runs[3].nodes.count) * (abs(loss) + abs(fine - loss))
    return (min(fine, loss), loss, local + truncation * abs(fine - loss) + rounding)
  }

  /// The largest difference of the two finest extrapolations at coarse nodes near x, and of the two coarser ones by 8, as much as third
  /// order leaves: single points may agree by chance, and all points of a pair of grids too.
  private func nearbyDifference(_ index: Int, _ x: Double) -> Double {
    let nodes = runs[0].nodes
    let u = runs.map { $0.snapshots[index].u }
    var (low, high) = (0, nodes.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if nodes[middle] <= x { low = middle } else { high = middle }
    }
    var largest = 0.0
    for i in max(0, low - 2)...min(nodes.count - 1, high + 2) {
      let levels = (1..<u.count).map { richardson(u[$0][i << $0], u[$0 - 1][i << ($0 - 1)]) }
      largest = max(largest, abs(levels[2] - levels[1]), abs(levels[1] - levels[0]) / 8)
    }
    return largest
  }

  /// Curves through the boundaries of the fine grid, extrapolated where the middle grid has the same ones, and how far the
  /// extrapolations of different grids lie apart.
  private static func joined(
    _ runs: [GridRun], _ horizon: Double, _ design: GridDesign
  ) -> ([HaltingBranch], [BoundaryGap], [String]) {
    var tracking = BranchTracking(horizon: horizon)
    var gaps: [BoundaryGap] = []
    let (middle, fine) = (runs[2], runs[3])
    for level in middle.levels.indices {
      tracking.append(extrapolated(fine.roots[2 * level], middle.roots[level]), depthToGo: middle.levels[level])
      if let gap = gap(runs, level) { gaps.append(gap) }
    }
    var warnings = tracking.changes
    let last = fine.roots.count - 1
    if fine.roots[last].contains(where: { !$0.isSmooth }) {
      warnings.append(
        "smooth fit fails at a boundary: there the loss has a kink, and the boundary is the crossing of values")
    }
    if fine.roots.allSatisfy(\.isEmpty) {
      warnings.append(
        fine.highestFree < 0
          ? "no boundary: stopping at once is optimal at every state and depth"
          : "no boundary: before the horizon it is never optimal to stop")
    }
    return (tracking.branches(), gaps, warnings)
  }

  /// At a level of the second finest grid; nil where a coarser grid has none that its neighbours lack.
  private static func gap(_ runs: [GridRun], _ level: Int) -> BoundaryGap? {
    let (rough, sharp) = (runs[2].roots[level], runs[3].roots[2 * level])
    let toGo = runs[2].levels[level]
    guard areSame(sharp, rough) else {
      return BoundaryGap(depthToGo: toGo, fine: sharp.isEmpty ? 0 : spacing(runs[3].nodes, sharp[0].state), coarse: nil)
    }
    guard level % 2 == 0 else { return nil }
    let coarse = runs[1].roots[level / 2]
    guard areSame(rough, coarse) else {
      return BoundaryGap(depthToGo: toGo, fine: largestDistance(sharp, rough), coarse: nil)
    }
    let (found, before) = (extrapolated(sharp, rough), extrapolated(rough, coarse))
    var roughest: Double?
    if level % 4 == 0, case let coarsest = runs[0].roots[level / 4], areSame(coarse, coarsest) {
      roughest = largestDistance(before, extrapolated(coarse, coarsest))
    }
    return BoundaryGap(depthToGo: toGo, fine: largestDistance(found, before), coarse: roughest)
  }

  private static func areSame(_ fine: [BoundaryRoot], _ coarse: [BoundaryRoot]) -> Bool {
    fine.count == coarse.count && zip(fine, coarse).allSatisfy { $0.stopsBelow == $1.stopsBelow }
  }

  /// Boundaries of the fine grid, extrapolated where the coarse one has the same ones.
  private static func extrapolated(_ fine: [BoundaryRoot], _ coarse: [BoundaryRoot]) -> [BoundaryRoot] {
    guard areSame(fine, coarse) else { return fine }
    return zip(fine, coarse).map {
      let isSmooth = $0.isSmooth && $1.isSmooth
      return BoundaryRoot(
        state: isSmooth ? richardson($0.state, $1.state) : $0.state, stopsBelow: $0.stopsBelow, isSmooth: $0.isSmooth)
    }
  }

  private static func largestDistance(_ a: [BoundaryRoot], _ b: [BoundaryRoot]) -> Double {
    zip(a, b).map { abs($0.state - $1.state) }.max() ?? 0
  }

  private static func spacing(_ nodes: [Double], _ x: Double) -> Double {
    guard let i = nodes.firstIndex(where: { $0 > x }), i > 0 else { return 0 }
    return nodes[i] - nodes[i - 1]
  }

  /// The boundary with its curves; points at the depths asked for, else at 33 depths spread like the levels.
  func boundary(_ process: ScalarDiffusion, depths asked: [Double], stateDimension: Int) -> HaltingBoundary {
    let sampled =
      asked.isEmpty
      ? (0...32).map { horizon * (1 - pow(Double(32 - $0) / 32, 2)) } : asked.sorted()
    let isRadial = process.reduction != .none
    let points = sampled.flatMap { depth in
      branches.compactMap { branch -> HaltingBoundary.Point? in
        guard let state = branch.state(at: depth) else { return nil }
        return .init(depth: depth, at: [state], errorBound: boundaryError(at: depth))
      }
    }
    return HaltingBoundary(
      shape: .curve, points: points,
      radius: isRadial && branches.count == 1 ? branches[0].state(at: asked.first ?? 0) : nil, branches: branches,
      errorBound: sampled.map(boundaryError).max() ?? 0, boundKind: .estimate)
  }

  /// The error's estimate at a depth, of the levels around it and all in depth to go from 2/3 to 3/2, beside the horizon, where there are
  /// few, from 1/2 to 2.
  ///
  /// A difference of grids swings with the boundary's place between nodes and is small by chance now and then: largest ones count.
  func boundaryError(at depth: Double) -> Double {
    let toGo = horizon - depth
    // ascending in depth to go
    let after = boundaryGaps.firstIndex { $0.depthToGo >= toGo } ?? boundaryGaps.count - 1
    let isLate = toGo < 0.01 * horizon
    let reach = isLate ? 2 : 1.5
    let near = boundaryGaps.indices.filter { i in
      i == after || i == after - 1
        || (boundaryGaps[i].depthToGo >= toGo / reach && boundaryGaps[i].depthToGo <= toGo * reach)
    }
    return BoundaryGap.error(
      near.map { boundaryGaps[$0] }, hasLowOrder: isLate && !inequality.loss.kinks.isEmpty)
  }

  /// The continuation intervals at depth 0, their boundaries extrapolated.
  func extrapolatedBlocks() -> [GridInterval] {
    guard let snapshot = fine.snapshots.last else { return [] }
    let roots = extrapolatedRoots().last?.roots ?? []
    var next = 0
    func take() -> Double {
      next += 1
      return roots[next - 1].state
    }
    return snapshot.blocks.map { block in
      GridInterval(
        lower: block.lower.isFree ? take() : fine.nodes[block.first == 1 ? 0 : block.first],
        upper: block.upper.isFree
          ? take() : fine.nodes[block.last == fine.nodes.count - 2 ? block.last + 1 : block.last],
        isLowerFree: block.lower.isFree, isUpperFree: block.upper.isFree)
    }
  }

  /// Depths to go of the middle grid with the boundaries there.
  func extrapolatedRoots() -> [(depthToGo: Double, roots: [BoundaryRoot])] {
    middle.levels.indices.map { level in
      (middle.levels[level], Self.extrapolated(fine.roots[2 * level], middle.roots[level]))
    }
  }
}

/// A continuation interval at one depth.
struct GridInterval {
  let lower: Double
  let upper: Double
  let isLowerFree: Bool
  let isUpperFree: Bool
}
