import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

@Suite struct TemperatureScalingTests {
  /// Labels drawn from softmax(z / T): at the true temperature the probabilities are frequencies.
  static func paths(_ n: Int, temperatures: [Double], classes: Int = 4, seed: UInt64) -> StoppingPaths {
    let exits = temperatures.count
    var (logits, labels) = ([Double](), [Int]())
    for sample in 0..<n {
      var stream = RandomStream(seed: seed, stream: UInt64(sample))
      let law = stream.normals(classes).map { 2 * $0 }
      let weights = law.map(exp)
      var draw = stream.uniforms(1)[0] * weights.reduce(0, +)
      var label = 0
      while label < classes - 1, draw > weights[label] {
        draw -= weights[label]
        label += 1
      }
      for exit in 0..<exits { logits += law.map { $0 * temperatures[exit] } }
      labels.append(label)
    }
    let derived = LogitFeatures.all(logits, classes: classes)
    var features: [Double] = []
    for cell in 0..<(n * exits) { features += derived[(4 * cell)..<(4 * cell + 4)] + [Double(cell)] }
    return StoppingPaths(
      sampleCount: n, exitCount: exits, stoppingLoss: [Double](repeating: 1, count: n * exits),
      featureNames: LogitFeatures.names + ["other"], features: features, classCount: classes, logits: logits,
      labels: labels)
  }

  @Test func findsTheTemperatureThatMadeTheLabels() throws {
    let truth = [1.0, 3.0, 0.25]
    let paths = Self.paths(8000, temperatures: truth, seed: 1)
    let scaling = try TemperatureScaling(fitting: paths)
    for (found, exact) in zip(scaling.temperatures, truth) { #expect(abs(found / exact - 1) < 0.06) }
    // the same data at other scales: temperatures are in proportion
    #expect(abs(scaling.temperatures[1] / scaling.temperatures[0] - 3) < 1e-8)
    #expect(try TemperatureScaling(fitting: paths, threads: 3) == scaling)
    let report = try CalibrationReport(scaling, judging: Self.paths(8000, temperatures: truth, seed: 2))
    #expect(report.raw[1].expectedCalibrationError > 0.1 && report.scaled[1].expectedCalibrationError < 0.02)
    #expect(report.scaled[1].negativeLogLikelihood < report.raw[1].negativeLogLikelihood)
    #expect(report.scaled[1].brierScore < report.raw[1].brierScore)
  }

  /// Newton's method against golden sections on the likelihood itself.
  @Test func twoMinimisersAgree() throws {
    let paths = Self.paths(300, temperatures: [2, 0.7], seed: 3)
    let scaling = try TemperatureScaling(fitting: paths)
    for exit in 0..<2 {
      let golden = ScalarMinimum.golden(lower: -3, upper: 3) { logT in
        let scaled = TemperatureScaling(temperatures: [exp(logT), exp(logT)]).apply(paths)
        return (try? CalibrationError(scaled, exit: exit).negativeLogLikelihood) ?? .infinity
      }
      #expect(abs(log(scaling.temperatures[exit]) - golden) < 1e-6)
    }
  }

  @Test func separatedClassesStayInTheRange() throws {
    let paths = StoppingPaths(
      sampleCount: 3, exitCount: 2, stoppingLoss: [Double](repeating: 0, count: 6), classCount: 2,
      logits: [3, 0, 0, 3, 0, 2, 2, 0, 1e200, -1e200, -1e300, 1e300], labels: [0, 1, 0])
    let temperatures = try TemperatureScaling(fitting: paths).temperatures
    #expect(abs(temperatures[0] / 0.01 - 1) < 1e-12 && abs(temperatures[1] / 100 - 1) < 1e-12)
    let bare = StoppingPaths(sampleCount: 1, exitCount: 2, stoppingLoss: [0, 0])
    #expect(throws: InputError.self) { try TemperatureScaling(fitting: bare) }
  }

  @Test func scaledPathsCarryScaledFeaturesAndRecordedLosses() throws {
    let paths = Self.paths(50, temperatures: [1, 2], seed: 4)
    let scaled = TemperatureScaling(temperatures: [2, 0.5]).apply(paths)
    #expect(scaled.stoppingLoss == paths.stoppingLoss)
    for cell in 0..<100 {
      let factor = cell % 2 == 0 ? 0.5 : 2.0
      let logits = paths.logits[(4 * cell)..<(4 * cell + 4)].map { $0 * factor }
      let features = Array(scaled.features[(5 * cell)..<(5 * cell + 5)])
      #expect(features == LogitFeatures.all(logits, classes: 4) + [Double(cell)])
    }
  }

  @Test func errorsByHand() throws {
    // confidences 0.9 (right, wrong) and 0.6 (right)
    let z = [log(9.0), 0, log(9.0), 0, 0, log(1.5)]
    let paths = StoppingPaths(
      sampleCount: 3, exitCount: 1, stoppingLoss: [0, 0, 0], classCount: 2, logits: z, labels: [0, 1, 1])
    let error = try CalibrationError(paths, exit: 0)
    let likelihood: Double = -(log(0.9) + log(0.1) + log(0.6)) / 3
    #expect(abs(error.expectedCalibrationError - 0.4) < 1e-12)
    #expect(abs(error.brierScore - 1.96 / 3) < 1e-12)
    #expect(abs(error.negativeLogLikelihood - likelihood) < 1e-12)
  }

  @Test func logitFeaturesSurviveExtremes() throws {
    let rows: [[Double]] = [[0, 0, 0], [1e300, -1e300, 0], [1e5, 0, -1e5], [1, 2, 3]]
    for row in rows {
      let values = LogitFeatures.all(row, classes: 3)
      let isFinite = values.allSatisfy { $0.isFinite }
      #expect(isFinite, "\(row): \(values)")
    }
    let p = [1.0, 2, 3].map { exp($0 - 3) }
    let total = p.reduce(0, +)
    let entropy: Double = -p.reduce(0) { $0 + $1 / total * log($1 / total) }
    let exact: [Double] = [(p[2] - p[1]) / total, entropy, p[2] / total, log(p[2] / (p[0] + p[1]))]
    for (value, expected) in zip(LogitFeatures.all([1, 2, 3], classes: 3), exact) {
      #expect(abs(value - expected) < 1e-14)
    }
  }
}
