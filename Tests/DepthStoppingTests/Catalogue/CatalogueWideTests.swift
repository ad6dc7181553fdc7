import DepthNumerics
import DepthRuns
import Foundation
import Testing

@testable import DepthStopping

/// What must hold for every problem of the catalogue, whoever adds one: bounds contain the truth, methods agree, answers do
/// not depend on threads.
@Suite struct CatalogueWideTests {
  /// Every entry with its state dimension's default point, solved by one of its methods.
  private struct Case: Sendable, CustomStringConvertible {
    let entry: ProblemCatalogue.Entry
    var description: String { entry.name }
  }

  private static let cases = ProblemCatalogue.entries.map(Case.init)

  /// Parameters within a factor of two of their defaults; what is no positive number keeps its default.
  private static func settings(_ entry: ProblemCatalogue.Entry, _ stream: inout RandomStream) -> [(String, Double)] {
    entry.parameters.compactMap { parameter in
      guard case .positive = parameter.allowed, parameter.defaultValue.isFinite else { return nil }
      return (parameter.name, parameter.defaultValue * pow(4, stream.uniforms(1)[0] - 0.5))
    }
  }

  /// States around the boundary that a solution without points shows.
  private static func points(_ problem: StoppingProblem, _ method: some BoundaryMethod) throws -> [[Double]] {
    let boundary = try method.solve(problem, at: []).boundary
    let along: [Double] = boundary.radius.map { [$0] } ?? boundary.points.prefix(4).map { $0.at[0] }
    var states: [Double] = []
    for b in along { states += problem.dynamics.isDiscrete ? [b] : [0.9 * b, b, 1.1 * b + 0.01] }
    if case .diffusion(let process, _) = problem.dynamics {
      states = states.filter { process.lower < $0 && $0 < process.upper }
    }
    let rest = [Double](repeating: 0, count: problem.stateDimension - 1)
    return states.map { [$0] + rest }
  }

  /// `DEPTH_INSTANCES` instances an entry (default 12); `make check-bounds` sets it.
  @Test(arguments: cases) private func boundsContainTheTruth(_ item: Case) throws {
    let entry = item.entry
    let count = ProcessInfo.processInfo.environment["DEPTH_INSTANCES"].flatMap { Int($0) } ?? 12
    var stream = RandomStream(seed: 41)
    for _ in 0..<count {
      let values = try entry.resolve(Self.settings(entry, &stream))
      let problem = try entry.problem(values)
      guard let reference = try? entry.reference(values) else { continue }
      let method = try MethodCatalogue.choose("auto", for: problem, blockSize: nil).method
      let points = try Self.points(problem, method)
      let solution = try method.solve(problem, at: points)
      for (i, value) in solution.values.enumerated() where value.depth == 0 {
        guard let exact = reference.value(points[i]) else { continue }
        let slack = reference.accuracy * max(abs(exact), abs(value.stoppingLoss))
        #expect(
          abs(value.value - exact) <= value.errorBound + slack,
          "\(entry.name) \(values.json) at \(points[i]): \(value.value) +- \(value.errorBound), exact \(exact)")
      }
      let found = solution.boundary.radius.map { [$0] } ?? solution.boundary.points.map { $0.at[0] }
      guard found.count == reference.boundary.count else { continue }
      for (b, exact) in zip(found, reference.boundary) {
        #expect(
          abs(b - exact) <= solution.boundary.errorBound + reference.accuracy * abs(exact),
          "\(entry.name) \(values.json): boundary \(b) +- \(solution.boundary.errorBound), exact \(exact)")
      }
    }
  }

  @Test(arguments: cases) private func methodsAgreeWithinTheirBounds(_ item: Case) throws {
    let problem = try item.entry.problem(item.entry.resolve([]))
    let first = try MethodCatalogue.choose("auto", for: problem, blockSize: nil).method
    let points = try Self.points(problem, first)
    let best = try first.solve(problem, at: points)
    for name in item.entry.methods where name != first.name {
      // a method of the problem's other form: with a horizon, or without
      guard let choice = try? MethodCatalogue.choose(name, for: problem, blockSize: nil) else { continue }
      let other = try choice.method.solve(problem, at: points)
      for (a, b) in zip(best.values, other.values) {
        #expect(
          abs(a.value - b.value) <= a.errorBound + b.errorBound,
          "\(item.entry.name) at \(a.at): \(a.value) +- \(a.errorBound), by \(name) \(b.value) +- \(b.errorBound)")
      }
    }
  }

  @Test(arguments: cases) private func parallelSolvesAreBitIdentical(_ item: Case) throws {
    let problem = try item.entry.problem(item.entry.resolve([]))
    let method = try MethodCatalogue.choose("auto", for: problem, blockSize: nil).method
    let points = try Self.points(problem, method)
    let alone = try method.solve(problem, at: points)
    let together = Parallel.map(8, threads: 4) { _ in try? method.solve(problem, at: points) }
    for solution in together {
      #expect(solution?.values == alone.values && solution?.boundary == alone.boundary)
    }
  }
}
