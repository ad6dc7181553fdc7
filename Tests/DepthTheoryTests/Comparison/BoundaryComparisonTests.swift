import DepthNumerics
import DepthRuns
import DepthStopping
import Testing

@testable import DepthTheory

@Suite struct BoundaryComparisonTests {
  /// A rule with a boundary in the coordinate is found to have that boundary, from either side.
  @Test(arguments: [true, false]) func aBoundaryIsReadOff(isAbove: Bool) throws {
    let paths = Evidence().paths(4000, seed: 6)
    let edges = (0..<12).map { 1.5 - 0.05 * Double($0) }
    let intervals = edges.map {
      [isAbove ? StateInterval(lower: $0, upper: .infinity) : StateInterval(lower: -.infinity, upper: $0)]
    }
    let everywhere = [StateInterval(lower: -.infinity, upper: .infinity)]
    let depths = BoundaryRule(feature: 3, intervals: intervals + [everywhere]).stoppingDepths(paths)
    let prediction = DepthPrediction(
      level: .kernel, coordinate: "log_odds", law: LawDistance.empirical(depths, blocks: 12), objective: 0,
      intervals: intervals + [everywhere])
    let comparison = BoundaryComparison([prediction], learned: depths, on: paths, feature: 3)
    #expect(comparison.stopsAbove == isAbove)
    #expect(comparison.predicted[0].values == edges)
    let table = comparison.table
    #expect(table.columnNames == ["block", "kernel", "backward_induction"])
    let found = try table.numbers("backward_induction")
    // at exit 0 all samples are alike, below all stop: no edge
    #expect(found[0].isNaN)
    for exit in 1..<8 where found[exit].isFinite {
      #expect(abs(found[exit] - edges[exit]) < 0.05, "\(exit): \(found[exit]), \(edges[exit])")
    }
    #expect(!isAbove || found[1...6].allSatisfy(\.isFinite))
  }
}
