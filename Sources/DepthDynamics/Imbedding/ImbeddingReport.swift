import DepthNumerics
import DepthRuns

/// What to ask of invariant imbedding.
public struct ImbeddingRequest: Equatable, Sendable {
  /// Depths p at which networks start; ascending within [0, T].
  public var depths: [Double]
  /// Sizes L of imbedded networks; ascending.
  public var blocks: [Int]
  public var segments: Int
  /// Taylor coefficients kept.
  public var order: Int
  /// y of the loss `||z - y||^2 / 2`.
  public var target: [Double]

  /// - Throws: `InputError.usage` for depths outside [0, horizon] or not ascending, or a target of another length.
  public init(
    depths: [Double]? = nil, blocks: [Int] = [8, 16, 32, 64, 128, 256, 512, 1024], segments: Int = 1, order: Int = 40,
    target: [Double]? = nil, horizon: Double, dimension: Int
  ) throws {
    let equallySpaced = (0...10).map { (k: Int) -> Double in k == 10 ? horizon : horizon * Double(k) / 10 }
    let depths = depths ?? equallySpaced
    guard !depths.isEmpty, depths.allSatisfy({ $0 >= 0 && $0 <= horizon }),
      zip(depths, depths.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw InputError.value(
        depths.map { "\($0)" }.joined(separator: ","), of: "the depths p to start at",
        allowed: "ascending numbers from 0 to the horizon \(horizon)")
    }
    let target = target ?? [Double](repeating: 0, count: dimension)
    guard target.count == dimension, target.allSatisfy(\.isFinite) else {
      throw InputError.usage("the target has \(target.count) entries; allowed: \(dimension) finite numbers")
    }
    (self.depths, self.blocks, self.segments) = (depths, blocks, segments)
    (self.order, self.target) = (order, target)
  }
}

/// Invariant imbedding of one field at one input over depth [0, T]: the networks of every depth with their loss derivatives,
/// checked, and the imbedded networks of L blocks from depth 0.
///
/// Each depth is solved by characteristics with the integrator given; `semigroup_residual` is that integrator's.
/// `marching_distance` is the largest difference in z and Lambda to the equations in p, marched by ERKStep on jets (few
/// dimensions, depths within seven tenths of the radius of convergence).
public struct ImbeddingReport: Sendable {
  public let request: ImbeddingRequest
  /// T, the terminal depth q.
  public let horizon: Double
  /// One per depth.
  public let states: [ImbeddedState]
  public let semigroupResiduals: [Double]
  /// nil where the equations in p were not marched.
  public let marchingDistances: [Double?]
  /// nil for a field without Taylor coefficients.
  public let limit: ImbeddingLimit?
  /// At the input, depth 0; nil for a field without Taylor coefficients.
  public let radius: ConvergenceRadius?
  /// Segments that keep every piece within half its radius of convergence.
  public let suggestedSegments: Int?
  public private(set) var warnings: [String] = []

  /// - Throws: `InputError.usage`; `IntegrationError` of the characteristics.
  public init<Field: VectorField>(
    _ field: Field, input: [Double], horizon: Double, request: ImbeddingRequest, by integrator: some Integrator,
    tolerances: Tolerances
  ) throws {
    let imbedding = try InvariantImbedding(
      field, input: input, terminalDepth: horizon,
      loss: .halfSquaredDistance(to: request.target, dimension: field.dimension, count: 1))
    let states = try request.depths.map { try imbedding.state(from: $0, by: integrator) }
    semigroupResiduals = try request.depths.map { try imbedding.semigroupResidual(from: $0, by: integrator) }
    (self.request, self.horizon, self.states) = (request, horizon, states)
    let taylor = field as? any TaylorField
    guard let taylor, taylor.seriesObstacle == nil else {
      marchingDistances = states.map { _ in nil }
      (limit, radius, suggestedSegments) = (nil, nil, nil)
      let reason = taylor?.seriesObstacle.map { ": \($0), which has no power series" } ?? ""
      warnings = ["the field has no Taylor coefficients\(reason): no imbedded networks, no march in p"]
      return
    }
    let part = try Self.taylorPart(taylor, input, horizon, request, states, integrator, tolerances)
    (marchingDistances, limit, radius) = (part.distances, part.limit, part.radius)
    suggestedSegments = part.segments
    warnings = Self.warnings(part.limit, part.radius, part.segments, request, horizon, tolerances)
  }

