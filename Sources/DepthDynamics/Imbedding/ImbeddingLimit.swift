import DepthNumerics
public import DepthRuns
import Foundation

/// Imbedded networks of L blocks against the flow and against the ResNet of as many blocks, with predicted constants.
///
/// `imbedded - flow = E / L + O(1/L^2)` and `imbedded - ResNet = B / L + O(1/L^2)` with E and B from `ImbeddingErrorField`;
/// B = 0 for an affine field, where the two networks are one.
public struct ImbeddingLimit: Sendable {
  public struct Row: Equatable, Sendable {
    /// L.
    public let blocks: Int
    /// Segments that the network was cut into.
    public let segments: Int
    /// nil where there is none: see `failure`.
    public let network: ImbeddedNetworkOutput?
    public let flowDistance: Double?
    /// nil also where the ResNet left the finite numbers.
    public let resnetDistance: Double?
    /// Why there is no network of this size; nil where there is one.
    public let failure: String?

    /// Whether truncation and rounding stay below a tenth of the distance to the flow.
    public var isMeaningful: Bool {
      guard let network, let flowDistance else { return false }
      return network.truncationError + network.roundingError <= 0.1 * flowDistance
    }
  }

  public let rows: [Row]
  /// z(q; p, x) from the reference.
  public let flow: [Double]
  /// `||E||`; nil above dimension `largestDimension` unless autonomous in one segment.
  public let predictedFlowConstant: Double?
  /// `||B||`; nil above dimension `largestDimension`.
  public let predictedResnetConstant: Double?

  /// States above this dimension get no prediction: d (d + 3) components would be integrated.
  public static let largestDimension = 30

  /// One network per entry of `blocks`, each in `segments` pieces.
  ///
  /// - Throws: `InputError.usage` for block counts that do not ascend, segments or an order out of range;
  ///   `IntegrationError` of the reference.
  public init<Field: TaylorField>(
    _ problem: InitialValueProblem<Field>, blocks: [Int], segments: Int = 1, order: Int = 40,
    reference: some Integrator
  ) throws {
    guard let first = blocks.first, first > 0, zip(blocks, blocks.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw InputError.value(
        blocks.map(String.init).joined(separator: ","), of: "blocks", allowed: "ascending positive integers")
    }
    guard segments > 0 else { throw InputError.value(segments, of: "segments", allowed: "positive integers") }
    // order and horizon are checked once here: a row's failure is about its size
    _ = try ImbeddedNetwork(
      problem.field, start: problem.start, horizon: problem.end - problem.start, blocks: 1, order: order)
    let flow = try reference.integrate(problem).finalState
    rows = try blocks.map { try Self.row(problem, $0, min(segments, $0), order, flow) }
    self.flow = flow
    let constants = try Self.constants(problem, segments: segments, reference)
    predictedFlowConstant = constants?.flow ?? Self.closedConstant(problem, flow, segments: segments)
    predictedResnetConstant = constants?.resnet
  }

  /// One network against flow and ResNet; what makes it impossible is kept as text.
  private static func row<Field: TaylorField>(
    _ problem: InitialValueProblem<Field>, _ blocks: Int, _ segments: Int, _ order: Int, _ flow: [Double]
  ) throws -> Row {
    let failure: String
    do {
      let network = try ImbeddedNetwork(
        problem.field, start: problem.start, horizon: problem.end - problem.start, blocks: blocks, segments: segments,
        order: order)
      let output = try network.output(problem.initialState)
      let resnet = try Euler(blocks: blocks)
      return Row(
        blocks: blocks, segments: segments, network: output, flowDistance: distance(output.state, flow),
        resnetDistance: (try? resnet.integrate(problem)).map { distance(output.state, $0.finalState) }, failure: nil)
    } catch let error as InputError {
      failure = error.description
    } catch let error as IntegrationError {
      failure = error.description
    }
    return Row(
      blocks: blocks, segments: segments, network: nil, flowDistance: nil, resnetDistance: nil, failure: failure)
  }

