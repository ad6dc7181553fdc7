import DepthNumerics
public import DepthRuns
import Foundation

/// Lyapunov exponents by Benettin's method: tangent vectors flow over segments, each ends in a QR factorisation, and the
/// mean of `ln R_ii` per depth is the i-th exponent.
///
/// A transient comes first, in which the state finds its attractor and the vectors their directions. All d exponents sum to the
/// mean divergence `(1/T) int tr J`, an identity that checks the computation. On a finite interval they are
/// finite-depth exponents of this trajectory. Statistical error: O(1/sqrt(T)) on a chaotic trajectory, by batch means.
/// Source: Benettin, Galgani, Giorgilli and Strelcyn, Meccanica 15 (1980).
public struct LyapunovExponents: Equatable, Sendable {
  /// In the order of the factorisation: descending in the limit.
  public let exponents: [Double]
  /// By means over `batches` consecutive stretches: statistical, blind to a transient that was too short.
  public let standardErrors: [Double]
  /// The same from neighbouring stretches alone, which a drift over the whole depth hardly touches.
  let driftlessErrors: [Double]
  /// `(1/T) int tr J dt`: equal to the sum of all d exponents.
  public let meanDivergence: Double
  /// T, the depth averaged over.
  public let averagedDepth: Double
  public let segments: Int
  public let batches: Int
  /// Depths of at most 200 running averages, and these averages, a row each.
  public let runningDepths: [Double]
  public let runningExponents: [[Double]]

  public var sum: Double { exponents.reduce(0, +) }

  /// The first exponent whose average over all depths differs from that over the first half by more than four standard errors
  /// (those that a drift does not touch) and a thousandth: the transient was too short, or this depth is too short for a limit.
  public var firstDrifting: Int? {
    let half = runningExponents[(runningExponents.count - 1) / 2]
    let scale = exponents.map(abs).max() ?? 0
    return exponents.indices.first {
      abs(half[$0] - exponents[$0]) > max(4 * driftlessErrors[$0], 1e-3 * scale)
    }
  }

  /// Kaplan and Yorke's dimension `j + (lambda_1 + ... + lambda_j) / |lambda_{j+1}|`, j the last index with a sum that is not
  /// negative; nil when lambda_1 < 0 or no such index lies below the number of exponents.
  public var kaplanYorkeDimension: Double? {
    var sum = 0.0
    for (index, exponent) in exponents.enumerated() {
      if sum + exponent < 0 { return index == 0 ? nil : Double(index) + sum / abs(exponent) }
      sum += exponent
    }
    return nil
  }

  /// - Parameters:
  ///   - transient: depth that is not averaged over, below the whole interval.
  ///   - segments: factorisations in the averaged part, at least 2; the transient's segments have the same length.
  ///   - count: how many exponents, from the largest; all d unless told otherwise.
  ///   - seed: of the first tangent vectors' random directions.
  /// - Throws: `InputError.usage` for values out of range and for segments so long that tangent vectors became dependent;
  ///   as the integrator.
  public init<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, transient: Double, segments: Int, count: Int? = nil, seed: UInt64 = 0,
    integrator: some Integrator
  ) throws {
    let (d, count) = (problem.field.dimension, count ?? problem.field.dimension)
    let interval = problem.end - problem.start
    guard transient >= 0, transient < interval else {
      throw InputError.value(transient, of: "transient", allowed: "0 up to below \(interval), the whole depth")
    }
    guard segments >= 2, segments <= 100_000_000 else {
      throw InputError.value(segments, of: "segments", allowed: "2 to 100000000")
    }
    guard (1...d).contains(count) else { throw InputError.value(count, of: "exponents", allowed: "1 to \(d)") }
    var flow = TangentFlow(problem, count: count, seed: seed)
    let origin = problem.start + transient
    let length = (interval - transient) / Double(segments)
    let warming = Int((transient / length).rounded(.up))
    for index in 0..<warming {
      let end = index == warming - 1 ? origin : problem.start + transient * Double(index + 1) / Double(warming)
      _ = try flow.advance(to: end, integrator, segments: segments)
    }
    let divergenceBefore = flow.divergence
    var means = BatchMeans(count: count, segments: segments, length: length)
    for index in 0..<segments {
      let end = index == segments - 1 ? problem.end : origin + Double(index + 1) * length
      means.add(try flow.advance(to: end, integrator, segments: segments))
    }
    averagedDepth = interval - transient
    self.segments = segments
    exponents = means.totals.map { $0 / (interval - transient) }
    standardErrors = means.standardErrors
    driftlessErrors = means.driftlessErrors
    batches = means.batches
    meanDivergence = (flow.divergence - divergenceBefore) / averagedDepth
    runningDepths = means.runningLengths.map { origin + $0 }
    runningExponents = means.running
  }

  /// Segments short enough that tangent vectors stay independent: growth rates of the trajectory differ by at most
  /// `mu_2(J) + mu_2(-J)`, and a segment spans a factor of about e^4; at least 20 of them. A stiff field wants more than
  /// `mostSegments`: then only the largest exponent is to be had.
  ///
  /// - Throws: as the integrator.
  public static func suggestedSegments<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, transient: Double, integrator: some Integrator
  ) throws -> Int {
    let d = problem.field.dimension
    let depths = try problem.depths(points: 200)
    let trajectory = try integrator.integrate(problem, saving: depths, until: nil)
    var (jacobian, spread) = ([Double](repeating: 0, count: d * d), 0.0)
    for row in depths.indices {
      problem.field.jacobian(depth: depths[row], state: trajectory.state(row), into: &jacobian)
      let growth = LogarithmicNorm.two.value(jacobian, count: d)
      for i in jacobian.indices { jacobian[i] = -jacobian[i] }
      spread = max(spread, growth + LogarithmicNorm.two.value(jacobian, count: d))
    }
    let wanted = (problem.end - problem.start - transient) * spread / 4
    return wanted < 20 ? 20 : wanted > 1e15 ? Int(1e15) : Int(wanted.rounded(.up))
  }

  /// Factorisations that are worth their time.
  public static let mostSegments = 50_000

  /// Columns `depth`, `exponent_1`, `exponent_2`, ...: averages from the transient's end up to each depth.
  public var table: Table {
    var table = Table(name: "lyapunov-running")
    table.add("depth", runningDepths)
    for i in exponents.indices { table.add("exponent_\(i + 1)", runningExponents.map { $0[i] }) }
    return table
  }
}
