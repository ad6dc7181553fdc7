import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// Every kind of end of the domain: random typed problems by collocation against grids, which know nothing of it.
@Suite struct SmoothFitEndsTests {
  private static let losses = [
    "sin(k*x)", "cos(k*x)", "abs(x-1)", "min(abs(x-1),abs(x-2.2)+0.1)", "x*(3-x)/3", "(x-1)^2/2", "sqrt(1+x)", "exp(-x)",
    "min(x,max(0.5,2-x))",
  ]
  private static let drifts = ["0", "m", "-m", "-m*x", "m*(1-x)", "m*sin(2*x)"]
  private static let noises = ["1", "0.5", "0.4+0.2*cos(x)", "0.3+0.2*x"]

  private static func statement(_ stream: inout RandomStream) -> CustomStatement {
    let u = stream.uniforms(12)
    func pick(_ list: [String], _ share: Double) -> String { list[min(list.count - 1, Int(share * Double(list.count)))] }
    let loss = pick(losses, u[0])
    let (drift, noise) = (pick(drifts, u[1]), pick(noises, u[2]))
    var parameters: [(name: String, value: Double)] = []
    if loss.contains("k") { parameters.append(("k", 1 + 3 * u[3])) }
    if drift.contains("m") { parameters.append(("m", 0.1 + u[4])) }
    let ends: (ScalarDiffusion.End, ScalarDiffusion.End) = (
      u[5] < 0.5 ? .reflecting : .absorbing, u[6] < 0.5 ? .reflecting : .absorbing
    )
    return CustomStatement(
      drift: [drift], diffusion: [noise], stoppingLoss: loss, runningCost: "\(0.01 * pow(100, u[7]))",
      discount: u[8] < 0.3 ? "\(0.3 * u[9])" : "0", domain: [(0, 2 + 2 * u[10])], ends: ends,
      maximizes: u[11] < 0.3, parameters: parameters)
  }

  /// `DEPTH_INSTANCES` instances (default 200).
  @Test func agreesWithGridsWhateverTheEnds() throws {
    let count = ProcessInfo.processInfo.environment["DEPTH_INSTANCES"].flatMap { Int($0) } ?? 200
    var stream = RandomStream(seed: 71)
    var solved = 0
    var differences: [Double] = []
    for _ in 0..<count {
      let statement = Self.statement(&stream)
      let problem = try CustomProblem.problem(statement)
      let upper = statement.domain[0].upper
      let points = [0.03, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.97].map { [upper * $0] }
      let found: StoppingSolution
      do {
        found = try SmoothFit().solve(problem, at: points)
      } catch let refusal as StoppingError {
        // grids must see the same: no boundary
        let said = #expect(throws: StoppingError.self, "\(statement): \(refusal)") {
          try PolicyIteration(cells: 800).solve(problem, at: points)
        }
        if said == nil { print("REFUSED", statement, refusal) }
        continue
      }
      solved += 1
      let grid: StoppingSolution
      do { grid = try PolicyIteration(cells: 1600).solve(problem, at: points) } catch {
        Issue.record("grids refuse \(statement): \(error)")
        continue
      }
      for (a, b) in zip(found.values, grid.values) {
        let scale = max(1, abs(a.stoppingLoss))
        #expect(a.errorBound.isFinite && a.errorBound <= 1e-9 * scale, "\(statement) at \(a.at): bound \(a.errorBound)")
        #expect(
          abs(a.value - b.value) <= a.errorBound + b.errorBound + 1e-12 * scale,
          "\(statement) at \(a.at): \(a.value) +- \(a.errorBound), grids \(b.value) +- \(b.errorBound)")
        differences.append(abs(a.value - b.value) / scale)
      }
      #expect(found.boundary.errorBound.isFinite, "\(statement)")
    }
    print("ENDS", solved, differences.max() ?? 0)
    #expect(solved * 2 > count, "\(solved) of \(count) solved")
    #expect((differences.max() ?? 1) < 1e-4)
  }
}
