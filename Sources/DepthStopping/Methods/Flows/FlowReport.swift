import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Values and boundary of a flow by two integrators, their difference the error estimate.
struct FlowReport<Field: VectorField> {
  private let problem: StoppingProblem
  private let fine: HaltingSearch<Field, ERKStep>
  private let coarse: HaltingSearch<Field, CVODE>
  /// Of states, in one dimension.
  private let window: StateInterval?
  private let probes: [[Double]]
  private let blockSize: Double?

  init(
    _ problem: StoppingProblem, _ objective: FlowObjective<Field>, window: StateInterval?, probes: [[Double]],
    blockSize: Double?
  ) throws {
    self.problem = problem
    self.window = window
    self.probes = probes
    self.blockSize = blockSize
    fine = HaltingSearch(
      objective: objective, integrator: ERKStep(tolerances: try Tolerances(relative: 1e-13, absolute: 1e-15)))
    coarse = HaltingSearch(
      objective: objective, integrator: CVODE(.adams, tolerances: try Tolerances(relative: 1e-11, absolute: 1e-13)))
  }

  private struct Pair {
    let fine: Halt
    let coarse: Halt
  }

  private struct Outline {
    var boundary: HaltingBoundary
    var warnings: [String] = []
  }

  func solve(_ query: StoppingQuery) throws -> StoppingSolution {
    let (found, seconds) = try timed { () -> ([[Pair]], Outline) in
      let pairs = try query.valueDepths.map { depth in
        try query.points.map { Pair(fine: try halt(fine, $0, depth), coarse: try halt(coarse, $0, depth)) }
      }
      return (pairs, try drawBoundary(query))
    }
    let (halts, outline) = found
    func bound(_ a: Double, _ b: Double, _ scale: Double) -> Double { 4 * abs(a - b) + 1e-13 * max(abs(a), scale) }
    let values = zip(query.valueDepths, halts).flatMap { depth, row in
      zip(query.points, row).map { point, pair in
        StoppingSolution.Value(
          at: point, depth: depth, value: problem.sign * pair.fine.objective,
          stoppingLoss: problem.sign * pair.fine.lossAtStart,
          // with a constant cost J is made of the state where one halts, else of all that has been integrated
          errorBound: bound(
            pair.fine.objective, pair.coarse.objective,
            fine.objective.constantCost == nil ? abs(pair.fine.lossAtStart) : 0),
          boundKind: .estimate)
      }
    }
    let depths = zip(query.points, halts.first ?? []).map { point, pair -> StoppingSolution.ExpectedDepth in
      let (a, b) = (pair.fine.depth, pair.coarse.depth)
      let error = a == 0 && b == 0 ? 0 : bound(a, b, 1)
      return .init(at: point, value: a, lower: max(0, a - error), upper: a + error)
    }
    let unproven = halts.joined().filter { !$0.fine.isProven }.map { $0.fine.searched }.max()
    let searched = unproven.map { ["no bound of the loss is known: flows were searched up to depth \($0)"] } ?? []
    return StoppingSolution(
      values: values, boundary: outline.boundary, expectedDepths: depths,
      diagnostics: Diagnostics(
        status: .converged, method: "characteristics", iterations: 2 * halts.joined().count,
        residual: outline.boundary.errorBound, residualNorm: "difference of two integrators", toleranceAsked: 1e-13,
        seconds: seconds), warnings: outline.warnings + searched)
  }

  private func halt<M>(_ search: HaltingSearch<Field, M>, _ point: [Double], _ depth: Double) throws -> Halt {
    if depth == problem.horizon { return try rest(search, point, depth) }
    return try blockSize.map { try search.blockwiseHalt(from: point, at: depth, blockSize: $0) }
      ?? search.halt(from: point, at: depth)
  }

  /// At the horizon one stops.
  private func rest<M>(_ search: HaltingSearch<Field, M>, _ point: [Double], _ depth: Double) throws -> Halt {
    let loss = search.objective.loss(depth: depth, at: point)
    return Halt(
      depth: 0, state: point, objective: loss, lossAtStart: loss, later: .infinity, searched: 0, isProven: true)
  }

  // MARK: boundary

