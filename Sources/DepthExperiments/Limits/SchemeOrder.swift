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
      let errors = try limit.blocks.map { count -> Double in
        let network = try FixedStepRungeKutta(scheme, blocks: count)
        guard let state = try? network.integrate(problem).finalState else { return .infinity }
        return BLAS.norm(d, zip(state, limit.finalState).map { $0 - $1 })
      }
      return SchemeOrder(scheme: scheme, order: ConvergenceOrder(blocks: limit.blocks, errors: errors, floor: floor))
    }
  }

  /// Columns `scheme`, `blocks`, `error`; networks that leave the finite numbers have no row.
  static func table(_ orders: [SchemeOrder]) -> Table {
    var table = Table(name: "depth-limit-orders")
    let rows = orders.flatMap { order in
      zip(order.order.blocks, order.order.errors).filter { $0.1.isFinite }.map { (order.scheme.rawValue, $0.0, $0.1) }
    }
    table.add("scheme", rows.map(\.0))
    table.add("blocks", rows.map(\.1))
    table.add("error", rows.map(\.2))
    return table
  }
}
