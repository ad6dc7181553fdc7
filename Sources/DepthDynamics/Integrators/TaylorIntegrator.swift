import DepthNumerics
import DepthRuns
import Foundation

/// Taylor series of high order, step by step, with coefficients from automatic differentiation of the field.
///
/// Order `-ln(tolerance) / 2 + 1` and a step of the estimated radius over e^2, so that the last terms are of the size of the
/// tolerance: next to rounding it costs little more. An independent reference for smooth, non-stiff fields that are
/// `TaylorField`s; O(order^3) operations a step. Dense output and events by the step's own polynomial.
/// Source: Jorba and Zou, Experimental Mathematics 14 (2005).
public struct TaylorIntegrator: Integrator {
  public let name = "taylor"
  /// Relative to the state's largest component.
  public let tolerance: Double
  public let maximumSteps: Int

  /// - Throws: `InputError.usage` for a tolerance outside [1e-16, 0.1].
  public init(tolerance: Double = 1e-15, maximumSteps: Int = 100_000) throws {
    guard tolerance >= 1e-16, tolerance <= 0.1 else {
      throw InputError.value(tolerance, of: "tolerance", allowed: "1e-16 to 0.1")
    }
    self.tolerance = tolerance
    self.maximumSteps = maximumSteps
  }

  /// Terms a step.
  public var order: Int { Int((-0.5 * log(tolerance)).rounded(.up)) + 1 }

  /// - Throws: `InputError.usage` for a field that is not a `TaylorField`, or an event; `IntegrationError`.
  public func integrate<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, saving depths: [Double], events: [Event]
  ) throws -> Trajectory {
    try validate(depths, problem)
    guard let field = problem.field as? any TaylorField else {
      throw InputError.usage("the integrator taylor needs a field with Taylor coefficients; this one has none")
    }
    return try march(field, problem.initialState, problem.start, problem.end, depths, events)
  }

  private func march(
    _ field: some TaylorField, _ initial: [Double], _ start: Double, _ end: Double, _ depths: [Double],
    _ events: [Event]
  ) throws -> Trajectory {
    var saved = SavedStates(depths: depths, dimension: field.dimension)
    var statistics = Trajectory.Statistics()
    var (depth, state) = (start, initial)
    var locator = try EventLocator(events, depth: start, state: initial)
    var occurrences = locator.occurrencesAtStart()
    saved.keep(upTo: start, state: initial)
    for stop in field.jumps(from: start, to: end) + [end] {
      while depth < stop, !locator.isHalted {
        guard statistics.steps < maximumSteps else {
          throw IntegrationError(
            reason: .library(function: "TaylorIntegrator", flag: "more than \(maximumSteps) steps"), depth: depth,
            state: state)
        }
        let series = try FlowSeries(of: field, depth: depth, state: state, order: order)
        let length = step(series)
        let isLast = !(length < stop - depth)
        let next = isLast ? stop : depth + length
        guard next > depth else {
          throw IntegrationError(
            reason: .library(function: "TaylorIntegrator", flag: "a step of length \(length)"), depth: depth,
            state: state)
        }
        let left = depth
        func interpolate(_ depth: Double, _ result: UnsafeMutablePointer<Double>) {
          result.update(from: series.state(after: depth - left), count: field.dimension)
        }
        occurrences += try locator.occurrences(from: left, to: next, interpolate: interpolate)
        saved.keep(upTo: locator.isHalted ? occurrences[occurrences.count - 1].depth : next, interpolate)
        (depth, state) = (next, series.state(after: next - left))
        statistics.steps += 1
        statistics.evaluations += order
      }
    }
    return saved.trajectory(occurrences, isHalted: locator.isHalted, notes: locator.notes, statistics)
  }

  /// `rho / e^2` with rho the least of `(||c_0|| / ||c_n||)^(1/n)` over the two highest orders.
  private func step(_ series: FlowSeries) -> Double {
    let sizes = (0...series.order).map { n in series.scaled.map { abs($0[n]) }.max() ?? 0 }
    let reference = max(sizes[0], sizes[1])
    let radii = [series.order - 1, series.order].compactMap { n in
      sizes[n] > 0 ? pow(reference / sizes[n], 1 / Double(n)) : nil
    }
    return (radii.min() ?? .infinity) * series.scale * exp(-2)
  }
}
