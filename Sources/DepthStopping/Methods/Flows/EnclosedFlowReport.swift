import DepthDynamics
import DepthNumerics
import DepthRuns

/// Values and boundary of a flow in closed form: every error bound is proven.
///
/// V by branch and bound along the trajectory; each end of the stopping set that is listed between two states with certain decisions
/// (that no interval narrower than the samples' distance is missing is not proven); in more than
/// one dimension the states where flows from the probes halt (block-wise: where the decision changes along them).
struct EnclosedFlowReport {
  private let problem: StoppingProblem
  private let flow: EnclosedFlow
  private let loss: StateLoss
  private let probes: [[Double]]

  /// nil where the problem is no minimisation along a flow in closed form at a constant cost without discount.
  init?(_ problem: StoppingProblem, blockSize: Double?) {
    guard case .flow(_, let loss, let probes) = problem.dynamics, let enclosure = loss.alongFlow,
      case .constant(let cost) = problem.cost, cost > 0, problem.discount.constantValue == 0,
      problem.sense == .minimize
    else { return nil }
    self.problem = problem
    self.loss = loss
    self.probes = probes
    flow = EnclosedFlow(enclosure: enclosure, cost: cost, infimum: loss.infimum, blockSize: blockSize)
  }

  private struct Outline {
    var boundary: HaltingBoundary
    var warnings: [String] = []
  }

  func solve(_ query: StoppingQuery) throws -> StoppingSolution {
    let (found, seconds) = try timed { () -> (rows: [[(value: OutwardInterval, depth: OutwardInterval)]], Outline) in
      let rows = try query.valueDepths.map { depth in
        try query.points.map { try flow.value(from: $0, remaining: remaining(depth)) }
      }
      return (rows, try drawBoundary(query))
    }
    let (rows, outline) = found
    let values = zip(query.valueDepths, rows).flatMap { depth, row in
      zip(query.points, row).map { point, found in value(point, depth, found.value, found.depth) }
    }
    let depths = zip(query.points, rows.first ?? []).map { point, found in
      StoppingSolution.ExpectedDepth(
        at: point, value: found.depth.middle, lower: found.depth.lower, upper: found.depth.upper)
    }
    return StoppingSolution(
      values: values, boundary: outline.boundary, expectedDepths: depths,
      diagnostics: Diagnostics(
        status: .converged, method: "characteristics", iterations: rows.joined().count,
        residual: values.map(\.errorBound).max() ?? outline.boundary.errorBound,
        residualNorm: "width of the enclosure along the flow", seconds: seconds), warnings: outline.warnings)
  }

  private func remaining(_ depth: Double) -> Double? { problem.horizon.map { max(0, $0 - depth) } }

  private func value(
    _ point: [Double], _ depth: Double, _ value: OutwardInterval, _ halt: OutwardInterval
  ) -> StoppingSolution.Value {
    let atOnce = point.withUnsafeBufferPointer { loss.value($0.baseAddress!) }
    let best = halt.upper == 0 ? atOnce : value.middle
    return .init(
      at: point, depth: depth, value: best, stoppingLoss: atOnce, errorBound: value.distance(from: best),
      boundKind: .certified)
  }

  // MARK: boundary

  private func drawBoundary(_ query: StoppingQuery) throws -> Outline {
    guard problem.stateDimension == 1 else { return try traced() }
    let states = probes.map { $0[0] }
    guard let low = states.min(), let high = states.max(), low < high else {
      throw StoppingError("\(problem.name) has no window of states")
    }
    let isSteady = problem.horizon == nil
    let depths = isSteady ? [0] : boundaryDepths(query)
    func ends(_ spread: Double) throws -> [[EnclosedBoundary.End]] {
      let (middle, half) = (0.5 * (low + high), 0.5 * spread * (high - low))
      let window = EnclosedBoundary(
        flow: flow, lower: middle - half, upper: middle + half, samples: isSteady ? 240 : 96)
      return try depths.map { try window.ends(remaining: remaining($0)) }
    }
    var (found, spread) = (try ends(1), 1.0)
    // long blocks push the boundary outwards, beyond the probes
    while flow.blockSize != nil, found.allSatisfy(\.isEmpty), spread < 1e12 {
      spread *= 2
      found = try ends(spread)
    }
    let error = found.joined().map(\.error).max() ?? 0
    let crossings = found.map { $0.map { HaltingBoundary.Crossing(at: $0.at, stopsBelow: $0.stopsBelow) } }
    var warnings: [String] = []
    if isSteady, flow.blockSize == nil {
      warnings = found[0].filter { !$0.isSmooth }.map {
        "smooth fit fails at \($0.at): the values of halting at once and later cross, V has a kink"
      }
    }
    if crossings.allSatisfy(\.isEmpty) {
      warnings.append("no boundary between \(low) and \(high): one decision everywhere")
    }
    return Outline(
      boundary: isSteady
        ? HaltingBoundary(crossings: crossings[0], errorBound: error, boundKind: .certified)
        : HaltingBoundary(depths: depths, crossings: crossings, errorBound: error, boundKind: .certified),
      warnings: warnings)
  }

  private func boundaryDepths(_ query: StoppingQuery) -> [Double] {
    guard let horizon = problem.horizon else { return [0] }
    guard query.depths.isEmpty else { return query.depths.filter { $0 < horizon } }
    guard let blockSize = flow.blockSize else { return (0..<16).map { horizon * Double($0) / 16 } }
    // at block ends, where stopping is allowed
    let blocks = (horizon / blockSize * (1 + 1e-12)).rounded(.down)
    let stride = max(1, (blocks / 16).rounded(.up))
    return Swift.stride(from: 0, to: blocks, by: stride).map { $0 * blockSize }
  }

  /// The halting states of flows from the probes.
  private func traced() throws -> Outline {
    var (points, error) = ([HaltingBoundary.Point](), 0.0)
    for probe in probes {
      let minimum = try flow.minimum(from: probe, remaining: remaining(0))
      guard minimum.decision == .go else { continue }
      let halt = flow.haltingDepth(from: probe, minimum)
      let span = flow.blockSize == nil ? halt : try changeOfDecision(along: probe, halt.upper)
      let box = flow.enclosure.state(probe, span)
      let at = box.map(\.middle)
      points.append(.init(at: at))
      error = max(error, zip(box, at).reduce(0) { $0 + pow2($1.0.distance(from: $1.1)) }.squareRoot().nextUp)
    }
    return Outline(
      boundary: HaltingBoundary(shape: .polyline, points: points, errorBound: error, boundKind: .certified),
      warnings: points.isEmpty ? ["no flow from the problem's probes continues: no boundary is drawn"] : [])
  }

  private func pow2(_ x: Double) -> Double { x * x }

  /// Depths on the way from a probe, the one before and the one after the decision changes.
  private func changeOfDecision(along probe: [Double], _ halt: Double) throws -> OutwardInterval {
    let (stop, go) = try EnclosedBoundary.bracket(stop: halt, go: 0) {
      try flow.decision(at: flow.state(from: probe, after: $0), remaining: remaining(0))
    }
    return OutwardInterval(lower: min(stop, go), upper: max(stop, go))
  }
}
