import Foundation
import Testing

@testable import DepthDynamics

@Suite struct IDATests {
  /// `y' = -y + z`, `0 = z - cos t - y/2`: with z eliminated `y' = -y/2 + cos t`.
  private struct Linear: DifferentialAlgebraicSystem {
    let dimension = 2
    func isConstraint(_ equation: Int) -> Bool { equation == 1 }
    func residual(
      depth: Double, state: UnsafePointer<Double>, slope: UnsafePointer<Double>,
      into residual: UnsafeMutablePointer<Double>
    ) {
      residual[0] = slope[0] + state[0] - state[1]
      residual[1] = state[1] - cos(depth) - 0.5 * state[0]
    }
  }

  @Test func followsItsSolutionToTheTolerance() throws {
    // y = (2 cos t + 4 sin t)/5 + C e^(-t/2), y(0) = 1: C = 3/5
    func exact(_ t: Double) -> Double { 0.4 * cos(t) + 0.8 * sin(t) + 0.6 * exp(-0.5 * t) }
    let errors = try [1e-5, 1e-9].map { tolerance -> Double in
      let (states, steps) = try IDA(relativeTolerance: tolerance, absoluteTolerance: tolerance)
        .integrate(Linear(), from: [1, 1.5], start: 0, outputs: [1, 2, 5])
      #expect(steps > 10)
      return zip([1, 2, 5], states).map { abs($1[0] - exact($0)) }.max()!
    }
    #expect(errors[0] < 1e-3 && errors[1] < 1e-7 && errors[1] < errors[0], "\(errors)")
  }

  @Test func slopesComeFromEquationsAndConstraints() throws {
    let slope = try IDA.consistentSlope(Linear(), [1, 1.5], 0)
    #expect(abs(slope[0] - 0.5) < 1e-9 && abs(slope[1] - 0.25) < 1e-6)
  }
}
