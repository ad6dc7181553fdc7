import DepthDynamics
import DepthNumerics
import DepthRuns

/// Networks whose blocks are steps of a higher order: measured slope against the scheme's order.
struct SchemeOrder {
  let scheme: FixedStepRungeKutta.Scheme
  let order: ConvergenceOrder

  var expected: Int { scheme == .heun ? 2 : 4 }

  var json: JSONValue {
    [
      "scheme": .string(scheme.rawValue), "order": .integer(expected), "slope": JSONValue(order.slope),
      "slope_blocks": .array(order.usedBlocks.map { .integer($0) }),
    ]
  }
}

extension ResNetLimitExperiment {
  /// Heun and RK4 with the same numbers of blocks; slopes from errors a hundred times above the reference's own.
  static func orders<Field: VectorField>(
    _ problem: InitialValueProblem<Field>, _ limit: DepthLimit, _ settings: LimitSettings
  ) throws -> [SchemeOrder] {
    let d = problem.field.dimension
    let floor = 100 * (settings.tolerances.relative * BLAS.norm(d, limit.finalState) + settings.tolerances.absolute)
    return try FixedStepRungeKutta.Scheme.allCases.map { scheme in
      let errors = try limit.blocks.map { count in
        let state = try FixedStepRungeKutta(scheme, blocks: count).integrate(problem).finalState
        return BLAS.norm(d, zip(state, limit.finalState).map { $0 - $1 })
      }
      return SchemeOrder(scheme: scheme, order: ConvergenceOrder(blocks: limit.blocks, errors: errors, floor: floor))
    }
  }

  /// Columns `scheme`, `blocks`, `error`.
  static func table(_ orders: [SchemeOrder]) -> Table {
    var table = Table(name: "depth-limit-orders")
    table.add("scheme", orders.flatMap { order in order.order.blocks.map { _ in order.scheme.rawValue } })
    table.add("blocks", orders.flatMap(\.order.blocks))
    table.add("error", orders.flatMap(\.order.errors))
    return table
  }
}
