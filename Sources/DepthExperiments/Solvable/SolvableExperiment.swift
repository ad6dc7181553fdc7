import DepthFigures
import DepthNumerics
import DepthRuns
import DepthStopping
import DepthTheory
import Foundation

/// `solvable`: from recorded paths to prediction on networks whose optimum is known, with growing numbers of samples.
///
/// Per size and seed fresh paths are recorded, the empirical kernel (`kernel`) and the diffusion (`diffusion`) are fitted in the
/// network's coordinate and the theory's prediction is held against the exact value, law of tau* and boundary. The kernel's bins
/// grow like n^(2/5), so that their bias falls faster than the noise: where the coordinate is the whole state its errors fall like
/// n^(-1/2) (the boundary, known to a bin, more slowly). The diffusion is an approximation: its error settles.
public struct SolvableExperiment: Sendable {
  public static let defaultSizes = [1000, 3162, 10_000, 31_623, 100_000]

  public let network: any SolvableNetwork
  public let sizes: [Int]
  public let seeds: Int
  public let seed: UInt64
  public let threads: Int
  public let hasDiffusion: Bool

  public init(
    _ network: any SolvableNetwork, sizes: [Int] = Self.defaultSizes, seeds: Int = 6,
    seed: UInt64 = 0, threads: Int = 1, hasDiffusion: Bool = true
  ) {
    precondition(!sizes.isEmpty && seeds > 0 && sizes.allSatisfy { $0 >= 30 }, "\(sizes) samples, \(seeds) seeds")
    (self.network, self.sizes, self.seeds, self.seed, self.threads) = (network, sizes, seeds, seed, threads)
    self.hasDiffusion = hasDiffusion
  }

  /// n^(2/5).
  static func bins(_ samples: Int) -> Int { max(8, Int(pow(Double(samples), 0.4).rounded())) }

  /// Distances of one prediction from the optimum.
  struct Errors: Sendable {
    /// Predicted minus exact V, over V.
    let objective: Double
    /// Kolmogorov-Smirnov distance of the laws of tau.
    let law: Double
    /// Predicted minus exact E tau, over the exact one.
    let depth: Double
    /// Root mean square over blocks that 5 % of the paths reach; nil where the region is no half-line.
    let boundary: Double?

    init(_ prediction: DepthPrediction, _ optimum: SolvableOptimum) {
      objective = (prediction.objective - optimum.objective) / optimum.objective
      law = LawDistance.kolmogorovSmirnov(prediction.law, optimum.law)
      depth = prediction.expectedStoppingDepth / optimum.expectedStoppingDepth - 1
      let gaps = optimum.thresholds.indices.compactMap { block -> Double? in
        guard optimum.survival(block) >= 0.05, let exact = optimum.thresholds[block], exact > 0 else { return nil }
        let found = prediction.intervals[block]
        let end = optimum.stopsBelow ? found.first?.upper : found.last?.lower
        guard let end, end.isFinite else { return nil }
        return (end - exact) * (end - exact)
      }
      boundary = gaps.isEmpty ? nil : Statistics.mean(gaps).squareRoot()
    }
  }

  private struct Run: Sendable {
    let size: Int
    let level: DepthPrediction.Level
    let errors: Errors
  }

  public func run() throws -> LimitOutcome {
    let optimum = try network.optimum()
    let plan = sizes.flatMap { size in (0..<seeds).map { (size: size, replicate: $0) } }
    let runs = try Parallel.map(plan.count, threads: threads) { index in
      Result { try predict(plan[index].size, seed &+ UInt64(1 + plan[index].replicate), optimum) }
    }.flatMap { try $0.get() }
    let errors = table(runs)
    let slopes = try slopes(errors)
    let table = errors
    var outcome = LimitOutcome { try Figures.solvableErrors(table) }
    outcome.configuration = [
      "problem": .string(network.name), "parameters": .object(network.parameters),
      "sample_sizes": .array(sizes.map { .integer($0) }), "seeds": .integer(seeds),
    ]
    outcome.tables = [errors, slopes, lawTable(optimum)]
    outcome.results = [
      "objective": JSONValue(optimum.objective), "objective_error_bound": JSONValue(optimum.errorBound),
      "expected_stopping_depth": [
        [
          "at": .null, "value": JSONValue(optimum.expectedStoppingDepth),
          "lower": JSONValue(optimum.expectedStoppingDepth), "upper": JSONValue(optimum.expectedStoppingDepth),
        ]
      ],
      "law": JSONValue(optimum.law), "errors": errors.json, "slopes": slopes.json,
    ]
    outcome.text =
      ["exact: V = \(optimum.objective) +- \(optimum.errorBound), E tau* = \(optimum.expectedStoppingDepth) blocks"]
      + (try slopeLines(slopes))
    if !network.isMarkov {
      outcome.warnings.append(
        "\(network.coordinate) is not the whole state of \(network.name): predictions in it do not become exact")
    }
    return outcome
  }

