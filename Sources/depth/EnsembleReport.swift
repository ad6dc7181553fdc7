import DepthDynamics
import DepthFigures
import DepthRuns

/// What `depth simulate` says of an ensemble: JSON, lines, warnings and a picture.
struct EnsembleReport {
  let ensemble: Ensemble
  let blocks: Int
  let method: String

  var results: [String: JSONValue] {
    let moments = ensemble.moments
    let error = ensemble.stepError
    let bound: Double? = ensemble.isExact ? 0 : error?.bound
    // one path has a mean and no spread
    func spread(_ values: [[Double]]) -> JSONValue { hasSpread ? rows(values) : .null }
    return [
      "depths": JSONValue(ensemble.depths), "path_count": .integer(ensemble.pathCount), "blocks": .integer(blocks),
      "method": .string(method), "mean": rows(moments.map(\.mean)),
      "standard_error": spread(moments.map(\.standardError)), "variance": spread(moments.map(\.variance)),
      "covariance": covariance, "exact": exact, "error_bound": JSONValue(bound),
      "error_bound_kind": bound == nil ? .null : ensemble.isExact ? "certified" : "estimate",
      "variance_error_bound": JSONValue(ensemble.isExact ? 0 : hasSpread ? error?.varianceBound : nil),
      "mean_bias": error.map { rows($0.meanBias) } ?? .null,
      "variance_bias": error.map { spread($0.varianceBias) } ?? .null,
      "confined_states": .integer(ensemble.confinedCount),
    ]
  }

  private var hasSpread: Bool { ensemble.pathCount > 1 }

  /// The ensemble's own, with empty cells for what one path does not show.
  func table() -> Table {
    let full = ensemble.table()
    guard !hasSpread else { return full }
    var table = Table(name: full.name)
    for (name, column) in zip(full.columnNames, full.columns) {
      let isSpread = ["standard_error", "variance", "variance_bias"].contains(name)
      table.add(name, isSpread ? .number([Double](repeating: .nan, count: full.rowCount)) : column)
    }
    return table
  }

  private func rows(_ values: [[Double]]) -> JSONValue { .array(values.map { JSONValue($0) }) }

  /// A d x d matrix a depth; null where the variances alone are kept.
  private var covariance: JSONValue {
    let d = ensemble.dimension
    let matrices = ensemble.moments.compactMap(\.covariance)
    guard hasSpread, matrices.count == ensemble.depths.count else { return .null }
    return .array(
      matrices.map { matrix in rows((0..<d).map { Array(matrix[($0 * d)..<($0 * d + d)]) }) })
  }

  private var exact: JSONValue {
    let known = ensemble.exact.compactMap { $0 }
    guard known.count == ensemble.depths.count else { return .null }
    let variances = known.compactMap(\.variance)
    return [
      "mean": rows(known.map(\.mean)), "variance": variances.count == known.count ? rows(variances) : .null,
    ]
  }

  var warnings: [String] {
    var warnings: [String] = []
    if !hasSpread {
      warnings.append("one path shows no spread: standard_error, variance and covariance are null; take more paths")
    } else if ensemble.moments.contains(where: { $0.covariance == nil }) {
      warnings.append(
        "covariance is null: it is kept up to dimension 32 and 2^18 numbers in all; variance has the rest")
    }
    if !ensemble.exact.allSatisfy({ $0 == nil }), ensemble.exact.contains(where: { $0 == nil }) {
      warnings.append("exact is null: the exact moments are not known at every depth")
    }
    if let error = ensemble.stepError {
      if let worst = worstBias(error) {
        warnings.append(
          "the steps bias the mean by about \(worst.bias), its standard error is \(worst.standardError): take more blocks"
        )
      }
    } else if !ensemble.isExact {
      warnings.append(
        "no estimate of the step's error: half of \(blocks) blocks cannot be compared"
          + (blocks > 1 ? " because the dynamics jump inside them; take twice the blocks" : ""))
    }
    if ensemble.confinedCount > 0 {
      warnings.append(
        "\(ensemble.confinedCount) states left the state space in a step and were put back on its edge: take more blocks"
      )
    }
    return warnings
  }

