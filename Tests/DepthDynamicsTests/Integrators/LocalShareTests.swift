import Testing

@testable import DepthDynamics

@Suite struct LocalShareTests {
  @Test func sharesFallAtTightTolerancesDownToTheirFloor() throws {
    for share in [LocalShare.whole, .tenth, .adams, .bdf] {
      #expect(share.relative(1e-6) == share.share * 1e-6)
      #expect(abs(share.relative(share.tightest) / share.floor - 1) < 1e-12)
      #expect(share.relative(share.tightest / 3) == share.floor && share.relative(3 * share.tightest) > share.floor)
      let tight = try Tolerances(relative: 1e-11, absoluteByComponent: [1e-13, 1e-9])
      let (relative, absolute) = share.of(tight)
      // both kinds by the same factor
      #expect(abs(absolute[0] / 1e-13 / (relative / 1e-11) - 1) < 1e-12 && absolute[1] == 1e4 * absolute[0])
    }
    // a global error of order 5/6 in the local one: the exponent 6/5 makes it follow the tolerance
    #expect(abs(LocalShare.bdf.relative(1e-11) / LocalShare.bdf.relative(1e-10) / 0.0630957344480193 - 1) < 1e-12)
  }

  @Test func tolerancesThatChangeNothingAreSaid() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1]), initialState: [1], end: 1)
    for (name, tightest) in [
      ("cvode-bdf", LocalShare.bdf.tightest), ("cvode-adams", LocalShare.adams.tightest),
      ("dop853", 100 * .ulpOfOne * 10),
      ("erk-verner", 1e3 * .ulpOfOne), ("auto", 1e3 * .ulpOfOne),
    ] {
      for (relative, isTooTight) in [(3e-14, true), (1e-6, false)] {
        let choice = try IntegratorChoice(name, tolerances: Tolerances(relative: relative, absolute: 1e-16))
        let statistics = try choice.integrate(problem, saving: [1]).0.statistics
        #expect(statistics.notes.isEmpty != isTooTight, "\(name) \(relative)")
        #expect(abs(statistics.effectiveTolerance - (isTooTight ? tightest : 0)) < 1e-20, "\(name) \(relative)")
      }
    }
  }
}
