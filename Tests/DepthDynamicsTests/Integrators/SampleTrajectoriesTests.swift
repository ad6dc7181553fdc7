import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct SampleTrajectoriesTests {
  @Test func everySampleHasItsOwnEventMethodAndError() throws {
    // van der Pol's mu is a state of its own: one sample is stiff; y halts where it falls to 1
    let field = try CustomField(drift: ["-z*(x - 1/2)", "-y", "0"])
    let states = [2.0, 4, 1, 2, 8, 1e6, 2, 0.5, 1]
    let batch = try InitialValueBatch(field: field, initialStates: states, end: 5)
    let event = Event.component(1, equals: 1).inDirection(.falling)
    var choice = try IntegratorChoice("auto", tolerances: Tolerances(relative: 1e-8, absolute: 1e-10))
    let result = try choice.integrate(batch, saving: [5], events: [event], estimatingErrors: true)
    #expect(
      result.samples.map(\.verdict.name)
        == ["dormand-prince", "cvode-bdf", "dormand-prince"].map {
          $0 == "dormand-prince" ? choice.pair.name : $0
        })
    #expect(result.methods.map(\.count) == [2, 1])
    for (sample, depth) in zip(result.samples, [log(4.0), log(8), nil]) {
      if let depth {
        #expect(abs(try #require(sample.eventDepth) - depth) < 1e-7)
        #expect((sample.error?.eventDepth ?? 1) < 1e-6 && abs(sample.finalState[1] - 1) < 1e-7)
      } else {
        #expect(sample.eventDepth == nil && abs(sample.finalState[1] - 0.5 * exp(-5)) < 1e-8)
        #expect((sample.error?.largest ?? 1) < 1e-6)
      }
      #expect(sample.notes.isEmpty)
    }
    let plain = try choice.integrate(batch, saving: [5], events: [event])
    #expect(plain.samples.allSatisfy { $0.error == nil } && plain.statistics == result.statistics)
    choice.threads = 2
    let threaded = try choice.integrate(batch, saving: [5], events: [event], estimatingErrors: true)
    #expect(threaded.samples.map(\.trajectory) == result.samples.map(\.trajectory))
  }

  @Test func theSampleThatFailsIsNamed() throws {
    let field = try CustomField(drift: ["x^2"])
    let batch = try InitialValueBatch(field: field, initialStates: [-1, -2, 1, -3], end: 2)
    let choice = try IntegratorChoice("auto", tolerances: Tolerances())
    let error = #expect(throws: IntegrationError.self) {
      try choice.integrate(batch, saving: [2], events: [.component(0, equals: -10)])
    }
    #expect(error?.sample == 2)
  }
}
