import DepthNumerics
import DepthRuns

/// The time of a training step (a batch's forward and backward pass and the update) on seeded random data.
public enum TrainingBenchmark {
  /// Seconds of each step, after as many steps to warm up as `warmUp` says; the data are made before.
  ///
  /// - Throws: `InputError.usage` for a configuration out of range, `TrainingDiverged`.
  public static func seconds(
    _ configuration: TrainingConfiguration, inputs: InputShape, classCount: Int, steps: Int, warmUp: Int, threads: Int
  ) throws -> [Double] {
    let configuration = try configuration.validated()
    guard (1...100_000).contains(steps) else { throw InputError.value(steps, of: "benchmark", allowed: "1 to 100000") }
    let architecture = try configuration.network.architecture(
      configuration, inputs: inputs, classCount: classCount)
    return switch configuration.precision {
    case .single:
      try run(Float.self, architecture, configuration, steps: steps, warmUp: warmUp, threads: threads)
    case .double:
      try run(Double.self, architecture, configuration, steps: steps, warmUp: warmUp, threads: threads)
    }
  }

  private static func run<Scalar: MatrixScalar>(
    _ precision: Scalar.Type, _ architecture: NetworkArchitecture, _ configuration: TrainingConfiguration, steps: Int,
    warmUp: Int, threads: Int
  ) throws -> [Double] {
    var stream = RandomStream(seed: configuration.seed)
    let count = configuration.batchSize
    let data = TrainingData(
      inputs: stream.normals(count * architecture.inputCount).map { Float($0) },
      labels: stream.uniforms(count).map { Int($0 * Double(architecture.classCount)) },
      inputCount: architecture.inputCount)
    let loop = try TrainingLoop<Scalar>(
      architecture, configuration, data, batchSize: count, steps: steps + warmUp, threads: threads)
    let start = ResidualNetwork(architecture: architecture, seed: configuration.seed)
    loop.restore(TrainingState(parameters: start.parameters, optimizer: configuration.optimizer))
    let members = Array(0..<count)
    var seconds: [Double] = []
    for step in 0..<(steps + warmUp) {
      let began = ContinuousClock.now
      _ = try loop.step(members, epoch: 0)
      let elapsed = (ContinuousClock.now - began).components
      if step >= warmUp { seconds.append(Double(elapsed.seconds) + 1e-18 * Double(elapsed.attoseconds)) }
    }
    return seconds
  }
}