  private func drawBoundary(_ query: StoppingQuery) throws -> Outline {
    if var window {
      var found = try intervals(window, query)
      // long blocks push the boundary outwards, beyond the probes
      for _ in 0..<20 where blockSize != nil && !probes.isEmpty && found.boundary.points.isEmpty {
        let (middle, reach) = (0.5 * (window.lower + window.upper), window.upper - window.lower)
        window = StateInterval(lower: middle - reach, upper: middle + reach)
        found = try intervals(window, query)
      }
      return found
    }
    // states asked for trace the boundary too, where the problem has none of its own
    let starts = probes.isEmpty ? query.points : probes
    var (points, error, lost) = ([HaltingBoundary.Point](), 0.0, 0)
    for start in starts {
      do {
        guard let a = try boundaryPoint(fine, start), let b = try boundaryPoint(coarse, start) else { continue }
        points.append(.init(at: a))
        for (x, y) in zip(a, b) { error = max(error, 4 * abs(x - y) + 1e-13 * abs(x)) }
      } catch  where !probes.isEmpty {
        lost += 1
      }
    }
    var warnings: [String] = []
    if points.isEmpty {
      warnings.append(
        "no boundary is drawn: in \(problem.stateDimension) dimensions it is traced by flows from given states, and none "
          + "that continues is given; allowed: --at states, or --domain lower:upper for each of two dimensions")
    }
    if lost > 0 { warnings.append("flows from \(lost) of \(starts.count) states on the domain's edge have no halt") }
    return Outline(
      boundary: HaltingBoundary(shape: .polyline, points: points, errorBound: error, boundKind: .estimate),
      warnings: warnings)
  }

  private func intervals(_ window: StateInterval, _ query: StoppingQuery) throws -> Outline {
    let isSteady = problem.horizon == nil && !fine.objective.dependsOnDepth && query.depths.isEmpty
    let depths = isSteady ? [0] : query.depths.isEmpty ? grid : query.depths.filter { $0 != problem.horizon }
    let samples = isSteady ? 240 : 96
    let sharp = FlowIntervals(
      search: fine, lower: window.lower, upper: window.upper, samples: samples, blockSize: blockSize)
    let rough = FlowIntervals(
      search: coarse, lower: window.lower, upper: window.upper, samples: samples, blockSize: blockSize)
    var crossings: [[HaltingBoundary.Crossing]] = []
    var (error, kinks, changed) = (0.0, Set<String>(), false)
    for depth in depths {
      let (a, b) = (try sharp.boundaries(at: depth), try rough.boundaries(at: depth))
      crossings.append(a.map { .init(at: $0.at, stopsBelow: $0.stopsBelow) })
      if a.map(\.stopsBelow) != b.map(\.stopsBelow) {
        changed = true
      } else {
        for (x, y) in zip(a, b) { error = max(error, 4 * abs(x.at - y.at) + 1e-12 * max(abs(x.at), 1e-3)) }
      }
      if isSteady, blockSize == nil { kinks.formUnion(a.filter { !$0.isSmooth }.map { "\($0.at)" }) }
    }
    if changed { error = window.upper - window.lower }
    var warnings = kinks.sorted().map {
      "smooth fit fails at \($0): the values of halting at once and later cross, V has a kink"
    }
    if changed { warnings.append("two integrators disagree on the number of boundaries: a boundary is degenerate") }
    if crossings.allSatisfy(\.isEmpty) {
      warnings.append("no boundary between \(window.lower) and \(window.upper): one decision everywhere")
    }
    return Outline(
      boundary: isSteady
        ? HaltingBoundary(crossings: crossings[0], errorBound: error, boundKind: .estimate)
        : HaltingBoundary(depths: depths, crossings: crossings, errorBound: error, boundKind: .estimate),
      warnings: warnings)
  }

  private var grid: [Double] {
    guard let horizon = problem.horizon else { return [0] }
    return (0..<16).map { horizon * Double($0) / 16 }
  }

  /// Where the flow from a state halts; block-wise, where along it the decision changes. nil where one stops at once.
  private func boundaryPoint<M>(_ search: HaltingSearch<Field, M>, _ start: [Double]) throws -> [Double]? {
    let halted = try search.halt(from: start)
    guard halted.depth > 0 else { return nil }
    guard let blockSize else { return halted.state }
    func state(_ depth: Double) throws -> [Double] {
      guard depth > 0 else { return start }
      let initial = try InitialValueProblem(field: search.objective.field, initialState: start, start: 0, end: depth)
      return try search.integrator.integrate(initial, saving: [depth], until: nil).finalState
    }
    func advantage(_ depth: Double) -> Double {
      (try? search.advantageOfContinuing(from: state(depth), blockSize: blockSize)) ?? .nan
    }
    // block-wise stopping has the larger stopping region: where the flow halts it stops too
    guard advantage(0) > 0 else { return nil }
    let change = try RootFinding.brent(lower: 0, upper: halted.depth * (1 + 1e-9), advantage)
    return try state(change)
  }
}
