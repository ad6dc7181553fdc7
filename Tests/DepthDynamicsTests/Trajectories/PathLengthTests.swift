import DepthRuns
import Foundation
import Testing

@testable import DepthDynamics

@Suite struct PathLengthTests {
  private var method: ERKStep { get throws { ERKStep(tolerances: try Tolerances(relative: 1e-11, absolute: 1e-13)) } }

  @Test func aStraightPathIsAsLongAsItsDisplacement() throws {
    let problem = try InitialValueProblem(field: LinearDecayField(rates: [1.3]), initialState: [2], end: 3)
    let path = try PathLength(problem, at: problem.depths(points: 31), integrator: method)
    #expect(path.lengths[0] == 0 && path.ratios[0].isNaN)
    for i in 1...30 {
      #expect(abs(path.lengths[i] - 2 * (1 - exp(-1.3 * path.depths[i]))) < 1e-10)
      #expect(abs(path.ratios[i] - 1) < 1e-9)
    }
  }

  @Test func aCircleReturnsAfterItsCircumference() throws {
    struct Rotation: VectorField {
      var dimension: Int { 2 }
      func evaluate(depth: Double, state: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        (result[0], result[1]) = (-state[1], state[0])
      }
    }
    let problem = try InitialValueProblem(field: Rotation(), initialState: [0.5, 0], end: 2 * Double.pi)
    let path = try PathLength(problem, at: [Double.pi / 2, Double.pi, 2 * Double.pi], integrator: method)
    #expect(abs(path.lengths[2] - Double.pi) < 1e-9 && path.displacements[2] < 1e-9)
    #expect(abs(path.ratios[1] - Double.pi / 2) < 1e-9)
    #expect(abs(path.displacements[0] - 0.5 * 2.0.squareRoot()) < 1e-9)
  }

  @Test func blocksAddUpAndNoPathIsShorterThanItsDisplacement() throws {
    // rates 1, -2 on two blocks: back and forth on a line
    let field = BlockwiseField(blocks: [1.0, -2].map { LinearDecayField(rates: [$0]) }, blockSize: 0.5)
    let problem = try InitialValueProblem(field: field, initialState: [1], end: 1)
    let path = try PathLength(problem, at: [0.5, 1], integrator: method)
    let (down, up) = (1 - exp(-0.5), exp(-0.5) * (exp(1.0) - 1))
    #expect(abs(path.lengths[0] - down) < 1e-10 && abs(path.lengths[1] - down - up) < 1e-10)
    #expect(abs(path.displacements[1] - (up - down)) < 1e-10)
    for seed in 0..<5 as Range<UInt64> {
      let random = try InitialValueProblem(
        field: RandomTanh.field(dimension: 3, width: 6, scale: 0.8, seed: seed), initialState: [1, 0, -1], end: 4)
      let path = try PathLength(random, at: random.depths(points: 20), integrator: method)
      for (length, displacement) in zip(path.lengths, path.displacements) { #expect(length >= displacement - 1e-10) }
    }
  }
}
