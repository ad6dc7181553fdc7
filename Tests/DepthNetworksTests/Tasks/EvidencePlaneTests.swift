import DepthNumerics
import DepthStopping
import Foundation
import Testing

@testable import DepthNetworks

@Suite struct EvidencePlaneTests {
  /// Two classes on a line are the one-dimensional problem, whose optimum another method finds.
  @Test(arguments: [(0.8, 8, 0.02, StoppingLossKind.zeroOne), (1.2, 6, 0.05, .crossEntropy)])
  func twoClassesAreTheLogOddsProblem(signal: Double, steps: Int, cost: Double, loss: StoppingLossKind) throws {
    let exact = try EvidenceTask(signal: signal, steps: steps, samples: 10).optimum(runningCost: cost, loss: loss)
    let errors = [0.3, 0.15].map { spacing -> Double in
      let plane = EvidencePlane(
        means: [[signal / 2, 0], [-signal / 2, 0]], steps: steps, cost: cost, loss: loss, spacing: spacing, radius: 12
      ).solve()
      #expect(abs(plane.law.reduce(0, +) - 1) < 1e-4)
      #expect(LawDistance.kolmogorovSmirnov(plane.law, exact.law) < 0.02 * spacing)
      #expect(abs(plane.forwardObjective(cost) - plane.objective) < 2e-3 * exact.objective)
      return abs(plane.objective - exact.objective)
    }
    #expect(errors[1] < 4e-4 * exact.objective && errors[1] < errors[0], "\(errors)")
  }

  /// One block, three classes: `V_0 = min{2/3, c + 1 - P(right)}`; right where the noise stays within 60 degrees of the mean's
  /// direction, `P = (1/pi) int_0^(pi/3) (1 + sqrt(2 pi) a Phi(a) e^(a^2/2)) e^(-r^2/2) dtheta`, a = r cos(theta).
  @Test(arguments: [0.5, 1.5])
  func oneBlockIsAWedge(signal: Double) throws {
    let r = signal / 3.0.squareRoot()
    let right = Quadrature.gaussLegendre(from: 0, to: Double.pi / 3, panels: 8) { theta in
      let a = r * cos(theta)
      return (1 + (2 * Double.pi).squareRoot() * a * NormalLaw.cdf(a) * exp(a * a / 2)) * exp(-r * r / 2) / Double.pi
    }
    let task = try EvidenceTask(signal: signal, steps: 1, classes: 3, samples: 10)
    let optimum = task.planeOptimum(runningCost: 0.001)
    #expect(abs(optimum.objective - (0.001 + 1 - right)) < 5e-4, "\(optimum.objective) against \(0.001 + 1 - right)")
    #expect(optimum.law[1] > 0.999 && optimum.errorBound < 2e-3)
  }

  /// Backward induction on many exact posteriors comes near, and from above.
  @Test func rulesOnPosteriorsApproachIt() throws {
    let task = try EvidenceTask(signal: 0.9, steps: 8, classes: 3, samples: 8000, seed: 3)
    let paths = try task.posteriorPaths(task.dataset())
    let (fit, test) = (paths.selecting(Array(0..<4000)), paths.selecting(Array(4000..<8000)))
    let rule = BackwardInduction(fitting: fit, runningCost: 0.02)
    let optimum = task.planeOptimum(runningCost: 0.02)
    let costs = rule.stoppingDepths(test).enumerated().map {
      test.loss($0.offset, $0.element) + 0.02 * Double($0.element)
    }
    let interval = Interval(meanOf: costs, level: 0.999)
    #expect(interval.upper > optimum.objective)
    #expect(interval.lower < 1.06 * optimum.objective)
    let depth = rule.stoppingDepths(test).reduce(0, +)
    #expect(abs(Double(depth) / 4000 / optimum.expectedStoppingDepth - 1) < 0.15)
  }
}
