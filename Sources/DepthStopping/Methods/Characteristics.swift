import DepthDynamics
import DepthNumerics
import DepthRuns
import Foundation

/// Deterministic flows along their characteristics: `V(h) = inf_{s >= 0} [g(h_s) + c s]`.
///
/// Every local minimum of the objective along the trajectory is a root of `grad g . f + c`, found as an event of the
/// integration; the least of them and of the start wins, up to the depth (g - inf g)/c beyond which no stop can pay. The
/// boundary consists of the states where flows from the problem's probes halt. With `blockSize`, stops are allowed only every
/// Delta (exact transitions, cost c Delta). Errors are estimated by two integrators of different kind.
/// Minima closer together than the integrator's step may be merged. Source: theory of section 2, sigma = 0.
public struct Characteristics: BoundaryMethod {
  public let name = "characteristics"
  /// Delta; nil for continuous stopping.
  public let blockSize: Double?

  /// - Throws: `InputError.usage` for a block size that is not positive.
  public init(blockSize: Double? = nil) throws {
    if let blockSize, !(blockSize > 0 && blockSize.isFinite) {
      throw InputError.value(blockSize, of: "block_size", allowed: "positive numbers")
    }
    self.blockSize = blockSize
  }

  public func objection(to problem: StoppingProblem) -> String? {
    guard case .flow = problem.dynamics else { return "characteristics needs a flow without noise" }
    return problem.horizon == nil ? nil : "characteristics needs an infinite horizon"
  }

  public func solve(_ problem: StoppingProblem, _ query: StoppingQuery) throws -> StoppingSolution {
    guard case .flow(let field, let loss, let probes) = problem.dynamics, problem.horizon == nil else {
      throw StoppingError("\(objection(to: problem) ?? "characteristics does not apply")")
    }
    try problem.validate(query)
    let points = query.points
    return try solve(problem, field, loss, probes, at: points)
  }

  private func solve(
    _ problem: StoppingProblem, _ field: some VectorField, _ loss: StateLoss, _ probes: [[Double]],
    at points: [[Double]]
  ) throws -> StoppingSolution {
    let fine = HaltingSearch(
      field: field, loss: loss, runningCost: problem.runningCost,
      integrator: ERKStep(tolerances: try Tolerances(relative: 1e-13, absolute: 1e-15)))
    let coarse = HaltingSearch(
      field: field, loss: loss, runningCost: problem.runningCost,
      integrator: CVODE(.adams, tolerances: try Tolerances(relative: 1e-11, absolute: 1e-13)))
    let ((values, boundary), seconds) = try timed {
      try (
        points.map { (try halt(fine, $0), try halt(coarse, $0)) },
        probes.map { (try boundaryPoint(fine, $0), try boundaryPoint(coarse, $0)) }
      )
    }
    func bound(_ a: Double, _ b: Double, _ scale: Double) -> Double { 4 * abs(a - b) + 1e-13 * max(abs(a), scale) }
    let boundaryError = boundary.flatMap { pair in zip(pair.0, pair.1).map { bound($0, $1, 0) } }.max() ?? 0
    return StoppingSolution(
      values: points.indices.map { i in
        let (a, b) = values[i]
        return .init(
          at: points[i], value: a.objective, stoppingLoss: a.lossAtStart,
          errorBound: bound(a.objective, b.objective, a.lossAtStart), boundKind: .estimate)
      },
      boundary: HaltingBoundary(
        shape: field.dimension == 1 ? .points : .polyline, points: boundary.map { .init(at: $0.0) },
        errorBound: boundaryError, boundKind: .estimate),
      expectedDepths: points.indices.map { i in
        let (a, b) = values[i]
        let error = a.depth == 0 && b.depth == 0 ? 0 : bound(a.depth, b.depth, 1)
        return .init(at: points[i], value: a.depth, lower: max(0, a.depth - error), upper: a.depth + error)
      },
      diagnostics: Diagnostics(
        status: .converged, method: name, iterations: values.reduce(0) { $0 + $1.0.integrations },
        residual: boundaryError, residualNorm: "difference of two integrators", toleranceAsked: 1e-13, seconds: seconds)
    )
  }

  private func halt<F, I>(_ search: HaltingSearch<F, I>, _ point: [Double]) throws -> Halt {
    try blockSize.map { try search.blockwiseHalt(from: point, blockSize: $0) } ?? search.halt(from: point)
  }

  /// Where the flow from a probe halts; block-wise in one dimension, the crossing of values between that state and the probe.
  private func boundaryPoint<F, I>(_ search: HaltingSearch<F, I>, _ probe: [Double]) throws -> [Double] {
    let halted = try search.halt(from: probe).state
    guard let blockSize else { return halted }
    guard probe.count == 1 else {
      throw StoppingError("block-wise stopping has its boundary only in one dimension, the flow has \(probe.count)")
    }
    func advantage(_ x: Double) -> Double {
      (try? search.advantageOfContinuing(from: [x], blockSize: blockSize)) ?? .nan
    }
    // block-wise stopping has the larger stopping region: inside the continuous boundary it stops
    let inside = halted[0] * (1 - 1e-9)
    // long blocks push the boundary outwards, beyond the probe
    var outside = probe[0]
    for _ in 0..<60 where !(advantage(outside) > 0) { outside *= 2 }
    guard advantage(inside) <= 0, advantage(outside) > 0 else {
      throw StoppingError("no crossing of values between \(inside) and \(outside)")
    }
    return [try RootFinding.brent(lower: min(inside, outside), upper: max(inside, outside), advantage)]
  }
}
