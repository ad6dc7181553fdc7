import DepthRuns
import DepthStopping
import DepthTheory
import Foundation
import Testing

@Suite struct CounterexampleGalleryTests {
  @Test func noEntryHasAHorizonOrAGainSum() throws {
    let reports = try CounterexampleGallery.entries.map { (entry: $0, report: try $0.report()) }
    #expect(Set(reports.map(\.entry.name)).count == reports.count && reports.count >= 8)
    #expect(Set(reports.map(\.entry.droppedHypothesis)).count == reports.count)
    for (entry, report) in reports {
      #expect(report.horizon.verdict == .hypothesesNotMet && report.horizon.bound == nil, "\(entry.name)")
      #expect(report.gainSum.verdict == .hypothesesNotMet && report.gainSum.bound == nil, "\(entry.name)")
      // T1 where g is bounded below and depth costs something, and only there
      let isBounded = report.hypotheses.filter { ["bounded-below", "positive-cost"].contains($0.name) }.allSatisfy(
        \.isMet)
      #expect(report.budget.verdict == (isBounded ? .holds : .hypothesesNotMet), "\(entry.name)")
      #expect(report.hypotheses.contains { !$0.isMet }, "\(entry.name)")
    }
    let silent = reports.filter { $0.report.budget.verdict == .hypothesesNotMet }.map(\.entry.name)
    #expect(silent == ["free-depth", "unbounded-reward"])
    let table = CounterexampleGallery.table(reports)
    #expect(table.rowCount == reports.count)
    #expect(throws: InputError.self) { try CounterexampleGallery.entry("none") }
  }

  /// The waiting room: arrival after a geometric time of success 1/4, stop one block later.
  @Test func theMeanGainBoundIsExceededAsOftenAsSaid() throws {
    let entry = try CounterexampleGallery.entry("mean-gain")
    let report = try entry.report()
    let bound = try #require(entry.naiveBound)
    // K(c) of the means: (1/4)(3/4)^(k-1) <= 1/16 from k = 6 on
    #expect(bound == 6)
    var (waiting, arrived, stopped) = (1.0, 0.0, 0.0)
    for _ in 0..<Int(bound) { (waiting, arrived, stopped) = (0.75 * waiting, 0.25 * waiting, stopped + arrived) }
    #expect(abs(try #require(entry.exceedance) - (1 - stopped)) < 1e-15)
    #expect(abs(try #require(report.expectedStoppingDepth?.value) - 5) < 1e-12)
  }

  @Test func theOtherNumbersOfTheGallery() throws {
    let constant = try CounterexampleGallery.entry("constant-gain").report()
    #expect(constant.budget.bound == 16)
    #expect(abs(try #require(constant.expectedStoppingDepth?.value) - 4) < 1e-12)
    let slow = try CounterexampleGallery.entry("slow-start").report()
    #expect(slow.monotone?.violationRate.value == 1 && slow.monotone?.regret.value == 0.5)
    #expect(slow.monotone?.isAbsorbing == false && slow.expectedStoppingDepth?.value == 2)
    let free = try CounterexampleGallery.entry("free-depth").report()
    #expect(abs(try #require(free.expectedStoppingDepth?.value) - 4) < 1e-12)
    let heads = try CounterexampleGallery.entry("improving-heads").report()
    #expect(heads.expectedStoppingDepth?.value == 1)
  }
}
