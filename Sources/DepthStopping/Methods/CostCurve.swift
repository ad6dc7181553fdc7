public import DepthRuns

/// A method that can start from the solution of a neighbouring problem.
public protocol WarmStartingMethod: BoundaryMethod {
  /// - Parameter start: a solution with the same states; a guess that costs rounds if it is bad, never correctness.
  func solve(
    _ problem: StoppingProblem, _ query: StoppingQuery, from start: StoppingSolution?
  ) throws -> StoppingSolution
}

extension BlockwiseBellman: WarmStartingMethod {}

/// Boundary and value over the running cost: one problem solved for a list of costs, each from the last where the method can.
public struct CostCurve: Equatable, Sendable {
  public struct Point: Equatable, Sendable {
    public let runningCost: Double
    public let solution: StoppingSolution
  }

  /// In the order of the costs asked for.
  public let points: [Point]

  /// Solves `problem(c)` for each c. Costs in order of size make the best starts.
  ///
  /// - Throws: what the problem's maker or the method throws, with the cost named.
  public init(
    costs: [Double], query: StoppingQuery, method: any BoundaryMethod, problem: (Double) throws -> StoppingProblem
  ) throws {
    let warm = method as? any WarmStartingMethod
    var points: [Point] = []
    for cost in costs {
      let made = try problem(cost)
      do {
        let solution = try warm?.solve(made, query, from: points.last?.solution) ?? method.solve(made, query)
        points.append(Point(runningCost: cost, solution: solution))
      } catch let error as StoppingError {
        throw StoppingError("running_cost \(cost): \(error.description)")
      }
    }
    self.points = points
  }

  /// The problem itself with other constant costs.
  public init(
    costs: [Double], of problem: StoppingProblem, query: StoppingQuery, method: any BoundaryMethod
  ) throws {
    try self.init(costs: costs, query: query, method: method) { try problem.replacing(runningCost: $0) }
  }

  /// Columns `running_cost`, `boundary_0`, ... (ascending states; a radius alone for a ball; NaN where there are fewer),
  /// `boundary_error_bound`, and `value_0`, `error_bound_0`, ... in the order of the query's points.
  public func table(name: String = "cost_curve") -> Table {
    var table = Table(name: name)
    table.add("running_cost", points.map(\.runningCost))
    let states = points.map { point -> [Double] in
      let boundary = point.solution.boundary
      return boundary.radius.map { [$0] } ?? boundary.points.filter { ($0.depth ?? 0) == 0 }.map { $0.at[0] }
    }
    for index in 0..<(states.map(\.count).max() ?? 0) {
      table.add("boundary_\(index)", states.map { index < $0.count ? $0[index] : .nan })
    }
    table.add("boundary_error_bound", points.map(\.solution.boundary.errorBound))
    for index in 0..<(points.map(\.solution.values.count).min() ?? 0) {
      table.add("value_\(index)", points.map { $0.solution.values[index].value })
      table.add("error_bound_\(index)", points.map { $0.solution.values[index].errorBound })
    }
    return table
  }
}

extension StoppingProblem {
  /// The same problem at another constant running cost.
  ///
  /// - Throws: `InputError.usage` for a cost that the problem cannot have.
  public func replacing(runningCost: Double) throws -> StoppingProblem {
    try StoppingProblem(
      name: name, parameters: parameters.merging(["running_cost": JSONValue(runningCost)]) { $1 }, dynamics: dynamics,
      sense: sense, cost: .constant(runningCost), discount: discount, horizon: horizon, structure: structure)
  }
}
