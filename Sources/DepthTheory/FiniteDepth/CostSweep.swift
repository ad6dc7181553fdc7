public import DepthNumerics
public import DepthRuns
public import DepthStopping
import Foundation

/// E tau* over the running cost, against the two laws that envelopes imply.
///
/// Gains `A rho^k` give `E tau* ~ ln(1/c) / ln(1/rho)`, gains `A (k+1)^-p` give `E tau* ~ (A/c)^(1/p)`. Fitted are
/// `E tau = alpha + slope ln(1/c)` and `ln(E tau + 1/2) = alpha + slope ln c` (the half is the mean of rounding up to whole blocks),
/// over the costs at which the depth is neither 0 nor held back by the last block.
public struct CostSweep: Equatable, Sendable {
  public struct Point: Equatable, Sendable {
    public let runningCost: Double
    public let expectedStoppingDepth: Interval
    /// K(c), T1 and T3; nil where they are silent.
    public let horizonBound: Double?
    public let budgetBound: Double?
    public let gainSumBound: Double?
    /// Left out of the fits: one stops at once, or the last block holds the depth back.
    public let isCensored: Bool

    public init(
      runningCost: Double, expectedStoppingDepth: Interval, horizonBound: Double?, budgetBound: Double?,
      gainSumBound: Double?, isCensored: Bool
    ) {
      self.runningCost = runningCost
      self.expectedStoppingDepth = expectedStoppingDepth
      self.horizonBound = horizonBound
      self.budgetBound = budgetBound
      self.gainSumBound = gainSumBound
      self.isCensored = isCensored
    }
  }

  /// One of the two laws with what it was expected to be.
  public struct Law: Equatable, Sendable {
    public enum Kind: String, Sendable {
      /// E tau against ln(1/c).
      case logarithmic
      /// ln(E tau + 1/2) against ln c.
      case power
    }

    public let kind: Kind
    public let slope: Interval
    /// `1/ln(1/rho)` or `-1/p`; nil where the gains have no such law.
    public let predicted: Double?
    /// Root mean square of `E tau - fit`, in blocks: compares the two laws.
    public let deviation: Double
    public let points: Int
  }

  public let points: [Point]
  public let laws: [Law]

  /// A problem at each cost, from one state.
  ///
  /// Slopes have Student's interval of the fit's residuals: of exact numbers it says how far the law is from a line.
  /// - Parameter problem: the problem at a cost.
  /// - Throws: as `FiniteDepthReport.checking`, with the cost named.
  public init(costs: [Double], at point: [Double], problem: (Double) throws -> StoppingProblem) throws {
    var gains: GainSequence?
    points = try costs.map { cost -> Point in
      let made = try problem(cost)
      if case .gains(let sequence) = made.dynamics { gains = sequence }
      do {
        let report = try FiniteDepthReport.checking(made, at: point)
        let depth = report.expectedStoppingDepth ?? Interval(value: .nan, lower: .nan, upper: .nan)
        return Point(
          runningCost: cost, expectedStoppingDepth: depth, horizonBound: report.horizon.bound,
          budgetBound: report.budget.bound, gainSumBound: report.gainSum.bound, isCensored: !(depth.value > 0))
      } catch let error as StoppingError {
        throw StoppingError("running_cost \(cost): \(error.description)")
      }
    }
    let predicted = gains.map(Self.predicted) ?? (nil, nil)
    laws = Self.fits(points.filter { !$0.isCensored }).map { fit in
      Law(
        kind: fit.kind, slope: fit.residualInterval, predicted: fit.kind == .logarithmic ? predicted.0 : predicted.1,
        deviation: fit.deviation, points: fit.x.count)
    }
  }

