import DepthDynamics
import DepthNetworks
import DepthRuns

/// Residual networks against the flow that they discretise: `flow-decay`, and the core of a trained network refined.
public enum DepthLimitExperiment {
  /// Tables `depth-limit` and `depth-limit-network`; findings: slopes and constants of both.
  public static func run(network: ResidualNetwork, input: [Double]) throws -> ExperimentOutcome {
    let reference = ERKStep(tolerances: try Tolerances(relative: 1e-12, absolute: 1e-14))
    let (limits, seconds) = try timed { () -> (DepthLimit, DepthLimit) in
      let decay = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
      guard let field = network.tanhField else {
        throw InputError.usage("the depth limit needs a network of tanh blocks, whose field is smooth")
      }
      let trained = try InitialValueProblem(field: field, initialState: network.embed(input), end: field.horizon)
      let blocks = network.architecture.blocks
      return try (
        DepthLimit(decay, blocks: (3...10).map { 1 << $0 }, reference: reference),
        DepthLimit(trained, blocks: (0...6).map { blocks << $0 }, reference: reference)
      )
    }
    var network = Table(name: "depth-limit-network")
    for (name, column) in zip(limits.1.table.columnNames, limits.1.table.columns) { network.add(name, column) }
    return ExperimentOutcome(
      tables: [limits.0.table, network],
      findings: [
        "slope": limits.0.slope, "constant": limits.0.constant, "predicted_constant": limits.0.predictedConstant,
        "network_slope": limits.1.slope, "network_constant": limits.1.constant,
        "network_predicted_constant": limits.1.predictedConstant,
      ], seconds: seconds)
  }
}
