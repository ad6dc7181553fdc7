/// How a computation went; part of every solution, printed first, and never left out.
public struct Diagnostics: Equatable, Sendable {
  public enum Status: String, Sendable {
    case converged
    /// A usable answer that missed its tolerance: exit code 3 unless `--allow-unconverged`.
    case unconverged
  }

  public var status: Status
  /// Kebab-case name of the method that ran.
  public var method: String
  public var iterations: Int
  /// Calls of each callback by name: "drift", "stopping_loss", ...
  public var evaluations: [String: Int]
  /// The final residual; `residualNorm` says of what and in which norm.
  public var residual: Double
  public var residualNorm: String
  public var toleranceAsked: Double
  /// Wall time of the solve itself; the median where it was repeated.
  public var seconds: Double
  /// The same in processor time; nil where it was not measured.
  public var processorSeconds: Double?

  public init(
    status: Status, method: String, iterations: Int = 0, evaluations: [String: Int] = [:], residual: Double = 0,
    residualNorm: String = "none", toleranceAsked: Double = 0, seconds: Double = 0
  ) {
    self.status = status
    self.method = method
    self.iterations = iterations
    self.evaluations = evaluations
    self.residual = residual
    self.residualNorm = residualNorm
    self.toleranceAsked = toleranceAsked
    self.seconds = seconds
  }

  public var json: JSONValue {
    var object: [String: JSONValue] = [
      "status": .string(status.rawValue), "method": .string(method), "iterations": .integer(iterations),
      "evaluations": .object(evaluations.mapValues { .integer($0) }), "residual": JSONValue(residual),
      "residual_norm": .string(residualNorm), "tolerance": JSONValue(toleranceAsked), "seconds": JSONValue(seconds),
    ]
    if let processorSeconds { object["cpu_seconds"] = JSONValue(processorSeconds) }
    return .object(object)
  }
}

/// Wall time of `body` in seconds, beside its result.
public func timed<Result>(_ body: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
  let clock = ContinuousClock()
  let start = clock.now
  let result = try body()
  let (seconds, attoseconds) = (clock.now - start).components
  return (result, Double(seconds) + Double(attoseconds) * 1e-18)
}
