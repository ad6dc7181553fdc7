import DepthStopping

/// What has to be computed at every exit below the last, for all rules of a run together.
struct ExitNeeds: Sendable {
  /// Features that the logits determine.
  let logitFeatures: Bool
  let logits: Bool
  let updateNorm: Bool
  let stateNorm: Bool
  let gate: Bool

  static let updateNormColumn = LogitFeatures.names.count
  static let stateNormColumn = updateNormColumn + 1
  static let gateColumn = updateNormColumn + 2

  init(_ inputs: [RuleInputs]) {
    let features = inputs.reduce(into: Set<Int>()) { $0.formUnion($1.features) }
    let known = StoppingPaths.standardFeatures.count
    precondition(
      features.allSatisfy { (0..<known).contains($0) }, "a rule reads features \(features.sorted()), \(known) are known"
    )
    logitFeatures = features.contains { $0 < LogitFeatures.names.count }
    logits = logitFeatures || inputs.contains(where: \.logits)
    updateNorm = features.contains(Self.updateNormColumn)
    stateNorm = features.contains(Self.stateNormColumn)
    gate = features.contains(Self.gateColumn)
  }

  var reading: ExitReading { logits ? gate ? .everything : .heads : gate ? .gates : .last }
}
