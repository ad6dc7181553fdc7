import DepthNumerics
public import DepthRuns
import Foundation

/// The ResNet-to-ODE experiment: networks of L blocks over one depth interval against the flow that they discretise.
///
/// `h_L - h(T) = e(T)/L + O(1/L^2)` with e of `EulerErrorField`, for L that put a step's end on every discontinuity of f
/// (`BlockAlignment`). Nothing is fitted to the errors but the slope.
public struct DepthLimit: Equatable, Sendable {
  /// L of each network that stays finite.
  public let blocks: [Int]
  /// L of those that leave the finite numbers: they have no error.
  public let overflowed: [Int]
  /// `||h_L - h(T)||_2` of each.
  public let errors: [Double]
  /// `||e(T)|| / L` of each: predicted, with no fitted constant.
  public let predictedErrors: [Double]
  /// Least-squares slope of ln error against ln L over `slopeBlocks`; -1 in the limit.
  public let slope: Double
  /// The block counts that the slope was fitted on: the largest three from 256 on, else the largest two.
  public let slopeBlocks: [Int]
  /// `L * error` at the largest L.
  public let constant: Double
  /// `||e(T)||`.
  public let predictedConstant: Double
  /// The norm of `L (h_L - h(T))`, Richardson-extrapolated in 1/L from the largest two L.
  public let extrapolatedConstant: Double
  /// `||extrapolated - e(T)|| / ||e(T)||`, as vectors: O(1/L^2), or the reference's error times L. NaN when e(T) = 0.
  public let constantDeviation: Double
  /// `h(T)`, from the reference.
  public let finalState: [Double]

  /// Runs Euler for every L and the reference by `integrator` (its tolerance must lie well below the smallest error).
  ///
  /// - Throws: `InputError.usage` for fewer than two or unordered block counts; `IntegrationError` of the reference;
  ///   `UnstableNetworks`.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, blocks: [Int], reference integrator: some Integrator
  ) throws {
    try self.init(problem, ladder: NetworkLadder(blocks), reference: integrator)
  }

  /// Sizes that overflow are dropped, and the largest is doubled until enough stay; see `NetworkLadder`.
  ///
  /// - Parameter known: smaller sizes that are known to overflow.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, ladder: NetworkLadder, reference integrator: some Integrator,
    overflowed known: [Int] = []
  ) throws {
    let d = problem.field.dimension
    // first of all: where no network is finite, no reference is worth its time
    let networks = try ladder.climb { try Self.network(problem, $0) }
    let (exact, leading) = try Self.expansion(problem, by: integrator)
    let predictedConstant = BLAS.norm(d, leading)
    let blocks = networks.found.map(\.blocks)
    let scaled = networks.found.map { count, state in zip(state, exact).map { Double(count) * ($0 - $1) } }
    let errors = zip(blocks, scaled).map { BLAS.norm(d, $1) / Double($0) }
    self.blocks = blocks
    overflowed = known + networks.overflowed
    self.errors = errors
    self.predictedConstant = predictedConstant
    finalState = exact
    predictedErrors = blocks.map { predictedConstant / Double($0) }
    constant = Double(blocks.last!) * errors.last!
    let order = ConvergenceOrder(blocks: blocks, errors: errors, floor: 0)
    (slope, slopeBlocks) = (order.slope, order.usedBlocks)
    let (fine, coarse) = (Double(blocks[blocks.count - 1]), Double(blocks[blocks.count - 2]))
    let extrapolated = zip(scaled[blocks.count - 1], scaled[blocks.count - 2])
      .map { (fine * $0 - coarse * $1) / (fine - coarse) }
    extrapolatedConstant = BLAS.norm(d, extrapolated)
    constantDeviation = BLAS.norm(d, zip(extrapolated, leading).map { $0 - $1 }) / predictedConstant
  }

  /// h(T) and e(T).
  ///
  /// - Throws: as the integrator.
  public static func expansion<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, by integrator: some Integrator
  ) throws -> (state: [Double], leadingError: [Double]) {
    let d = problem.field.dimension
    let unit = EulerErrorField.unit(of: problem)
    func state(_ unit: Double) throws -> [Double] {
      let doubled = try InitialValueProblem(
        field: EulerErrorField(of: problem.field, horizon: problem.end - problem.start, unit: unit),
        initialState: problem.initialState + [Double](repeating: 0, count: d), start: problem.start, end: problem.end)
      return try integrator.integrate(extended: doubled).finalState
    }
    do {
      let final = try state(unit)
      return (Array(final.prefix(d)), final.suffix(d).map { unit * $0 })
    } catch let error as IntegrationError where error.reason == .stepUnderflow {
      // e may race off far faster than it starts, and then no step is short enough for the absolute tolerance
      let final = try state(1e6 * unit)
      return (Array(final.prefix(d)), final.suffix(d).map { 1e6 * unit * $0 })
    }
  }

  /// h_L; nil where the network leaves the finite numbers.
  static func network<Field: VectorField>(_ problem: InitialValueProblem<Field>, _ count: Int) throws -> [Double]? {
    let euler = try Euler(blocks: count)
    do {
      return try euler.integrate(problem).finalState
    } catch is IntegrationError {
      return nil
    }
  }

  /// `ceil(||e(T)|| / accuracy)`, rounded up to a multiple of `unit`: how many blocks an accuracy takes.
  ///
  /// - Throws: `InputError.usage` unless the accuracy is positive and asks for at most 2^53 blocks.
  public func blocks(forAccuracy accuracy: Double, multipleOf unit: Int = 1) throws -> Int {
    guard accuracy > 0, accuracy.isFinite, predictedConstant / accuracy < 0x1p53 else {
      throw InputError.value(accuracy, of: "accuracy", allowed: "positive numbers that take at most 2^53 blocks")
    }
    let count = max(1, Int((predictedConstant / accuracy).rounded(.up)))
    return (count + unit - 1) / unit * unit
  }

  /// Columns `blocks`, `error`, `predicted_error`.
  public var table: Table {
    var table = Table(name: "depth-limit")
    table.add("blocks", blocks)
    table.add("error", errors)
    table.add("predicted_error", predictedErrors)
    return table
  }
}
