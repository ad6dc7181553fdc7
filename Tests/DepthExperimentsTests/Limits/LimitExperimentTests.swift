import DepthDynamics
import DepthRuns
import Foundation
import Testing

@testable import DepthExperiments

@Suite struct LimitExperimentTests {
  private static func settings(_ relative: Double = 1e-12) throws -> LimitSettings {
    LimitSettings(
      method: .dormandPrince, tolerances: try Tolerances(relative: relative, absolute: relative / 100))
  }

  private static func decay(_ rates: [Double] = [1], end: Double = 1) throws -> InitialValueProblem<LinearDecayField> {
    try InitialValueProblem(field: LinearDecayField(rates: rates), initialState: rates.map { _ in 1 }, end: end)
  }

  @Test func theCatalogueKnowsItsNames() throws {
    let names = LimitCatalogue.experiments.map(\.name)
    #expect(Set(names).count == names.count && names[0] == "resnet")
    #expect(throws: InputError.self) { try LimitCatalogue.experiment("lyapunow") }
    for method in ReferenceMethod.allCases {
      #expect(method.integrator(try Tolerances()).name == method.rawValue)
    }
  }

  /// Every experiment on linear decay: the closed form, its tables, and a picture that can be drawn from them.
  @Test func linearDecayIsExactInEach() throws {
    let problem = try Self.decay()
    var results: [String: [String: JSONValue]] = [:]
    for experiment in LimitCatalogue.experiments {
      let outcome = try experiment.run(problem, Self.settings())
      #expect(outcome.isConverged && !outcome.tables.isEmpty && !outcome.text.isEmpty)
      #expect(try outcome.figure().panels.isEmpty == false)
      results[experiment.name] = outcome.results
      // the accuracies' rows are run; nothing else is to be warned of
      #expect(outcome.warnings.isEmpty, "\(experiment.name): \(outcome.warnings)")
    }
    func number(_ experiment: String, _ key: String) throws -> Double {
      try #require(results[experiment]?[key]?.doubleValue, "\(experiment) \(key)")
    }
    #expect(abs(try number("resnet", "predicted_constant") - exp(-1.0) / 2) < 1e-11)
    #expect(try number("resnet", "constant_deviation") < 1e-5 && abs(number("resnet", "slope") + 1) < 0.01)
    #expect(abs(try number("resnet", "bound_constant") - exp(-1.0) / 2) < 1e-7)
    #expect(abs(try number("path-length", "path_length") - (1 - exp(-1.0))) < 1e-11)
    #expect(abs(try number("path-length", "path_ratio") - 1) < 1e-11)
    #expect(results["envelope"]?["best"] == "geometric")
    #expect(abs(try number("envelope", "local_rate_least") - 1) < 1e-12)
    let two = try #require(results["logarithmic-norm"]?["two"])
    let factor = try #require(two["gronwall_factor"]?.doubleValue)
    #expect(two["supremum"]?.doubleValue == -1 && abs(factor - exp(-1.0)) < 1e-7)
    #expect(abs(try number("lyapunov", "sum") + 1) < 1e-11)
    #expect(
      results["contraction"]?["certified_bound"]?.doubleValue == -1 && results["contraction"]?["kind"] == "certified")
  }

  @Test func trainedLikeNetworksTakeMultiplesOfTheirBlocks() throws {
    #expect(ResNetLimitExperiment.defaultBlocks(1) == (3...10).map { 1 << $0 })
    #expect(ResNetLimitExperiment.defaultBlocks(6) == [12, 24, 48, 96, 192, 384, 768])
    #expect(ResNetLimitExperiment.defaultBlocks(1000).count >= 2)
    let field = BlockwiseField(
      blocks: [1.0, 3, 2].map { LinearDecayField(rates: [$0]) }, blockSize: 1 / 3.0)
    let problem = try InitialValueProblem(field: field, initialState: [1], end: field.horizon)
    let outcome = try ResNetLimitExperiment().run(problem, Self.settings())
    #expect(outcome.warnings.isEmpty, "\(outcome.warnings)")
    // h(T) = e^-2, e(T) = -h(T) sum a_i^2 Delta / 2 = -(14/6) e^-2
    let constant = try #require(outcome.results["predicted_constant"]?.doubleValue)
    #expect(abs(constant - 14.0 / 6 * exp(-2.0)) < 1e-9)
    var odd = try Self.settings()
    odd.blocks = [256, 512, 1024]
    #expect(try ResNetLimitExperiment().run(problem, odd).warnings.contains { $0.contains("multiples of 3") })
  }

  @Test func batchesAccuraciesAndNonsense() throws {
    var settings = try Self.settings()
    (settings.batch, settings.blocks, settings.accuracies) = ([[1], [-2]], [256, 512], [1e-9])
    let outcome = try ResNetLimitExperiment().run(Self.decay(), settings)
    #expect(outcome.tables.last?.name == "depth-limit-batch" && outcome.warnings.contains { $0.contains("not run") })
    settings.separation = 0
    #expect(throws: InputError.self) { try LogarithmicNormExperiment().run(Self.decay(), settings) }
    settings.radius = -1
    #expect(throws: InputError.self) { try ContractionExperiment().run(Self.decay(), settings) }
    settings.points = 1
    #expect(throws: InputError.self) { try PathLengthExperiment().run(Self.decay(), settings) }
    settings.transient = 7
    #expect(throws: InputError.self) { try LyapunovExperiment().run(Self.decay(), settings) }
  }

  @Test func aStateAtRestIsSaid() throws {
    let rest = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [0], end: 1)
    for name in ["resnet", "path-length", "envelope"] {
      let outcome = try LimitCatalogue.experiment(name).run(rest, Self.settings())
      #expect(!outcome.warnings.isEmpty, "\(name)")
    }
  }

  @Test func driftOfTooShortATransientIsSaid() throws {
    // the local rate -3 x^2 dies away, so that averages over depth go on falling
    let field = try CustomField(drift: ["-x^3"])
    let problem = try InitialValueProblem(field: field, initialState: [2], end: 5)
    #expect(try LyapunovExperiment().run(problem, Self.settings()).warnings.contains { $0.contains("drifts") })
  }

  @Test func certificatesRoundTheirRadiusUp() {
    for value in [0.0123401, 1.0, 12.06016, 98765.4] {
      let rounded = ContractionExperiment.roundedUp(value)
      #expect(rounded >= value && rounded <= 1.011 * value)
    }
    #expect(ContractionExperiment.roundedUp(12.06016) == 12.1)
  }

  @Test func aStiffFieldHasEveryAnswerThatItCan() throws {
    let problem = try InitialValueProblem(field: RobertsonField(), initialState: [1, 0, 0], end: 100)
    let tolerances = try Tolerances(relative: 1e-10, absolute: 1e-14)
    #expect(try ReferenceMethod.suited(to: problem, tolerances) == .bdf)
    let settings = LimitSettings(method: .bdf, tolerances: tolerances)
    let lyapunov = try LyapunovExperiment().run(problem, settings)
    #expect(lyapunov.results["exponents"]?.arrayValue?.count == 1)
    #expect(lyapunov.warnings.contains { $0.contains("largest alone") })
    let norms = try LogarithmicNormExperiment().run(problem, settings)
    #expect(norms.isConverged && norms.warnings.contains { $0.contains("apart have no answer") })
    let path = try PathLengthExperiment().run(problem, settings)
    let bound = try #require(path.results["path_length_error_bound"]?.doubleValue)
    #expect(bound > 0 && bound < 1e-6)
  }

  @Test func flowsThatAreNotStiffTakeTheKernel() throws {
    #expect(try ReferenceMethod.suited(to: Self.decay(), Tolerances(relative: 1e-12, absolute: 1e-14)) == .dop853)
  }

  @Test func defaultsClimbUntilTheSlopeSettles() throws {
    let problem = try InitialValueProblem(field: CustomField(drift: ["-x^3"]), initialState: [40], end: 1)
    let outcome = try ResNetLimitExperiment().run(problem, Self.settings())
    let slope = try #require(outcome.results["slope"]?.doubleValue)
    #expect(abs(slope + 1) < 0.01 && outcome.warnings.contains { $0.contains("leave the finite numbers") })
    let gap = try GradientGapExperiment().run(problem, Self.settings())
    #expect(gap.results["overflowed_blocks"]?.arrayValue?.isEmpty == false)
  }

  @Test func tooManyBlocksAreRefused() throws {
    var settings = try Self.settings()
    settings.blocks = [8, 1_000_000_000]
    for experiment: any LimitExperiment in [ResNetLimitExperiment(), GradientGapExperiment(), ScalingExperiment()] {
      #expect(throws: InputError.self, "\(experiment.name)") { try experiment.run(Self.decay(), settings) }
    }
  }

  @Test func scalingTellsItsSamples() throws {
    var settings = try Self.settings()
    (settings.samples, settings.blocks) = (40, [16, 32])
    let outcome = try ScalingExperiment().run(Self.decay(), settings)
    for name in ["independent", "smooth"] {
      let part = try #require(outcome.results[name])
      #expect(part["samples"] == 40 && part["convergence_samples"]?.integerValue ?? 0 > 0)
      let isBracketed = part["critical_scaling"]?.doubleValue != nil
      #expect(isBracketed || outcome.warnings.contains { $0.hasPrefix(name) })
    }
    #expect(outcome.text.allSatisfy { $0.contains("networks") && !$0.contains("+- 0;") })
  }
}
