/// The one list of names: configuration key = CSV column = (kebab-case) flag, with the label and unit of an axis.
public struct Term: Equatable, Sendable {
  /// snake_case: JSON key and CSV column.
  public let key: String
  /// The symbol of the theory, in plain text.
  public let symbol: String
  /// What an axis says.
  public let label: String
  /// Empty for pure numbers.
  public let unit: String

  /// Label, symbol and unit as an axis title.
  public var axisTitle: String {
    let head = symbol.isEmpty ? label : "\(label) \(symbol)"
    return unit.isEmpty ? head : "\(head) [\(unit)]"
  }

  /// The flag of the command: "running_cost" is `--running-cost`.
  public var flag: String { "--" + String(key.map { $0 == "_" ? "-" : $0 }) }
}

public enum Vocabulary {
  public static let terms: [Term] = [
    Term(key: "accuracy", symbol: "", label: "accuracy", unit: ""),
    Term(key: "batch_size", symbol: "", label: "requests in a batch", unit: ""),
    Term(key: "block", symbol: "k", label: "block", unit: ""),
    Term(key: "block_size", symbol: "Delta", label: "block size", unit: "depth"),
    Term(key: "blocks", symbol: "L", label: "number of blocks", unit: ""),
    Term(key: "boundary", symbol: "b", label: "halting boundary", unit: ""),
    Term(key: "boundary_shift", symbol: "", label: "boundary shift", unit: ""),
    Term(key: "chosen", symbol: "", label: "chosen on the fit part", unit: ""),
    Term(key: "class", symbol: "", label: "class", unit: ""),
    Term(key: "class_rank_correlation", symbol: "", label: "rank correlation over classes", unit: ""),
    Term(key: "collapse_depth", symbol: "", label: "collapse depth", unit: "blocks"),
    Term(key: "collapse_share", symbol: "", label: "share of the collapse", unit: ""),
    Term(key: "contraction_rate", symbol: "a", label: "contraction rate", unit: "1/depth"),
    Term(key: "coordinate", symbol: "z", label: "coordinate", unit: ""),
    Term(key: "copying_effect", symbol: "", label: "effect of copied states", unit: "loss"),
    Term(key: "depth", symbol: "t", label: "depth", unit: ""),
    Term(key: "diffusion", symbol: "sigma", label: "diffusion", unit: ""),
    Term(key: "diffusion_error", symbol: "", label: "standard error of the diffusion", unit: ""),
    Term(key: "displacement", symbol: "||h(t) - h(0)||", label: "displacement", unit: ""),
    Term(key: "displacement_exponent", symbol: "kappa", label: "displacement exponent", unit: ""),
    Term(key: "distance", symbol: "", label: "distance of L and 2L blocks", unit: ""),
    Term(key: "distance_to_normal", symbol: "", label: "distance of increments to the normal law", unit: ""),
    Term(key: "drift", symbol: "mu", label: "drift", unit: "1/depth"),
    Term(key: "error", symbol: "", label: "error", unit: ""),
    Term(key: "error_bound", symbol: "", label: "error bound", unit: ""),
    Term(key: "excess", symbol: "", label: "truncation error", unit: "loss"),
    Term(key: "excess_bound", symbol: "", label: "bound of the truncation error", unit: "loss"),
    Term(key: "excess_kurtosis", symbol: "", label: "excess kurtosis of increments", unit: ""),
    Term(key: "expected_calibration_error", symbol: "ECE", label: "expected calibration error", unit: ""),
    Term(key: "expected_stopping_depth", symbol: "E tau", label: "expected stopping depth", unit: "blocks"),
    Term(key: "field_norm", symbol: "||f||", label: "field norm", unit: ""),
    Term(key: "full_seconds_per_sample", symbol: "", label: "time of a request at full depth", unit: "s"),
    Term(key: "gain_conditional", symbol: "", label: "largest conditional gain", unit: "loss"),
    Term(key: "gain_envelope", symbol: "delta_k", label: "gain envelope", unit: "loss"),
    Term(key: "gain_sum_bound", symbol: "", label: "T3", unit: "blocks"),
    Term(key: "gradient_distance", symbol: "", label: "relative distance of gradients", unit: ""),
    Term(key: "gronwall_bound_two", symbol: "", label: "Gronwall bound", unit: ""),
    Term(key: "halting_probability", symbol: "lambda_k", label: "halting probability", unit: ""),
    Term(key: "head_improvement", symbol: "", label: "heads' own improvement", unit: "loss"),
    Term(key: "horizon_bound", symbol: "K(c)", label: "horizon bound", unit: "blocks"),
    Term(key: "input_depth", symbol: "p", label: "depth of the input", unit: ""),
    Term(key: "kolmogorov_smirnov", symbol: "", label: "Kolmogorov-Smirnov distance", unit: ""),
    Term(key: "lipschitz_constant", symbol: "Lambda", label: "Lipschitz constant", unit: ""),
    Term(key: "lipschitz_gain", symbol: "", label: "Lipschitz bound of the gain", unit: "loss"),
    Term(key: "lipschitz_local", symbol: "", label: "local Lipschitz constant", unit: ""),
    Term(key: "local_rate", symbol: "", label: "local rate", unit: "1/depth"),
    Term(key: "logarithmic_norm_infinity", symbol: "mu_inf", label: "logarithmic norm", unit: "1/depth"),
    Term(key: "logarithmic_norm_one", symbol: "mu_1", label: "logarithmic norm", unit: "1/depth"),
    Term(key: "logarithmic_norm_two", symbol: "mu_2", label: "logarithmic norm", unit: "1/depth"),
    Term(key: "loss_memory", symbol: "", label: "correlation of loss and past", unit: ""),
    Term(key: "memory", symbol: "", label: "correlation of next value and past", unit: ""),
    Term(key: "move", symbol: "", label: "distance to the next state", unit: ""),
    Term(key: "nc1", symbol: "", label: "within-class variability NC1", unit: ""),
    Term(key: "nc2", symbol: "", label: "distance to the simplex frame NC2", unit: ""),
    Term(key: "nc3", symbol: "", label: "distance from self-duality NC3", unit: ""),
    Term(key: "net_optimism_gap", symbol: "", label: "optimism gap net of the parts' difference", unit: ""),
    Term(key: "noise", symbol: "s", label: "noise", unit: ""),
    Term(key: "objective", symbol: "J", label: "objective", unit: "loss"),
    Term(key: "operations", symbol: "", label: "floating-point operations", unit: "FLOP"),
    Term(key: "operations_ratio", symbol: "", label: "operations at full depth over operations", unit: ""),
    Term(key: "operations_share", symbol: "", label: "share of full depth's operations", unit: ""),
    Term(key: "optimism_gap", symbol: "", label: "optimism gap", unit: ""),
    Term(key: "output", symbol: "z", label: "output", unit: ""),
    Term(key: "path_length", symbol: "", label: "path length", unit: ""),
    Term(key: "path_ratio", symbol: "", label: "path length over displacement", unit: ""),
    Term(key: "predicted_depth", symbol: "E tau", label: "predicted stopping depth", unit: "blocks"),
    Term(key: "predicted_objective", symbol: "J", label: "predicted objective", unit: "loss"),
    Term(key: "predicted_slope", symbol: "", label: "predicted slope", unit: ""),
    Term(key: "probability", symbol: "P", label: "probability", unit: ""),
    Term(key: "radius", symbol: "r", label: "radius", unit: ""),
    Term(key: "ratio", symbol: "", label: "upper over lower bound", unit: ""),
    Term(key: "realised_depth", symbol: "E tau", label: "realised stopping depth", unit: "blocks"),
    Term(key: "realised_objective", symbol: "J", label: "realised objective", unit: "loss"),
    Term(key: "regret", symbol: "", label: "regret", unit: "loss"),
    Term(key: "relative_displacement", symbol: "", label: "relative displacement", unit: ""),
    Term(key: "replicates", symbol: "", label: "replicates", unit: ""),
    Term(key: "residual_norm", symbol: "eps_k", label: "residual norm", unit: ""),
    Term(key: "running_cost", symbol: "c", label: "running cost", unit: "loss/block"),
    Term(key: "sample_rank_correlation", symbol: "", label: "rank correlation over samples", unit: ""),
    Term(key: "samples", symbol: "n", label: "number of samples", unit: ""),
    Term(key: "scaling_exponent", symbol: "beta", label: "scaling exponent", unit: ""),
    Term(key: "separation_two", symbol: "||delta||", label: "separation", unit: ""),
    Term(key: "shift_ratio", symbol: "", label: "boundary shift over noise per block", unit: ""),
    Term(key: "signal_to_noise", symbol: "rho", label: "signal to noise", unit: ""),
    Term(key: "skewness", symbol: "", label: "skewness of increments", unit: ""),
    Term(key: "skipping_seconds_per_sample", symbol: "", label: "time of a request", unit: "s"),
    Term(key: "slope", symbol: "", label: "slope", unit: ""),
    Term(key: "speed_up", symbol: "", label: "time at full depth over time", unit: ""),
    Term(key: "state", symbol: "h", label: "state", unit: ""),
    Term(key: "stopping_depth", symbol: "tau", label: "stopping depth", unit: "blocks"),
    Term(key: "stopping_law", symbol: "pi_k", label: "stopping law", unit: ""),
    Term(key: "stopping_loss", symbol: "g", label: "stopping loss", unit: "loss"),
    Term(key: "strong_error", symbol: "", label: "strong error", unit: ""),
    Term(key: "temperature", symbol: "T_k", label: "temperature", unit: ""),
    Term(key: "test_accuracy", symbol: "", label: "test accuracy", unit: ""),
    Term(key: "threshold", symbol: "theta", label: "threshold", unit: ""),
    Term(key: "token", symbol: "", label: "token", unit: ""),
    Term(key: "validated_kolmogorov_smirnov", symbol: "KS", label: "Kolmogorov-Smirnov distance out of fold", unit: ""),
    Term(key: "validated_objective", symbol: "J", label: "objective out of fold", unit: "loss"),
    Term(key: "validated_optimism_gap", symbol: "", label: "optimism gap out of fold", unit: ""),
    Term(key: "value", symbol: "V", label: "value", unit: "loss"),
    Term(key: "value_difference", symbol: "", label: "difference of values", unit: "loss"),
    Term(key: "wasserstein", symbol: "", label: "Wasserstein distance", unit: "blocks"),
    Term(key: "weak_error", symbol: "", label: "weak error", unit: ""),
    Term(key: "widening", symbol: "", label: "widening of the bracket", unit: "loss"),
  ]

  /// The axis title of a column; the column's own name where the vocabulary has none.
  public static func axisTitle(_ key: String) -> String {
    terms.first { $0.key == key }?.axisTitle ?? String(key.map { $0 == "_" ? " " : $0 })
  }
}
