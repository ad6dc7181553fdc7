import Foundation

/// The domain and the density of nodes for an inequality with a horizon, found by coarse marches.
///
/// Far ends lie where the diffusion hardly reaches; ends inside the stopping region are cut off just beyond the boundary,
/// which changes nothing. The effect of the far ends is measured by doubling the domain.
struct GridDesign {
  let domain: GridDomain
  let shape: StateGrid.Shape
  /// By how much U moves when the domain doubles, at the features and the states asked for.
  let truncation: Double

  private static let (coarseCells, coarseSteps) = (96, 32)

  /// - Throws: `StoppingError` where no place matters: stopping at once or never stopping is optimal everywhere.
  init(_ inequality: VariationalInequality, horizon: Double, states: [Double]) throws {
    let search = DomainSearch(inequality: inequality, horizon: horizon, states: states)
    var features = search.features()
    if features.isEmpty {
      let middle =
        inequality.lower.isFinite ? inequality.lower + 1 : inequality.upper.isFinite ? inequality.upper - 1 : 0
      features = [middle]
    }
    var deviations = 7.0
    var best: (GridDomain, StateGrid.Shape, Double)?
    for _ in 0..<4 {
      let found = Self.search(search, features, deviations)
      best = found
      if found.2 <= 1e-12 { break }
      deviations *= 1.3
    }
    (domain, shape, truncation) = best!
  }

  private static func search(
    _ search: DomainSearch, _ features: [Double], _ deviations: Double
  ) -> (GridDomain, StateGrid.Shape, Double) {
    let (lower, upper) = search.reach(from: features[0], to: features[features.count - 1], deviations: deviations)
    var domain = search.domain(from: lower, to: upper)
    var core = (lower: features[0], upper: features[features.count - 1])
    var run: GridRun
    var grid: StateGrid
    for _ in 0..<3 {
      grid = StateGrid(
        shape(search, domain, core), noise: { search.inequality.diffusion(0.5 * search.horizon, $0) },
        cells: coarseCells, refinement: 1)
      run = march(search, grid.nodes, grid.kinkNodes, domain)
      let tight = tightened(domain, run)
      let hull = Self.hull(run, search.inequality.loss.kinks, tight) ?? core
      let isDone = tight == domain && hull == core
      (domain, core) = (tight, hull)
      if isDone { break }
    }
    let final = shape(search, domain, core)
    return (domain, final, truncation(search, domain, final))
  }

  private static func shape(
    _ search: DomainSearch, _ domain: GridDomain, _ core: (lower: Double, upper: Double)
  ) -> StateGrid.Shape {
    let kinks = search.inequality.loss.kinks.filter { domain.lower < $0 && $0 < domain.upper }
    return StateGrid.Shape(
      lower: domain.lower, upper: domain.upper, kinks: kinks,
      core: (max(core.lower, domain.lower), min(core.upper, domain.upper)))
  }

  private static func march(
    _ search: DomainSearch, _ nodes: [Double], _ kinkNodes: [Int], _ domain: GridDomain
  ) -> GridRun {
    let levels = GradedLevels(horizon: search.horizon, steps: coarseSteps, through: []).levels(refinement: 1)
    return GridRun(
      search.inequality, nodes: nodes, kinkNodes: kinkNodes, domain: domain, levels: levels, scheme: .trBDF2,
      recording: [levels.count - 1])
  }

  /// Without the stopping region's outer parts, but for four cells.
  private static func tightened(_ domain: GridDomain, _ run: GridRun) -> GridDomain {
    guard run.lowestFree <= run.highestFree else { return domain }
    let x = run.nodes
    var result = domain
    if run.lowestFree > 4 {
      (result.lower, result.lowerEnd) = (x[run.lowestFree - 4], .stopped)
    }
    if run.highestFree < x.count - 5 {
      (result.upper, result.upperEnd) = (x[run.highestFree + 4], .stopped)
    }
    return result
  }

  /// The interval of all boundaries and kinks.
  private static func hull(_ run: GridRun, _ kinks: [Double], _ domain: GridDomain) -> (lower: Double, upper: Double)? {
    let places =
      run.roots.joined().map(\.state).filter { domain.lower <= $0 && $0 <= domain.upper }
      + kinks.filter { domain.lower < $0 && $0 < domain.upper }
    guard let low = places.min(), let high = places.max() else { return nil }
    return (low, high)
  }

  /// The largest change of U at depth 0 at the core's nodes and the states asked for, when every far end is moved twice as far
  /// out, relative to the largest U there.
  private static func truncation(_ search: DomainSearch, _ domain: GridDomain, _ shape: StateGrid.Shape) -> Double {
    guard domain.lowerEnd == .far || domain.upperEnd == .far else { return 0 }
    let grid = StateGrid(
      shape, noise: { search.inequality.diffusion(0.5 * search.horizon, $0) }, cells: coarseCells, refinement: 1)
    var nodes = grid.nodes
    var added = 0
    if domain.lowerEnd == .far {
      let outside = extended(
        nodes[0], nodes[0] - nodes[1], nodes[1] - nodes[2], search.inequality.lower, shape.core.lower)
      added = outside.count
      nodes = outside.reversed() + nodes
    }
    if domain.upperEnd == .far {
      let last = nodes.count - 1
      nodes += extended(
        nodes[last], nodes[last] - nodes[last - 1], nodes[last - 1] - nodes[last - 2], search.inequality.upper,
        shape.core.upper)
    }
    let short = march(search, grid.nodes, grid.kinkNodes, domain)
    let long = march(search, nodes, grid.kinkNodes.map { $0 + added }, domain)
    let (low, high) = (
      min(shape.core.lower, search.states.min() ?? .infinity), max(shape.core.upper, search.states.max() ?? -.infinity)
    )
    var (change, scale) = (0.0, 0.0)
    for (i, x) in grid.nodes.enumerated() {
      let value = short.snapshots[0].u[i]
      guard (low <= x && x <= high) || (i > 0 && grid.nodes[i - 1] <= low && low <= x) else { continue }
      change = max(change, abs(value - long.snapshots[0].u[i + added]))
      scale = max(scale, abs(value))
    }
    return scale > 0 ? change / scale : 0
  }

  /// Nodes beyond an end, the spacing growing as it did, until the way from the core has doubled or a finite end is near.
  private static func extended(
    _ end: Double, _ spacing: Double, _ before: Double, _ limit: Double, _ core: Double
  ) -> [Double] {
    let ratio = max(1.02, min(1.5, spacing / before))
    var (x, h) = (end, spacing)
    var nodes: [Double] = []
    while abs(x - core) < 2 * abs(end - core) && nodes.count < 200 {
      h *= ratio
      if limit.isFinite && abs(x + h - limit) < 0.5 * abs(x - limit) || (limit - x) * (limit - x - h) <= 0 {
        h = 0.5 * (limit - x)
        if abs(h) < 1e-9 * abs(end - core) { break }
      }
      x += h
      nodes.append(x)
    }
    return nodes
  }
}
