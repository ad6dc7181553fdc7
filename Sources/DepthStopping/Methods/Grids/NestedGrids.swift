import DepthDynamics
import Foundation

/// The same march on three nested grids, and what follows from the three together.
struct NestedGrids {
  let inequality: VariationalInequality
  let horizon: Double
  /// Coarse, middle, fine.
  let runs: [GridRun]
  let depths: [Double]
  let truncation: Double
  let warnings: [String]
  private let branches: [HaltingBranch]
  /// The boundary's errors at the levels of the coarse grid, descending in depth.
  private let boundaryErrors: [(depth: Double, error: Double)]

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
      design.shape, noise: { inequality.diffusion(0.5 * horizon, $0) }, cells: cells, refinement: 4)
    let togo = depths.map { horizon - $0 }
    let graded = GradedLevels(horizon: horizon, steps: max(steps / 4, 2 * depths.count), through: togo)
    // recorded in the order of levels; each depth finds its own
    let levels = togo.map { graded.level(of: $0, refinement: 1) }
    let recorded = Array(Set(levels)).sorted()
    runs = [1, 2, 4].map { refinement in
      let (nodes, kinkNodes) = grid.coarsened(4 / refinement)
      return GridRun(
        inequality, nodes: nodes, kinkNodes: kinkNodes, domain: design.domain,
        levels: graded.levels(refinement: refinement), scheme: scheme, recording: recorded.map { $0 * refinement })
    }
    recordedIndex = levels.map { level in recorded.firstIndex(of: level)! }
    guard runs[2].snapshots.allSatisfy({ $0.u.allSatisfy(\.isFinite) }) else {
      throw StoppingError(
        "V is not finite: a coefficient is not defined somewhere between \(design.domain.lower) and \(design.domain.upper), or V is infinite"
      )
    }
    (branches, boundaryErrors, warnings) = Self.joined(runs, horizon, design)
  }

  private let recordedIndex: [Int]

  /// V, g and the error's estimate at a state, of the minimised problem.
  func value(depthIndex: Int, at x: Double) -> (value: Double, loss: Double, error: Double) {
    let depth = depths[depthIndex]
    let loss = inequality.loss.value(depth, x)
    let index = recordedIndex[depthIndex]
    let values = runs.map {
      GridValues(inequality: inequality, nodes: $0.nodes, depth: depth).value($0.snapshots[index], at: x)
    }
    let (fine, coarse) = (richardson(values[2], values[1]), richardson(values[1], values[0]))
    let local = max(abs(fine - coarse), nearbyDifference(index, x))
    let rounding = 2e-13 * (abs(loss) + abs(fine - loss))
    return (min(fine, loss), loss, local + truncation * abs(fine - loss) + rounding)
  }

  /// The largest difference of the two extrapolations at coarse nodes near x: single points may agree by chance.
  private func nearbyDifference(_ index: Int, _ x: Double) -> Double {
    let nodes = runs[0].nodes
    let u = runs.map { $0.snapshots[index].u }
    var (low, high) = (0, nodes.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if nodes[middle] <= x { low = middle } else { high = middle }
    }
    var largest = 0.0
    for i in max(0, low - 4)...min(nodes.count - 1, high + 4) {
      largest = max(largest, abs(richardson(u[2][4 * i], u[1][2 * i]) - richardson(u[1][2 * i], u[0][i])))
    }
    return largest
  }

  /// Curves through the boundaries of the fine grid, extrapolated where the middle grid has the same ones, and at the coarse grid's
  /// levels how far the extrapolations of the two finer and the two coarser grids lie apart.
  ///
  /// Of errors like h^p that is `2^p - 1` times the finer extrapolation's, enough for every p >= 1; doubled, since a boundary's
  /// errors swing with its place between nodes.
  private static func joined(
    _ runs: [GridRun], _ horizon: Double, _ design: GridDesign
  ) -> ([HaltingBranch], [(depth: Double, error: Double)], [String]) {
    var tracking = BranchTracking(horizon: horizon)
    var errors: [(depth: Double, error: Double)] = []
    let (coarse, middle, fine) = (runs[0], runs[1], runs[2])
    for level in middle.levels.indices {
      let (rough, sharp) = (middle.roots[level], fine.roots[2 * level])
      let theta = middle.levels[level]
      guard Self.areSame(sharp, rough) else {
        tracking.append(sharp, depthToGo: theta)
        errors.append((horizon - theta, sharp.isEmpty ? 0 : spacing(fine.nodes, sharp[0].state)))
        continue
      }
      let found = extrapolated(sharp, rough)
      tracking.append(found, depthToGo: theta)
      guard level % 2 == 0, Self.areSame(rough, coarse.roots[level / 2]) else {
        // a level that the coarse grid has not: its neighbours tell
        if level % 2 == 0 { errors.append((horizon - theta, largestDistance(sharp, rough))) }
        continue
      }
      let roughest = coarse.roots[level / 2]
      errors.append((horizon - theta, 2 * largestDistance(found, extrapolated(rough, roughest))))
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
    return (tracking.branches(), errors, warnings)
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

  /// The error's estimate at a depth: the largest over the levels around it, and all in depth to go from 2/3 to 3/2.
  ///
  /// A difference of grids swings with the boundary's place between nodes and is small by chance now and then.
  func boundaryError(at depth: Double) -> Double {
    let toGo = horizon - depth
    // boundaryErrors descend in depth
    let after = boundaryErrors.firstIndex { $0.depth <= depth } ?? boundaryErrors.count - 1
    return boundaryErrors.indices.reduce(0) { largest, i in
      let there = horizon - boundaryErrors[i].depth
      let isNear = i == after || i == after - 1 || (there >= toGo / 1.5 && there <= toGo * 1.5)
      return isNear ? max(largest, boundaryErrors[i].error) : largest
    }
  }

  /// The continuation intervals at depth 0, their boundaries extrapolated.
  func extrapolatedBlocks() -> [GridInterval] {
    let fine = runs[2]
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
    let (middle, fine) = (runs[1], runs[2])
    return middle.levels.indices.map { level in
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
