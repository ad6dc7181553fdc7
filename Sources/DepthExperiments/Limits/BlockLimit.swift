import DepthDynamics
import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation

/// One problem's block-wise optima at falling block sizes, and their orders.
struct BlockLimit: Sendable {
  struct Row: Sendable {
    /// "ou-contraction", "sequential-test in log-odds", "flow-decay, euler blocks".
    let series: String
    let blockSize: Double
    /// b_Delta, and its distance from b towards the continuation side; nil for flows.
    var boundary: Double?
    var shift: Double?
    /// The distance over sigma sqrt(Delta).
    var ratio: Double?
    /// V_Delta - V; nil where only the boundary is looked at.
    var difference: Double?
    /// Of what the row holds.
    let errorBound: Double
  }

  struct Order: Sendable {
    let series: String
    let quantity: String
    /// Of ln quantity against ln Delta, over the smaller half of the block sizes.
    let slope: Double
    /// Of the constant in front, as Delta -> 0.
    let limit: Double?
    let limitError: Double?
    let predicted: Double?
  }

  let rows: [Row]
  let orders: [Order]

  init(_ example: BlockLimitExperiment.Case, blockSizes: [Double]) throws {
    switch example.problem.dynamics {
    case .diffusion(let process, _):
      rows = try Self.diffusion(example, process, blockSizes)
      orders = Self.diffusionOrders(rows)
    case .flow(let field, _, _):
      guard let decay = field as? LinearDecayField else {
        throw StoppingError("\(example.problem.name): Euler blocks are known for linear decays")
      }
      let flow = FlowBlocks(example, rates: decay.rates)
      rows = try flow.rows(blockSizes)
      orders = flow.orders(rows)
    default: throw StoppingError("\(example.problem.name) has no continuous depth")
    }
  }

  // MARK: diffusions

  private static func diffusion(
    _ example: BlockLimitExperiment.Case, _ process: ScalarDiffusion, _ blockSizes: [Double]
  ) throws -> [Row] {
    guard let exact = example.reference.boundary.first, let value = example.reference.value(example.at) else {
      throw StoppingError("\(example.problem.name) has no closed form here")
    }
    var rows: [Row] = []
    for size in blockSizes {
      let solution = try BlockwiseBellman(blockSize: size).solve(example.problem, at: [example.at])
      guard let branch = solution.boundary.branches.first, let found = branch.state(at: 0) else {
        throw StoppingError(
          "\(example.problem.name): with blocks of \(size) one stops everywhere; allowed: smaller blocks")
      }
      let side = branch.stopsBelow ? 1.0 : -1
      let shift = side * (found - exact)
      let sign = example.problem.sense == .minimize ? 1.0 : -1
      let error = solution.boundary.errorBound + example.reference.accuracy * abs(exact)
      rows.append(
        Row(
          series: example.problem.name, blockSize: size, boundary: found, shift: shift,
          ratio: shift / (process.diffusion(0, exact) * size.squareRoot()),
          difference: sign * (solution.values[0].value - value), errorBound: error + solution.values[0].errorBound))
      if case .posterior(let rho) = process.transition {
        // Lamperti's coordinate: the noise is constant there
        func odds(_ p: Double) -> Double { log(p / (1 - p)) }
        let moved = side * (odds(found) - odds(exact))
        rows.append(
          Row(
            series: "\(example.problem.name) in log-odds", blockSize: size, boundary: odds(found), shift: moved,
            ratio: moved / (rho * size.squareRoot()), difference: nil, errorBound: error / (exact * (1 - exact))))
      }
    }
    return rows
  }

  private static func diffusionOrders(_ rows: [Row]) -> [Order] {
    names(rows).flatMap { name -> [Order] in
      let own = rows.filter { $0.series == name }
      let ratios = own.map { (x: $0.blockSize.squareRoot(), y: $0.ratio ?? .nan) }
      let (limit, error) = extrapolated(ratios)
      var orders = [
        Order(
          series: name, quantity: "boundary shift", slope: slope(own.map { (x: $0.blockSize, y: $0.shift ?? .nan) }),
          limit: limit, limitError: error, predicted: BlockLimitExperiment.correction)
      ]
      if own.allSatisfy({ $0.difference != nil }) {
        orders.append(
          Order(
            series: name, quantity: "value", slope: slope(own.map { (x: $0.blockSize, y: $0.difference ?? .nan) }),
            limit: nil, limitError: nil, predicted: nil))
      }
      return orders
    }
  }

  /// Series in the order of their rows.
  static func names(_ rows: [Row]) -> [String] {
    var names: [String] = []
    for row in rows where !names.contains(row.series) { names.append(row.series) }
    return names
  }

  /// The slope on logarithmic axes over the smaller half of the sizes; NaN where a quantity is not positive.
  static func slope(_ points: [(x: Double, y: Double)]) -> Double {
    let small = points.sorted { $0.x < $1.x }.prefix(max(3, points.count / 2))
    guard small.allSatisfy({ abs($0.y) > 0 && $0.y.isFinite }) else { return .nan }
    return PowerLawFit(
      x: small.map(\.x), y: small.map { abs($0.y) }, standardErrors: small.map { _ in 0 }
    ).exponent
  }

  /// Neville's extrapolation to x = 0 through the smallest four points, held against the smallest three.
  static func extrapolated(_ points: [(x: Double, y: Double)]) -> (limit: Double, error: Double) {
    let sorted = points.sorted { $0.x < $1.x }
    func neville(_ count: Int) -> Double {
      var values = sorted.prefix(count).map(\.y)
      let x = sorted.prefix(count).map(\.x)
      for level in 1..<max(1, count) {
        for i in 0..<(count - level) {
          values[i] = (x[i + level] * values[i] - x[i] * values[i + 1]) / (x[i + level] - x[i])
        }
      }
      return values[0]
    }
    let most = min(4, sorted.count)
    let (fine, coarse) = (neville(most), neville(most - 1))
    return (fine, abs(fine - coarse))
  }

  // MARK: tables

  /// Columns `series`, `block_size`, `boundary`, `boundary_shift`, `shift_ratio`, `value_difference`, `error_bound`.
  static func table(_ rows: [Row]) -> Table {
    var table = Table(name: "block-limit")
    table.add("series", rows.map(\.series))
    table.add("block_size", rows.map(\.blockSize))
    table.add("boundary", rows.map { $0.boundary ?? .nan })
    table.add("boundary_shift", rows.map { $0.shift ?? .nan })
    table.add("shift_ratio", rows.map { $0.ratio ?? .nan })
    table.add("value_difference", rows.map { $0.difference ?? .nan })
    table.add("error_bound", rows.map(\.errorBound))
    return table
  }

  /// Columns `series`, `quantity`, `slope`, `limit`, `limit_error`, `predicted`.
  static func table(_ orders: [Order]) -> Table {
    var table = Table(name: "block-orders")
    table.add("series", orders.map(\.series))
    table.add("quantity", orders.map(\.quantity))
    table.add("slope", orders.map(\.slope))
    table.add("limit", orders.map { $0.limit ?? .nan })
    table.add("limit_error", orders.map { $0.limitError ?? .nan })
    table.add("predicted", orders.map { $0.predicted ?? .nan })
    return table
  }
}
