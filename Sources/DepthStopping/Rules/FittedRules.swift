import DepthNumerics

/// Every rule that the paths allow, fitted once, with the regressions that they share; families and values come from the same.
public struct FittedRules: Sendable {
  public let paths: StoppingPaths
  public let runningCost: Double
  /// In the order of `RuleCatalogue.names`.
  public let rules: [any StoppingRule]
  /// Conditional expectations of the losses, cross-fitted on the same columns; nil unless asked for.
  public let values: ValueRegression?
  let regression: ExitRegression
  /// How backward induction regresses.
  let backward: RegressionSelection

  private enum Piece: Sendable {
    case rule(any StoppingRule)
    case selection(RegressionSelection)
    case values(ValueRegression)
  }

  /// - Throws: as the rules do.
  public init(on paths: StoppingPaths, runningCost c: Double, hasValues: Bool = false, threads: Int = 1) throws {
    let regression = ExitRegression(paths, threads: threads)
    let names = RuleCatalogue.available(on: paths)
    // the longest first, so that threads end together
    let jobs =
      ["backward-induction", "m-step-look-ahead", "one-step-look-ahead"] + (hasValues ? [Self.valuesJob] : [])
      + names.filter { !$0.hasSuffix("look-ahead") && $0 != "backward-induction" }
    let pieces = try Parallel.map(jobs.count, threads: threads) { index -> Result<Piece, any Error> in
      Result {
        switch jobs[index] {
        case "backward-induction": .selection(BackwardFamily.select(regression, at: c))
        case Self.valuesJob: .values(ValueRegression(regression, runningCost: c))
        default: .rule(try RuleCatalogue.fit(jobs[index], on: paths, runningCost: c) { regression })
        }
      }
    }.map { try $0.get() }
    guard case .selection(let backward) = pieces[0] else { preconditionFailure("the first job selects") }
    var fitted = ["backward-induction": BackwardInduction(regression, runningCost: c, backward) as any StoppingRule]
    var values: ValueRegression?
    for piece in pieces {
      switch piece {
      case .rule(let rule): fitted[rule.name] = rule
      case .values(let own): values = own
      case .selection: break
      }
    }
    rules = names.compactMap { fitted[$0] }
    (self.paths, runningCost, self.values) = (paths, c, values)
    (self.regression, self.backward) = (regression, backward)
  }

  private static let valuesJob = "values"

  /// The family of every rule that has one; regressions are those of the rules.
  ///
  /// - Throws: as the rules do.
  public func families(threads: Int = 1) throws -> [RuleFamily] {
    let names = RuleCatalogue.available(on: paths)
    return try Parallel.map(names.count, threads: threads) { index in
      Result { try RuleFamily.family(names[index], paths, runningCost, self) }
    }.compactMap { try $0.get() }
  }
}
