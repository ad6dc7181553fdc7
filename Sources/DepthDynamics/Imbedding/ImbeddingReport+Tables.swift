import DepthNumerics
public import DepthRuns

extension ImbeddingReport {
  /// Parameter derivatives longer than this are given by their norm alone.
  static let longestParameterDerivative = 1000

  private func parameterNorm(_ state: ImbeddedState) -> Double? {
    state.parameterDerivative.map { BLAS.norm($0.count, $0) }
  }

  /// `imbedding`, a row a depth p: `input_depth`, `output_i`, `loss`, `adjoint_i`, `depth_derivative`,
  /// `parameter_derivative_norm`, `semigroup_residual`, `marching_distance`; and `imbedded-network`, a row a size L.
  public var tables: [Table] {
    var table = Table(name: "imbedding")
    table.add("input_depth", states.map(\.depth))
    for i in request.target.indices { table.add("output_\(i)", states.map { $0.output[i] }) }
    table.add("loss", states.map(\.loss))
    for i in request.target.indices { table.add("adjoint_\(i)", states.map { $0.adjoint[i] }) }
    table.add("depth_derivative", states.map(\.depthDerivative))
    table.add("parameter_derivative_norm", states.map { parameterNorm($0) ?? .nan })
    table.add("semigroup_residual", semigroupResiduals)
    table.add("marching_distance", marchingDistances.map { $0 ?? .nan })
    return [table] + (limit.map { [$0.table()] } ?? [])
  }

  /// Keys of `results`: `depths` (each p), `states` (z(q; p, x), a row a depth), `event` (null: there is none),
  /// `statistics` (of the characteristics together); `terminal_depth`, `imbedding` (an entry a depth), `imbedded_networks` (an entry a size), `slope`,
  /// `predicted_flow_constant`, `predicted_resnet_constant`, `convergence_radius`, `singularity_angle`,
  /// `suggested_segments`.
  public var results: [String: JSONValue] {
    [
      "depths": JSONValue(states.map(\.depth)), "states": .array(states.map { JSONValue($0.output) }), "event": .null,
      "statistics": states.reduce(Trajectory.Statistics()) { $0 + $1.statistics }.json,
      "terminal_depth": JSONValue(horizon), "imbedding": .array(states.indices.map { json(depth: $0) }),
      "imbedded_networks": .array(limit?.rows.map { json($0) } ?? []), "slope": JSONValue(limit?.slope),
      "predicted_flow_constant": JSONValue(limit?.predictedFlowConstant),
      "predicted_resnet_constant": JSONValue(limit?.predictedResnetConstant),
      "convergence_radius": JSONValue(radius?.radius),
      "singularity_angle": JSONValue(radius?.radius == nil ? nil : radius?.angle),
      "suggested_segments": suggestedSegments.map { .integer($0) } ?? .null,
    ]
  }

  private func json(depth index: Int) -> JSONValue {
    let state = states[index]
    let short = state.parameterDerivative.flatMap { $0.count <= Self.longestParameterDerivative ? $0 : nil }
    return [
      "input_depth": JSONValue(state.depth), "output": JSONValue(state.output), "loss": JSONValue(state.loss),
      "adjoint": JSONValue(state.adjoint), "depth_derivative": JSONValue(state.depthDerivative),
      "parameter_derivative": short.map { JSONValue($0) } ?? .null,
      "parameter_derivative_norm": JSONValue(parameterNorm(state)),
      "semigroup_residual": JSONValue(semigroupResiduals[index]),
      "marching_distance": JSONValue(marchingDistances[index]),
    ]
  }

  private func json(_ row: ImbeddingLimit.Row) -> JSONValue {
    let l = Double(row.blocks)
    return [
      "blocks": .integer(row.blocks), "segments": .integer(row.segments),
      "state": row.network.map { JSONValue($0.state) } ?? .null, "flow_distance": JSONValue(row.flowDistance),
      "predicted_flow_distance": JSONValue(limit?.predictedFlowConstant.map { $0 / l }),
      "resnet_distance": JSONValue(row.resnetDistance),
      "predicted_resnet_distance": JSONValue(limit?.predictedResnetConstant.map { $0 / l }),
      "truncation_error": JSONValue(row.network?.truncationError),
      "rounding_error": JSONValue(row.network?.roundingError),
      "radius_share": JSONValue(row.network?.radiusShare), "failure": row.failure.map { .string($0) } ?? .null,
    ]
  }

  /// For a reader in a terminal.
  public var text: [String] {
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "-" }
    func text(_ values: [Double]) -> String {
      values.prefix(4).map { "\($0)" }.joined(separator: ", ") + (values.count > 4 ? ", ... (\(values.count))" : "")
    }
    let depths = states.indices.map { k in
      "p = \(states[k].depth): z = \(text(states[k].output)); loss \(states[k].loss), dl/dp \(states[k].depthDerivative);"
        + " Lambda = \(text(states[k].adjoint))"
    }
    let checks =
      "semigroup residual at most \(semigroupResiduals.max() ?? 0); equations in p differ by at most "
      + text(marchingDistances.compactMap { $0 }.max())
    guard let limit else { return depths + [checks] }
    let networks = limit.rows.compactMap { row in
      row.failure == nil
        ? "L = \(row.blocks): to the flow \(text(row.flowDistance)), to the ResNet \(text(row.resnetDistance))" : nil
    }
    let constants =
      "slope \(text(limit.slope)); predicted L x distance \(text(limit.predictedFlowConstant)) to the flow,"
      + " \(text(limit.predictedResnetConstant)) to the ResNet"
    let reach = radius?.radius.map { "radius of convergence \($0)" } ?? "no finite radius of convergence seen"
    return depths + [checks] + networks + [constants, reach]
  }
}
