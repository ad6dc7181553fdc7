import DepthNumerics

/// The loss of one sample with its gradients.
struct SampleGradient: Sendable {
  let loss: Double
  /// `dl/dp`.
  let parameters: [Double]
  /// `dl/dh_0`.
  let initialState: [Double]
  let statistics: Trajectory.Statistics

  /// The mean loss of independent samples, summed in their order.
  ///
  /// - Throws: the first sample's error of those that throw; an `IntegrationError` names it.
  static func mean(
    of count: Int, threads: Int, _ gradient: @Sendable (_ sample: Int) throws -> SampleGradient
  ) throws -> LossGradient {
    let outcomes = withoutActuallyEscaping(gradient) { gradient in
      Parallel.map(count, threads: threads) { sample in Result { try gradient(sample) }.naming(sample) }
    }
    var (loss, parameters, initialStates) = (0.0, [Double](), [Double]())
    var statistics = Trajectory.Statistics()
    let share = 1 / Double(count)
    for outcome in outcomes {
      let sample = try outcome.get()
      loss += share * sample.loss
      if parameters.isEmpty { parameters = [Double](repeating: 0, count: sample.parameters.count) }
      for i in parameters.indices { parameters[i] += share * sample.parameters[i] }
      initialStates += sample.initialState.map { share * $0 }
      statistics = statistics + sample.statistics
    }
    return LossGradient(loss: loss, parameters: parameters, initialStates: initialStates, statistics: statistics)
  }
}

extension InitialValueBatch {
  /// h_0 of one sample.
  func initialState(_ sample: Int) -> [Double] {
    let d = field.dimension
    return Array(initialStates[(sample * d)..<((sample + 1) * d)])
  }
}
