import ArgumentParser
import DepthDynamics
import DepthExperiments
import DepthRuns
import Foundation

/// Which experiments `depth limit` runs and their settings.
struct LimitOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "resnet (default), path-length, envelope, logarithmic-norm, lyapunov, contraction, gradient-gap, scaling (random networks; reads no field), or all; repeatable. Of stopping problems: blocks (block ends only), solvable (exactly solvable networks).",
    completion: .list([
      "resnet", "path-length", "envelope", "logarithmic-norm", "lyapunov", "contraction", "gradient-gap", "scaling",
      "all", "blocks", "solvable",
    ])) var experiment: [String] = []
  @Option(
    name: .long,
    help:
      "Where references and trajectories come from: auto (default: dop853, on stiff fields cvode-bdf), dop853, erk-dormand-prince, erk-cash-karp, erk-verner, erk-fehlberg, cvode-adams, cvode-bdf."
  )
  var integrator: String?
  @Option(
    name: .long,
    help:
      "resnet, gradient-gap, scaling: numbers L of blocks (default 8,16,...,1024; more where small networks overflow)."
  ) var blocks: String?
  @Option(name: .long, help: "resnet: an accuracy whose number of blocks is predicted; repeatable.")
  var accuracy: [Double] = []
  @Option(name: .long, help: "Sampled depths along the trajectory (default 200).") var points: Int?
  @Option(name: .long, help: "lyapunov: QR factorisations (default from the growth rates met).") var segments: Int?
  @Option(name: .long, parsing: .unconditional, help: "lyapunov: depth not averaged over (default a tenth).")
  var transient: Double?
  @Option(name: .long, help: "lyapunov: how many exponents (default all).") var exponents: Int?
  @Option(name: .long, parsing: .unconditional, help: "logarithmic-norm: ||delta(0)|| (default 1e-3).")
  var separation: Double?
  @Option(name: .long, parsing: .unconditional, help: "contraction: radius of the ball (default the trajectory's).")
  var radius: Double?
  @Option(name: .long, help: "scaling: random networks a point (default 240).") var samples: Int?
  @Option(name: .long, help: "blocks: block sizes D1,D2,... (default 0.1 to 0.001).") var blockSizes: String?
  @Option(name: .long, help: "solvable: numbers of samples n1,n2,... (default 1000 to 100000).") var sampleSizes:
    String?
  @Option(name: .long, help: "solvable: seeds a number of samples (default 6).") var seeds: Int?

  static let keys = [
    "experiment", "integrator", "blocks", "accuracy", "points", "segments", "transient", "exponents", "separation",
    "radius", "samples", "block_sizes", "sample_sizes", "seeds",
  ]

  /// The experiments in the catalogue's order, each once.
  ///
  /// - Throws: `InputError.usage` for unknown names.
  func experiments(_ file: OptionFile) throws -> [any LimitExperiment] {
    let names = try experiment.isEmpty ? file.strings("experiment") ?? ["resnet"] : experiment
    for name in names where name != "all" { _ = try LimitCatalogue.experiment(name) }
    return LimitCatalogue.experiments.filter { names.contains($0.name) || names.contains("all") }
  }

  /// - Throws: `InputError.usage` for values out of range.
  func settings(_ file: OptionFile, _ common: CommonOptions, _ field: FieldOptions.Resolved) throws -> LimitSettings {
    let method = try method(file) ?? Self.suited(field.field, field)
    var settings = LimitSettings(method: method, tolerances: field.tolerances)
    settings.blocks = try blockCounts(file)
    if let accuracies = try accuracy.isEmpty ? file.numbers("accuracy") : accuracy { settings.accuracies = accuracies }
    if let points = try points ?? file.integer("points") { settings.points = points }
    settings.segments = try segments ?? file.integer("segments")
    settings.transient = try transient ?? file.number("transient")
    settings.exponents = try exponents ?? file.integer("exponents")
    if let separation = try separation ?? file.number("separation") { settings.separation = separation }
    settings.radius = try radius ?? file.number("radius")
    if let samples = try samples ?? file.integer("samples") {
      guard samples >= 2, samples <= 10_000_000 else {
        throw InputError.value(samples, of: "samples", allowed: "2 to 10000000")
      }
      settings.samples = samples
    }
    settings.seed = try common.resolvedSeed(file)
    settings.threads = try common.resolvedThreads(file)
    return settings
  }

  /// nil for `auto`.
  private func method(_ file: OptionFile) throws -> ReferenceMethod? {
    let name = try integrator ?? file.string("integrator") ?? "auto"
    guard name != "auto" else { return nil }
    guard let method = ReferenceMethod(rawValue: name) else {
      throw InputError.unknown(
        name, kindOfName: "integrator", known: ["auto"] + ReferenceMethod.allCases.map(\.rawValue))
    }
    return method
  }

  /// By a first integration; where that finds no answer, each experiment is to say so itself.
  private static func suited(_ field: some VectorField, _ resolved: FieldOptions.Resolved) throws -> ReferenceMethod {
    let problem = try InitialValueProblem(field: field, initialState: resolved.initial, end: resolved.horizon)
    do {
      return try ReferenceMethod.suited(to: problem, resolved.tolerances)
    } catch is IntegrationError {
      return .dop853
    }
  }

  private func blockCounts(_ file: OptionFile) throws -> [Int]? {
    let numbers = try blocks.map { try parseNumbers($0, of: "--blocks") } ?? file.numbers("blocks")
    return try numbers?.map { number in
      guard let count = Int(exactly: number), count > 0 else {
        throw InputError.value(number, of: "blocks", allowed: "positive integers")
      }
      return count
    }
  }
}
