public import DepthNumerics
public import DepthRuns
public import DepthStopping
import Foundation

/// `evidence`: every block sees one more noisy measurement of the class.
///
/// Two classes: `x_k = +-s/2 + N(0, 1)`, a number a block; three: `x_k = m_y + N(0, I)` in the plane, m_0, m_1, m_2 an equilateral triangle of
/// side s. The log-likelihood ratio of two classes gathers `N(+-s^2/2, s^2)` a block, so the exact posterior is a
/// `sequential-test` (`three-hypotheses`) of signal to noise s with blocks of size one. Exit k has seen k measurements, exit 0
/// knows the prior alone.
public struct EvidenceTask: KnownDepthTask {
  public let name = "evidence"
  /// s, the distance of two classes in standard deviations of one measurement.
  public let signal: Double
  /// N, measurements.
  public let steps: Int
  /// 2 or 3.
  public let classCount: Int
  /// Of class 1 of two; three classes are equally probable.
  public let prior: Double
  public let samples: Int
  public let seed: UInt64

  /// - Throws: `InputError.usage` for anything but two or three classes, or a prior of three.
  public init(
    signal: Double, steps: Int, classes: Int = 2, prior: Double = 0.5, samples: Int, seed: UInt64 = 0
  ) throws {
    precondition(signal > 0 && signal.isFinite && steps > 0 && samples > 0, "\(signal), \(steps), \(samples)")
    precondition(prior > 0 && prior < 1, "prior \(prior)")
    guard classes == 2 || classes == 3 else {
      throw InputError.value(classes, of: "classes of evidence", allowed: "2, 3")
    }
    guard classes == 2 || prior == 0.5 else {
      throw InputError.usage("prior is of evidence with two classes; three are equally probable")
    }
    (self.signal, self.steps, self.prior, self.samples, self.seed) = (signal, steps, prior, samples, seed)
    classCount = classes
  }

  private var measurementCount: Int { classCount == 2 ? 1 : 2 }
  public var inputShape: InputShape { .shown(steps: steps, count: measurementCount) }

  public var parameters: [String: JSONValue] {
    [
      "signal_to_noise": JSONValue(signal), "steps": .integer(steps), "classes": .integer(classCount),
      "prior": JSONValue(prior), "samples": .integer(samples), "task_seed": .string(String(seed)),
    ]
  }

  /// m_y.
  func mean(_ label: Int) -> [Double] {
    guard classCount == 3 else { return [label == 1 ? signal / 2 : -signal / 2] }
    let radius = signal / 3.0.squareRoot()
    let angle = 2 * Double.pi * Double(label) / 3
    return [radius * cos(angle), radius * sin(angle)]
  }

  public func draw(_ stream: inout RandomStream, into inputs: UnsafeMutableBufferPointer<Float>) -> Int {
    // normals come in pairs from the same block as two uniforms: one alone would leave its partner to the first measurement
    let chance = stream.uniforms(2)[0]
    let label = classCount == 3 ? min(2, Int(3 * chance)) : chance < prior ? 1 : 0
    let mean = mean(label)
    let noise = stream.normals(inputs.count)
    for (i, draw) in noise.enumerated() { inputs[i] = Float(mean[i % mean.count] + draw) }
    return label
  }

  static let entry = TaskCatalogue.Entry(
    name: "evidence",
    description: "one noisy measurement of the class a block: a sequential test whose optimal halting law is known",
    parameters: TaskCatalogue.parameters([
      ParameterDefinition(
        "signal_to_noise", alias: "rho", default: 1, allowed: .between(0, 100), unit: "1/sqrt(block)",
        meaning: "distance of two classes in standard deviations of one measurement"),
      ParameterDefinition(
        "steps", alias: "L", default: 20, allowed: .integer(from: 1, to: 10_000), unit: "blocks",
        meaning: "measurements"),
      ParameterDefinition(
        "classes", alias: "classes", default: 2, allowed: .integer(from: 2, to: 3), meaning: "classes"),
      ParameterDefinition(
        "prior", alias: "prior", default: 0.5, allowed: .between(0, 1), meaning: "probability of class 1 of two"),
    ])
  ) { values in
    try EvidenceTask(values).dataset()
  }

  init(_ values: ParameterValues) throws {
    try self.init(
      signal: values["signal_to_noise"], steps: Int(values["steps"]), classes: Int(values["classes"]),
      prior: values["prior"], samples: Int(values["samples"]), seed: UInt64(values["task_seed"]))
  }
}

extension EvidenceTask {
  /// Logits of the exact posterior of each sample at each exit, n x (steps + 1) x classes: what a perfect network says.
  ///
  /// `ln P(y = i | x_0...x_{k-1})` up to a term common to all classes.
  public func posteriorLogits(_ dataset: Dataset) -> [Double] {
    precondition(dataset.inputShape == inputShape, "the data hold \(dataset.inputShape), the task \(inputShape)")
    let means = (0..<classCount).map { mean($0) }
    let start = classCount == 2 ? [log1p(-prior), log(prior)] : [0, 0, 0]
    var result: [Double] = []
    result.reserveCapacity(dataset.sampleCount * (steps + 1) * classCount)
    for sample in 0..<dataset.sampleCount {
      var logits = start
      result += logits
      for step in 0..<steps {
        let row = (sample * steps + step) * measurementCount
        for (i, mean) in means.enumerated() {
          for j in 0..<measurementCount {
            logits[i] += mean[j] * (Double(dataset.inputs[row + j]) - 0.5 * mean[j])
          }
        }
        result += logits
      }
    }
    return result
  }

  /// The paths of the exact posterior, as those of a network whose exits are perfect.
  public func posteriorPaths(
    _ dataset: Dataset, loss: StoppingLossKind = .zeroOne, split: [StoppingPaths.Split] = []
  ) -> StoppingPaths {
    let logits = posteriorLogits(dataset)
    let (exits, classes) = (steps + 1, classCount)
    var losses = [Double](repeating: 0, count: dataset.sampleCount * exits)
    logits.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for cell in losses.indices {
        let (z, label) = (base + cell * classes, dataset.labels[cell / exits])
        let top = LogitFeatures.predictedClass(z, classes: classes)
        guard loss == .crossEntropy else {
          losses[cell] = top == label ? 0 : 1
          continue
        }
        var sum = 0.0
        for j in 0..<classes { sum += exp(z[j] - z[top]) }
        losses[cell] = max(0, log(sum) - (z[label] - z[top]))
      }
    }
    let features = LogitFeatures.all(logits, classes: classes)
    return StoppingPaths(
      sampleCount: dataset.sampleCount, exitCount: exits, stoppingLoss: losses, featureNames: LogitFeatures.names,
      features: features, classCount: classes, logits: logits, labels: dataset.labels, split: split)
  }
}