  private func predict(_ size: Int, _ seed: UInt64, _ optimum: SolvableOptimum) throws -> [Run] {
    let paths = try network.paths(samples: size, seed: seed)
    let kernel = try CoordinateKernel(fitting: paths, coordinate: network.coordinate, bins: Self.bins(size))
    var runs = [
      Run(size: size, level: .kernel, errors: Errors(kernel.predict(runningCost: network.blockCost), optimum))
    ]
    if hasDiffusion {
      let diffusion = try KramersMoyalFit(fitting: paths, coordinate: network.coordinate)
      runs.append(
        Run(size: size, level: .diffusion, errors: Errors(diffusion.predict(runningCost: network.blockCost), optimum)))
    }
    return runs
  }

  private static let quantities: [(name: String, of: @Sendable (Errors) -> Double?)] = [
    ("value", { $0.objective }), ("law", { $0.law }), ("mean depth", { $0.depth }), ("boundary", { $0.boundary }),
  ]

  /// Columns `level`, `quantity`, `samples`, `error` (root mean square over seeds) with bounds, `bias`, `seeds`.
  private func table(_ runs: [Run]) -> Table {
    var rows: [(level: String, quantity: String, size: Int, error: Interval, bias: Double)] = []
    for level in [DepthPrediction.Level.kernel, .diffusion] {
      for (name, value) in Self.quantities {
        for size in sizes {
          let values = runs.filter { $0.level == level && $0.size == size }.compactMap { value($0.errors) }
          guard !values.isEmpty else { continue }
          let squares = Interval(replicates: values.map { $0 * $0 })
          let error = Interval(
            value: squares.value.squareRoot(), lower: max(0, squares.lower).squareRoot(),
            upper: max(0, squares.upper).squareRoot())
          rows.append((level.rawValue, name, size, error, Statistics.mean(values)))
        }
      }
    }
    var table = Table(name: "solvable-errors")
    table.add("level", rows.map(\.level))
    table.add("quantity", rows.map(\.quantity))
    table.add("samples", rows.map(\.size))
    table.add("error", rows.map(\.error))
    table.add("bias", rows.map(\.bias))
    table.add("seeds", rows.map { _ in seeds })
    return table
  }

  /// Columns `level`, `quantity`, `slope`, `slope_error`: of ln error against ln n, the error from the spread over seeds.
  private func slopes(_ errors: Table) throws -> Table {
    let (levels, quantities) = (try errors.texts("level"), try errors.texts("quantity"))
    let (samples, values) = (try errors.numbers("samples"), try errors.numbers("error"))
    let upper = try errors.numbers("error_upper")
    var seen: [(level: String, quantity: String, fit: PowerLawFit)] = []
    for row in levels.indices where !seen.contains(where: { $0.level == levels[row] && $0.quantity == quantities[row] })
    {
      let own = levels.indices.filter {
        levels[$0] == levels[row] && quantities[$0] == quantities[row] && values[$0] > 0
      }
      guard Set(own.map { samples[$0] }).count >= 2 else { continue }
      // of a root mean square over R seeds the relative error is about 1/sqrt(2R)
      let fit = PowerLawFit(
        x: own.map { samples[$0] }, y: own.map { values[$0] },
        standardErrors: own.map { max((upper[$0] - values[$0]) / 2, values[$0] / (2 * Double(seeds)).squareRoot()) })
      seen.append((levels[row], quantities[row], fit))
    }
    var table = Table(name: "solvable-slopes")
    table.add("level", seen.map(\.level))
    table.add("quantity", seen.map(\.quantity))
    table.add("slope", seen.map(\.fit.exponent))
    table.add("slope_error", seen.map(\.fit.standardError))
    return table
  }

  private func slopeLines(_ slopes: Table) throws -> [String] {
    let (levels, quantities) = (try slopes.texts("level"), try slopes.texts("quantity"))
    let (values, errors) = (try slopes.numbers("slope"), try slopes.numbers("slope_error"))
    return values.indices.map { "\(levels[$0]), \(quantities[$0]): error ~ n^\(values[$0]) +- \(errors[$0])" }
  }

  /// Columns `block`, `probability`, `threshold`.
  private func lawTable(_ optimum: SolvableOptimum) -> Table {
    var table = Table(name: "solvable-optimum")
    table.add("block", Array(optimum.law.indices))
    table.add("probability", optimum.law)
    table.add(
      "threshold",
      optimum.law.indices.map { $0 < optimum.thresholds.count ? optimum.thresholds[$0] ?? .nan : .nan })
    return table
  }
}