  /// Recorded paths: backward induction at each cost, fitted on the fit part, judged on the test part.
  ///
  /// Slopes have bootstrap intervals over the test samples, the same samples at every cost. The predicted slope comes from the
  /// law that fits the mean gains best. A depth counts as held back where more than 5 % of the samples reach the last block.
  /// - Throws: `InputError.usage` for costs that are not positive; `.data` for an empty part.
  public init(
    costs: [Double], _ paths: StoppingPaths, coordinate: String?, seed: UInt64 = 0, threads: Int = 1
  ) throws {
    if let bad = costs.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw InputError.value(bad, of: "running_costs", allowed: "positive numbers")
    }
    let (fit, test) = try paths.fitAndTest()
    let heldOut = paths.split.isEmpty ? paths : paths.selecting(paths.samples(of: .fit) + paths.samples(of: .test))
    let envelope = try GainEnvelope(
      heldOut, coordinate: coordinate, gains: ConditionalGains(heldOut, threads: threads))
    let middle = exp(costs.reduce(0) { $0 + log($1) } / Double(max(1, costs.count)))
    let depths = BackwardInduction.depths(
      fitting: fit, judging: test, runningCosts: costs, chosenAt: middle, threads: threads
    ).map { $0.map(Double.init) }
    let bootstrap = Bootstrap(sampleCount: test.sampleCount, seed: seed, groups: test.groups)
    let initial = Statistics.mean((0..<test.sampleCount).map { test.loss($0, 0) })
    let last = Double(paths.blockCount)
    let means = bootstrap.means(depths, threads: threads)
    let points = costs.indices.map { index -> Point in
      let bound = envelope.isInformative ? DepthTheory.horizonBound(gains: envelope.envelope, cost: costs[index]) : nil
      let atEnd = Double(depths[index].count { $0 == last }) / Double(test.sampleCount)
      return Point(
        runningCost: costs[index], expectedStoppingDepth: means[index], horizonBound: bound.map(Double.init),
        budgetBound: initial / costs[index],
        gainSumBound: bound.map { envelope.envelope[..<$0].reduce(0) { $0 + max($1, 0) } / costs[index] },
        isCensored: atEnd > 0.05 || !(means[index].value > 0.05))
    }
    self.points = points
    let predicted = DecayFit.best(envelope.mean.map(\.value)).map { Self.predicted($0.best) } ?? (nil, nil)
    let kept = points.indices.filter { !points[$0].isCensored }
    laws = Self.fits(kept.map { points[$0] }).map { fit in
      Law(
        kind: fit.kind, slope: fit.interval(kept.map { depths[$0] }, bootstrap, threads),
        predicted: fit.kind == .logarithmic ? predicted.0 : predicted.1, deviation: fit.deviation, points: fit.x.count)
    }
  }

  private static func predicted(_ gains: GainSequence) -> (Double?, Double?) {
    switch gains.law {
    case .geometric(_, let ratio): (1 / log(1 / ratio), nil)
    case .power(_, let power): (nil, -1 / power)
    }
  }

  private static func predicted(_ fit: DecayFit) -> (Double?, Double?) {
    guard fit.decay > 0 else { return (nil, nil) }
    return fit.law == .geometric ? (1 / fit.decay, nil) : fit.law == .power ? (nil, -1 / fit.decay) : (nil, nil)
  }

  /// Columns `running_cost`, `expected_stopping_depth` with bounds, `horizon_bound`, `budget_bound`, `gain_sum_bound`, `censored`.
  public var table: Table {
    var table = Table(name: "cost-sweep")
    table.add("running_cost", points.map(\.runningCost))
    table.add("expected_stopping_depth", points.map(\.expectedStoppingDepth))
    table.add("horizon_bound", points.map { $0.horizonBound ?? .nan })
    table.add("budget_bound", points.map { $0.budgetBound ?? .nan })
    table.add("gain_sum_bound", points.map { $0.gainSumBound ?? .nan })
    table.add("censored", points.map { $0.isCensored ? "yes" : "no" })
    return table
  }

  /// Columns `law`, `slope` with bounds, `predicted_slope`, `deviation`, `points`.
  public var lawTable: Table {
    var table = Table(name: "cost-laws")
    table.add("law", laws.map(\.kind.rawValue))
    table.add("slope", laws.map(\.slope))
    table.add("predicted_slope", laws.map { $0.predicted ?? .nan })
    table.add("deviation", laws.map(\.deviation))
    table.add("points", laws.map(\.points))
    return table
  }
}
