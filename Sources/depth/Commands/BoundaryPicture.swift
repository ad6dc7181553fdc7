import DepthFigures
import DepthRuns
import DepthStopping

/// The picture of `depth boundary`: the regions with the boundary, value against loss, and the smooth fit enlarged.
struct BoundaryPicture {
  let problem: StoppingProblem
  let solution: StoppingSolution
  let choice: MethodCatalogue.Choice

  func figure() throws -> Figure {
    guard problem.stateDimension == 1 || solution.boundary.radius != nil else {
      guard solution.boundary.shape == .polyline else {
        throw InputError.usage("--plot draws problems with a scalar or radial state, and boundaries in the plane")
      }
      return try Figures.planarBoundary(solution.boundary.table())
    }
    if let labels { return try discrete(labels) }
    guard problem.horizon != nil, !solution.boundary.branches.isEmpty else { return try stationary() }
    return try inDepth()
  }

  /// The scalar states at which something happens.
  private var boundaryStates: [Double] {
    if problem.stateDimension > 1 { return solution.boundary.radius.map { [$0] } ?? [] }
    let points = solution.boundary.points
    let first = points.compactMap(\.depth).min()
    return Set(points.filter { $0.depth == nil || $0.depth == first }.map { $0.at[0] }).sorted()
  }

  /// The states of a problem that has only so many, at most about 400 of them; nil where states are real numbers.
  private var labels: [Double]? {
    func some(_ count: Int) -> [Int] { Array(stride(from: 0, to: count, by: max(1, (count + 399) / 400))) }
    switch problem.dynamics {
    case .chain(let chain, _): return some(chain.stateCount).map { Double($0) }
    case .opportunities(let stages): return some(stages.stageCount).map { stages.name($0) }.sorted()
    case .gains:
      let last = solution.boundary.points.map { $0.at[0] }.max() ?? 0
      return some(Int(min(2 * last + 4, 1e7)) + 1).map { Double($0) }
    case .diffusion, .flow, .offers: return nil
    }
  }

  /// Value against loss over the states that there are; regions change halfway between two of them.
  private func discrete(_ labels: [Double]) throws -> Figure {
    let solved = try choice.method.solve(problem, at: labels.map { [$0] })
    let losses = solved.values.map(\.stoppingLoss)
    var values = solved.values.map(\.value)
    if case .opportunities = problem.dynamics {
      // with an opportunity at hand, which V itself does not presume
      values = zip(values, losses).map { problem.sense == .minimize ? min($0, $1) : max($0, $1) }
    }
    let stops = zip(values, losses).map { $0 == $1 }
    let cuts = labels.indices.dropFirst().filter { stops[$0] != stops[$0 - 1] }.map {
      (labels[$0 - 1] + labels[$0]) / 2
    }
    var table = Table(name: "value")
    table.add("state", labels)
    table.add("value", values)
    table.add("stopping_loss", losses)
    return try Figures.stoppingRegions(table, boundary: boundaryTable(cuts))
  }

  private func stationary() throws -> Figure {
    let ends = boundaryStates
    guard !ends.isEmpty else { throw InputError.usage("--plot: there is no boundary to draw") }
    let window = self.window(ends)
    let table = try values(window, count: 241, depth: 0)
    let zoom = try self.zoom(ends, window)
    return try Figures.stoppingRegions(
      table, boundary: boundaryTable(ends), zoom: zoom, coordinate: problem.stateDimension > 1 ? "radius" : "state")
  }

  private func inDepth() throws -> Figure {
    let horizon = problem.horizon ?? 1
    // evenly spaced: the figure takes a wider gap for a region that ends
    let depths = (0...400).map { horizon * Double($0) / 400 }
    let states = depths.flatMap { solution.boundary.states(at: $0) }
    guard let low = states.min(), let high = states.max() else {
      throw InputError.usage("--plot: there is no boundary to draw")
    }
    let window = self.window([low, high])
    return try Figures.stoppingInDepth(
      regions: StoppingRegions(solution.boundary).table(depths: depths),
      value: values(window, count: 241, depth: 0), boundary: boundaryTable(solution.boundary.states(at: 0)),
      zoom: zoom(solution.boundary.states(at: 0), window))
  }

  /// The boundary with room around it, within the domain.
  private func window(_ ends: [Double]) -> ClosedRange<Double> {
    let (low, high) = (ends.min() ?? 0, ends.max() ?? 1)
    let spread = high > low ? high - low : max(abs(low), 1e-3)
    var range = (low - 0.7 * spread)...(high + 0.7 * spread)
    if case .offers(let offers) = problem.dynamics, offers.goal == .best {
      return max(range.lowerBound, 0)...min(range.upperBound, 1)
    }
    guard case .diffusion(let process, _) = problem.dynamics else { return range }
    guard process.reduction == .none else {
      return problem.stateDimension == 1 ? range : max(range.lowerBound, 0)...range.upperBound
    }
    // a bounded domain is shown whole, an end that is near is not passed
    if process.lower.isFinite, process.upper.isFinite { range = process.lower...process.upper }
    return max(range.lowerBound, process.lower)...min(range.upperBound, process.upper)
  }

  private func zoom(_ ends: [Double], _ window: ClosedRange<Double>) throws -> Table? {
    guard let end = ends.last(where: window.contains) else { return nil }
    let reach = 0.06 * (window.upperBound - window.lowerBound)
    let near = max(window.lowerBound, end - reach)...min(window.upperBound, end + reach)
    return try values(near, count: 121, depth: 0)
  }

  private func values(_ range: ClosedRange<Double>, count: Int, depth: Double) throws -> Table {
    let width = range.upperBound - range.lowerBound
    // the ends of a domain are not part of it
    let states = (1...count).map { range.lowerBound + width * Double($0) / Double(count + 1) }
    let points = states.map { [$0] + [Double](repeating: 0, count: problem.stateDimension - 1) }
    let solved = try choice.method.solve(
      problem, StoppingQuery(points: points, depths: problem.horizon == nil ? [] : [depth]))
    var table = Table(name: "value")
    table.add("state", states)
    table.add("value", solved.values.map(\.value))
    table.add("stopping_loss", solved.values.map(\.stoppingLoss))
    return table
  }

  private func boundaryTable(_ states: [Double]) -> Table {
    var table = Table(name: "boundary")
    table.add("boundary", states)
    return table
  }
}