  /// `||E||` and `||B||` for networks cut into `segments` equal pieces.
  private static func constants<Field: TaylorField>(
    _ problem: InitialValueProblem<Field>, segments: Int, _ integrator: some Integrator
  ) throws -> (flow: Double, resnet: Double)? {
    let (d, horizon) = (problem.field.dimension, problem.end - problem.start)
    guard d <= largestDimension, segments <= 1000 else { return nil }
    let field = ImbeddingErrorField(of: problem.field, horizon: horizon)
    var state = problem.initialState + [Double](repeating: 0, count: d * (d + 2))
    for segment in 0..<segments {
      let (left, right) = (
        problem.start + horizon * Double(segment) / Double(segments),
        segment + 1 == segments ? problem.end : problem.start + horizon * Double(segment + 1) / Double(segments)
      )
      // M starts anew with each segment
      state.replaceSubrange((3 * d)..., with: [Double](repeating: 0, count: d * d))
      state = try integrator.integrate(
        extended: InitialValueProblem(field: field, initialState: state, start: left, end: right)
      ).finalState
    }
    let resnet = (0..<d).map { -0.5 * horizon * state[2 * d + $0] }
    let flow = (0..<d).map { state[d + $0] + resnet[$0] }
    return (BLAS.norm(d, flow), BLAS.norm(d, resnet))
  }

  /// `(T^2/2) ||J f||` at the flow's end: `||E||` of an autonomous field in one segment.
  private static func closedConstant<Field: TaylorField>(
    _ problem: InitialValueProblem<Field>, _ flow: [Double], segments: Int
  ) -> Double? {
    guard problem.field.isAutonomous, segments == 1 else { return nil }
    let (horizon, slope) = (problem.end - problem.start, problem.field(depth: problem.end, state: flow))
    var product = slope
    problem.field.applyJacobian(depth: problem.end, state: flow, vector: slope, into: &product)
    return 0.5 * horizon * horizon * BLAS.norm(product.count, product)
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    BLAS.norm(a.count, zip(a, b).map { $0 - $1 })
  }

  /// Least-squares slope of ln distance to the flow against ln L, over the networks that are meaningful; nil for fewer
  /// than two.
  public var slope: Double? {
    let points = rows.compactMap { row in
      row.flowDistance.flatMap { row.isMeaningful && $0 > 0 ? (log(Double(row.blocks)), log($0)) : nil }
    }
    guard points.count > 1 else { return nil }
    let n = Double(points.count)
    let (meanX, meanY) = points.reduce((0.0, 0.0)) { ($0.0 + $1.0 / n, $0.1 + $1.1 / n) }
    let covariance = points.reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    return covariance / points.reduce(0) { $0 + ($1.0 - meanX) * ($1.0 - meanX) }
  }

  /// Columns `blocks`, `segments`, `flow_distance`, `predicted_flow_distance`, `resnet_distance`,
  /// `predicted_resnet_distance`, `truncation_error`, `rounding_error`, `radius_share`; empty cells where there is no value.
  public func table(name: String = "imbedded-network") -> Table {
    var table = Table(name: name)
    func predicted(_ constant: Double?) -> [Double] { rows.map { (constant ?? .nan) / Double($0.blocks) } }
    table.add("blocks", rows.map(\.blocks))
    table.add("segments", rows.map(\.segments))
    table.add("flow_distance", rows.map { $0.flowDistance ?? .nan })
    table.add("predicted_flow_distance", predicted(predictedFlowConstant))
    table.add("resnet_distance", rows.map { $0.resnetDistance ?? .nan })
    table.add("predicted_resnet_distance", predicted(predictedResnetConstant))
    table.add("truncation_error", rows.map { $0.network?.truncationError ?? .nan })
    table.add("rounding_error", rows.map { $0.network?.roundingError ?? .nan })
    table.add("radius_share", rows.map { $0.network?.radiusShare ?? .nan })
    return table
  }
}