  private static func taylorPart<Field: TaylorField>(
    _ field: Field, _ input: [Double], _ horizon: Double, _ request: ImbeddingRequest, _ states: [ImbeddedState],
    _ integrator: some Integrator, _ tolerances: Tolerances
  ) throws -> (distances: [Double?], limit: ImbeddingLimit, radius: ConvergenceRadius?, segments: Int?) {
    let radius = try ConvergenceRadius(of: FlowSeries(of: field, state: input, order: max(40, request.order)))
    let limit = try ImbeddingLimit(
      InitialValueProblem(field: field, initialState: input, end: horizon), blocks: request.blocks,
      segments: request.segments, order: request.order, reference: integrator)
    return (
      try marched(field, input, horizon, request, states, radius?.radius, tolerances),
      limit, radius,
      ImbeddedNetwork.segmentsWithinRadius(
        field, horizon: horizon, input: input, order: request.order)
    )
  }

  /// The equations in p from p = q: the largest difference in z and Lambda to the characteristics, depth by depth.
  private static func marched<Field: TaylorField>(
    _ field: Field, _ input: [Double], _ horizon: Double, _ request: ImbeddingRequest, _ states: [ImbeddedState],
    _ radius: Double?, _ tolerances: Tolerances
  ) throws -> [Double?] {
    let order = JetAlgebra.largestOrder(dimension: field.dimension, wanted: 20, terms: 20_000)
    let reach = radius.map { 0.7 * $0 } ?? .infinity
    let reached = states.indices.filter { horizon - states[$0].depth <= reach }.reversed()
    guard order >= 4, let last = reached.last, states[last].depth < horizon else { return states.map { _ in nil } }
    let slope = field(depth: horizon, state: input)
    let way = BLAS.norm(slope.count, slope) * (radius ?? 0)
    let equation = try ImbeddingEquation(
      field, input: input, terminalDepth: horizon, order: order, scale: way > 0 ? way : 1)
    let problem = try InitialValueProblem(
      field: equation, initialState: equation.initialState(target: request.target), end: horizon - states[last].depth)
    // stiff rates make it slow: then it is left out
    let method = ERKStep(.verner, tolerances: tolerances, maximumSteps: 500)
    guard
      let trajectory = try? method.integrate(
        problem, saving: reached.map { horizon - states[$0].depth }, until: nil)
    else { return states.map { _ in nil } }
    var distances = [Double?](repeating: nil, count: states.count)
    for (row, index) in reached.enumerated() {
      let found = equation.imbedded(trajectory.state(row))
      distances[index] = zip(found.output + found.adjoint, states[index].output + states[index].adjoint)
        .map { abs($0 - $1) }.max()
    }
    return distances
  }

  private static func warnings(
    _ limit: ImbeddingLimit, _ radius: ConvergenceRadius?, _ segments: Int?, _ request: ImbeddingRequest,
    _ horizon: Double, _ tolerances: Tolerances
  ) -> [String] {
    var warnings: [String] = []
    if let radius, let r = radius.radius, horizon > r * Double(request.segments) {
      let remedy = segments.map { "; \($0) segments keep each within half its radius" } ?? ""
      let untruncated =
        radius.imbeddedNetworkConverges(over: horizon / Double(request.segments))
        ? "converge still" : "diverge too as L grows"
      warnings.append(
        "the depth \(horizon) exceeds the radius of convergence \(r) at the input: networks of more than \(request.order)"
          + " blocks are truncated sums that diverge, those of fewer \(untruncated)\(remedy)")
    }
    func sizes(_ rows: [ImbeddingLimit.Row]) -> String { "L = " + rows.map { "\($0.blocks)" }.joined(separator: ", ") }
    let failed = limit.rows.filter { $0.failure != nil }
    if let failure = failed.first?.failure { warnings.append("\(sizes(failed)): \(failure)") }
    let spoilt = limit.rows.filter { row in
      row.failure == nil && !row.isMeaningful && (row.flowDistance ?? 0) > 100 * tolerances.relative
    }
    if !spoilt.isEmpty {
      warnings.append(
        "\(sizes(spoilt)): truncation and rounding spoil the distances (truncation_error, rounding_error)")
    }
    if let least = limit.rows.compactMap(\.flowDistance).min(), least < 100 * tolerances.relative {
      warnings.append(
        "the least distance to the flow \(least) is within 100 times the tolerance \(tolerances.relative): tighten"
          + " --relative-tolerance")
    }
    return warnings
  }
}
