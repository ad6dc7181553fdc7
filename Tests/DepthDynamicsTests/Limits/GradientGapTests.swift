import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct GradientGapTests {
  private static func loss(_ d: Int) throws -> TerminalLoss {
    try .halfSquaredDistance(to: (0..<d).map { 0.3 * Double($0) }, dimension: d, count: 1)
  }

  /// For an autonomous linear field J is constant: both adjoints have the same initial gradient, and the parameter's differ by
  /// the end of the step at which the state is read: `sum Delta lambda_{k+1} (h_k - h_{k+1})`.
  @Test func linearDecayIsExact() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [0.8]), initialState: [1.5], end: 2)
    let gap = try GradientGap(problem, loss: Self.loss(1), blocks: [10, 20])
    for (row, count) in [10, 20].enumerated() {
      let (step, rate) = (2 / Double(count), 0.8)
      let decay = 1 - step * rate
      let end = 1.5 * pow(decay, Double(count))
      // lambda_{k+1} h_k = end^2 / decay and lambda_{k+1} h_{k+1} = end^2, for each of the blocks
      let discrete = (-2 * end * end / decay, end * pow(decay, Double(count)))
      let difference = -2 * end * end - discrete.0
      let expected = abs(difference) / hypot(discrete.0, discrete.1)
      #expect(abs(gap.gaps[row] - expected) < 1e-12 * max(1, expected), "\(count)")
    }
  }

  @Test func theGapFallsAsOneOverL() throws {
    let field = RandomTanh.field(dimension: 4, width: 6, scale: 0.5, seed: 3)
    let problem = try InitialValueProblem(field: field, initialState: [0.4, -0.2, 0.9, 0.1], end: 1)
    let gap = try GradientGap(problem, loss: Self.loss(4), blocks: [128, 256, 512])
    #expect(abs(gap.slope + 1) < 0.05, "\(gap.slope)")
    for errors in [gap.discreteErrors, gap.continuousErrors, gap.memorylessGaps] {
      #expect(abs(log2(errors[1] / errors[2]) - 1) < 0.05, "\(errors)")
    }
    #expect(gap.table.rowCount == 3)
    #expect(throws: InputError.self) { try GradientGap(problem, loss: Self.loss(4), blocks: [8]) }
  }

  @Test func linearBlocksKeepTheirLaw() throws {
    let law = try LinearBlocksLaw(blocks: [1, 4, 32], samples: 3000, seed: 5, threads: 2)
    #expect(law.worstDeviation < 3)
    #expect(law.predictions[0] == 2 && law.table.rowCount == 3)
  }
}
