import DepthNumerics
import DepthRuns
import DepthStopping
import Foundation
import Testing

@testable import DepthExperiments

@Suite struct SolvableTests {
  /// The forward law and the backward recursion are two methods for one number.
  @Test func theContractionsTwoRecursionsAgree() throws {
    for settings in [[], [("a", 0.5), ("s", 1.0), ("c", 0.3), ("Delta", 0.5), ("L", 8.0)]] as [[(String, Double)]] {
      let optimum = try ContractingNetwork(settings: settings).optimum()
      #expect(optimum.errorBound < 1e-9 * optimum.objective, "\(optimum.errorBound)")
      #expect(abs(optimum.law.reduce(0, +) - 1) < 1e-12 && optimum.law.allSatisfy { $0 >= 0 })
      #expect(optimum.thresholds.allSatisfy { ($0 ?? 0) > 0 })
    }
  }

  /// The exact rule on simulated paths pays V and stops by the exact law.
  @Test(arguments: ["ou-contraction", "sequential-test"])
  func theExactRuleOnPathsHasTheExactValueAndLaw(name: String) throws {
    let network = try SolvableCatalogue.network(name)
    let optimum = try network.optimum()
    let paths = try network.paths(samples: 40_000, seed: 9)
    let column = try paths.featureIndex(network.coordinate)
    let depths = (0..<paths.sampleCount).map { sample in
      (0..<paths.blockCount).first { block in
        let state = paths.feature(sample, block, column)
        let threshold = optimum.thresholds[block] ?? .nan
        return optimum.stopsBelow ? state <= threshold : state >= threshold
      } ?? paths.blockCount
    }
    let costs = depths.enumerated().map { paths.loss($0.offset, $0.element) + network.blockCost * Double($0.element) }
    let interval = Interval(meanOf: costs, level: 0.9999)
    #expect(interval.lower <= optimum.objective && optimum.objective <= interval.upper)
    // Kolmogorov's quantile at 1e-4 is 2.23/sqrt(n)
    let law = LawDistance.empirical(depths, blocks: paths.blockCount)
    #expect(LawDistance.kolmogorovSmirnov(law, optimum.law) < 2.23 / 200)
  }

  /// The pipeline recovers the optimum with an error that shrinks like n^(-1/2).
  @Test(arguments: ["ou-contraction", "sequential-test"])
  func predictionsApproachTheOptimum(name: String) throws {
    let network = try SolvableCatalogue.network(name)
    let outcome = try SolvableExperiment(
      network, sizes: [1000, 4000, 16_000], seeds: 6, threads: 2, hasDiffusion: false
    ).run()
    let errors = outcome.tables[0]
    let (quantities, values) = (try errors.texts("quantity"), try errors.numbers("error"))
    func series(_ name: String) -> [Double] { values.indices.filter { quantities[$0] == name }.map { values[$0] } }
    let slopes = outcome.tables[1]
    let names = try slopes.texts("quantity")
    for quantity in ["value", "law", "mean depth"] {
      let found = series(quantity)
      #expect(found.count == 3 && found[2] < found[0])
      let row = try #require(names.firstIndex(of: quantity))
      let slope = try slopes.numbers("slope")[row]
      #expect(slope < -0.3 && slope > -0.8, "\(quantity): \(slope), \(found)")
    }
    // the recorded costs alone have a relative noise of 1.2/sqrt(n) and 1.9/sqrt(n): 0.009 and 0.015
    let limit = name == "ou-contraction" ? 0.02 : 0.03
    for quantity in ["value", "law", "mean depth"] {
      #expect(try #require(series(quantity).last) < limit, "\(quantity)")
    }
    #expect(try #require(series("boundary").last) < series("boundary")[0])
  }

  @Test func pathsDependOnTheSeedAlone() throws {
    for name in SolvableCatalogue.names {
      let network = try SolvableCatalogue.network(name)
      let (few, many) = (try network.paths(samples: 50, seed: 4), try network.paths(samples: 80, seed: 4))
      #expect(few.stoppingLoss == Array(many.stoppingLoss.prefix(few.stoppingLoss.count)))
      #expect(try network.paths(samples: 50, seed: 5).stoppingLoss != few.stoppingLoss)
    }
    #expect(throws: InputError.self) { try SolvableCatalogue.network("american-put") }
    #expect(throws: InputError.self) { try SolvableCatalogue.network("ou-contraction", settings: [("b", 1)]) }
  }
}