  /// The largest bias that exceeds two standard errors of its mean and is itself seen clearly.
  private func worstBias(_ error: Ensemble.StepError) -> (bias: Double, standardError: Double)? {
    var worst: (bias: Double, standardError: Double)?
    guard hasSpread else { return nil }
    for (index, moments) in ensemble.moments.enumerated() {
      for (i, deviation) in moments.standardError.enumerated() {
        let (bias, noise) = (error.meanBias[index][i], error.meanStandardError[index][i])
        guard abs(bias) > 2 * deviation, abs(bias) > 3 * noise, abs(bias) > abs(worst?.bias ?? 0) else { continue }
        worst = (bias, deviation)
      }
    }
    return worst
  }

  /// The first and last depths with up to four components; --json and --output have all.
  var text: [String] {
    let count = ensemble.depths.count
    let shown = count <= 8 ? Array(0..<count) : Array(0..<4) + Array((count - 3)..<count)
    var lines = shown.map { index -> String in
      let moments = ensemble.moments[index]
      let cells = (0..<min(4, ensemble.dimension)).map { i in
        let exact = ensemble.exact[index].map { ", exact mean \($0.mean[i])" } ?? ""
        guard hasSpread else { return "\(moments.mean[i])\(exact)" }
        return "\(moments.mean[i]) +- \(moments.standardError[i]), variance \(moments.variance[i])\(exact)"
      }
      let more = ensemble.dimension > 4 ? "; ... (\(ensemble.dimension))" : ""
      return "h(\(ensemble.depths[index])): mean \(cells.joined(separator: "; "))\(more)"
    }
    if count > 8 { lines.insert("... (\(count) depths)", at: 4) }
    lines.append("\(method): \(ensemble.pathCount) paths, \(blocks) steps; \(errorText)")
    return lines
  }

  private var errorText: String {
    if ensemble.isExact { return "exact in law" }
    guard let error = ensemble.stepError else { return "error of the step unknown" }
    guard hasSpread else { return "the step's error in the path at most about \(error.bound) (estimate)" }
    return "the step's error in a mean at most about \(error.bound), in a variance \(error.varianceBound) (estimate)"
  }

  /// Mean, standard deviation and some paths against depth, up to three components.
  func picture(paths count: Int) throws -> Figure {
    guard ensemble.depths.count > 1 else { throw InputError.usage("--plot needs --points N or several --at-depth") }
    let components = 0..<min(3, ensemble.dimension)
    let cells = components.flatMap { i in ensemble.depths.indices.map { (component: i, depth: $0) } }
    var table = Table(name: "ensemble")
    table.add("component", cells.map(\.component))
    table.add("depth", cells.map { ensemble.depths[$0.depth] })
    table.add("mean", cells.map { ensemble.moments[$0.depth].mean[$0.component] })
    for (name, sign) in [("mean_lower", -1.0), ("mean_upper", 1.0)] {
      table.add(
        name,
        cells.map {
          let moments = ensemble.moments[$0.depth]
          return moments.mean[$0.component] + sign * moments.variance[$0.component].squareRoot()
        })
    }
    var paths = Table(name: "paths")
    let drawn = (0..<min(count, ensemble.keptPathCount)).flatMap { path in cells.map { (path: path, cell: $0) } }
    paths.add("path", drawn.map(\.path))
    paths.add("component", drawn.map(\.cell.component))
    paths.add("depth", drawn.map { ensemble.depths[$0.cell.depth] })
    paths.add(
      "state",
      drawn.map { entry in
        let row = entry.path * ensemble.depths.count + entry.cell.depth
        return ensemble.paths[row * ensemble.dimension + entry.cell.component]
      })
    return try Figures.ensemble(table, paths: paths)
  }
}
